import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NetError } from '../model/errors.ts';
import { createConfigFiles } from './config-files.ts';
import { createFakeHost, type FakeHostOptions } from './fake/fake-host.ts';
import { canonicalName, chassisOf, parseAssignments, parseCpuModel, parseLoad, parseMemory } from './host-info-text.ts';
import { readVirtualization } from './host-info-virtualization.ts';
import { readMachine, readNames, readSystem, readTimezone, utcOffsetMinutes } from './host-info.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netmcp-host-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const lay = (files: Readonly<Record<string, string>>) => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return createConfigFiles(root);
};

const signal = AbortSignal.timeout(5000);

describe('names', () => {
  const names = (options: FakeHostOptions & { etc?: Record<string, string> }) => {
    const host = createFakeHost({ ...options, files: { '/proc/sys/kernel/hostname': 'alpha', ...options.files } });
    return readNames(host.ports, lay(options.etc ?? {}), signal);
  };

  it('come from the hosts file first, as the resolver would tell them', async () => {
    const etc = {
      'etc/hosts': '127.0.0.1 localhost\n127.0.1.1\talpha.example.org alpha # mine\n',
      'etc/hostname': '# x\nbeta\n',
    };
    expect(await names({ etc })).toEqual({
      hostname: 'alpha',
      fqdn: 'alpha.example.org',
      domain: 'example.org',
      static_hostname: 'beta',
    });
    expect(await names({ etc: { 'etc/hosts': '127.0.1.1 alpha\n' } })).toMatchObject({ fqdn: 'alpha', domain: null });
  });

  it('come from the resolver else, and are null when it knows none or does not answer', async () => {
    const hostname = () => ({ stdout: 'alpha.lan\n' });
    expect(await names({ handlers: { hostname } })).toMatchObject({ fqdn: 'alpha.lan', domain: 'lan' });
    const failing = () => ({ code: 1, stderr: 'hostname: Name or service not known' });
    expect(await names({ handlers: { hostname: failing } })).toMatchObject({ fqdn: null, domain: null });
    const late = () => {
      throw new NetError('timeout', 'late', 'wait');
    };
    expect(await names({ handlers: { hostname: late } })).toMatchObject({ fqdn: null });
    expect(await names({ files: { '/proc/sys/kernel/hostname': 'a.b.c' } })).toMatchObject({
      fqdn: 'a.b.c',
      domain: 'b.c',
    });
  });
});

describe('system and machine', () => {
  it('reads os-release with its quotes', () => {
    const files = lay({ 'usr/lib/os-release': `PRETTY_NAME="A \\"quoted\\" Linux"\nID=alinux\nVERSION_ID='7'\nX\n` });
    expect(readSystem(files)).toEqual({ name: 'A "quoted" Linux', id: 'alinux', version: '7', codename: null });
    expect(parseAssignments('A="x\nB=\u001b[1m\nc=d').get('B')).toBe('[1m');
  });

  it('tells vendor, model and chassis, and no serial number', async () => {
    const dmi = (name: string): string => `/sys/class/dmi/id/${name}`;
    const host = createFakeHost({
      files: {
        [dmi('sys_vendor')]: 'LENOVO',
        [dmi('product_name')]: '20XW',
        [dmi('chassis_type')]: '10',
        [dmi('bios_version')]: 'N32',
        [dmi('bios_date')]: '01/02/2024',
        [dmi('product_serial')]: 'SECRET',
        [dmi('product_uuid')]: 'SECRET',
      },
    });
    const machine = await readMachine(host.ports, lay({}));
    expect(machine).toEqual({ vendor: 'LENOVO', model: '20XW', firmware: 'N32, 01/02/2024', chassis: 'laptop' });
    expect(await readMachine(host.ports, lay({ 'etc/machine-info': 'CHASSIS=server\n' }))).toMatchObject({
      chassis: 'server',
    });
    const board = createFakeHost({ files: { '/proc/device-tree/model': 'Raspberry Pi 4\0' } });
    expect(await readMachine(board.ports, lay({ 'etc/machine-info': '' }))).toMatchObject({
      vendor: null,
      model: 'Raspberry Pi 4',
    });
  });

  it.each([
    ['3', 'desktop'],
    ['9', 'laptop'],
    ['23', 'server'],
    ['30', 'tablet'],
    ['31', 'convertible'],
    ['2', null],
    ['', null],
    ['x', null],
  ])('chassis type %s', (type, chassis) => {
    expect(chassisOf(type)).toBe(chassis);
  });

  it('reads numbers', () => {
    expect(parseMemory('MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:  1024 kB\n')).toEqual({
      total_bytes: 2_097_152,
      available_bytes: 1_048_576,
      swap_total_bytes: 0,
      swap_free_bytes: 0,
    });
    expect(parseLoad('0.10 1.20 2.30 1/100 5\n')).toEqual([0.1, 1.2, 2.3]);
    expect(parseLoad('')).toBeNull();
    expect(parseCpuModel('processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: B\n')).toBe('AMD EPYC');
    expect(parseCpuModel('')).toBeNull();
    expect(canonicalName('::1 a b\n', 'B')).toBe('a');
    expect(canonicalName('# 1.2.3.4 x\n', 'x')).toBeUndefined();
  });
});

describe('virtualisation', () => {
  const of = (options: FakeHostOptions, etc: Record<string, string> = {}) =>
    readVirtualization(createFakeHost(options).ports, lay(etc), signal);
  const product = (vendor: string, name: string): Record<string, string> => ({
    '/sys/class/dmi/id/sys_vendor': vendor,
    '/sys/class/dmi/id/product_name': name,
  });

  it('is asked of systemd-detect-virt where that is', async () => {
    const handlers = {
      'systemd-detect-virt': ({ args }: { args: readonly string[] }) =>
        args[0] === '--vm' ? { stdout: 'kvm\n' } : { code: 1, stdout: 'none\n' },
    };
    expect(await of({ handlers })).toEqual({ hypervisor: 'kvm', container: null, method: 'systemd-detect-virt' });
  });

  it.each([
    ['QEMU', 'Standard PC (Q35 + ICH9, 2009)', 'qemu'],
    ['QEMU', 'KVM Virtual Machine', 'kvm'],
    ['VMware, Inc.', 'VMware7,1', 'vmware'],
    ['innotek GmbH', 'VirtualBox', 'oracle'],
    ['Microsoft Corporation', 'Virtual Machine', 'microsoft'],
    ['Microsoft Corporation', 'Surface Laptop', null],
    ['Amazon EC2', 'c5.large', 'amazon'],
    ['Google', 'Google Compute Engine', 'google'],
    ['LENOVO', '20XW', null],
  ])('%s %s without it', async (vendor, name, hypervisor) => {
    expect(await of({ files: product(vendor, name) })).toEqual({ hypervisor, container: null, method: 'files' });
  });

  it('is told by the CPU, and a container by its marks', async () => {
    const cpu = { '/proc/cpuinfo': 'flags\t\t: fpu hypervisor lahf_lm\n' };
    expect(await of({ files: cpu }, { '.dockerenv': '' })).toMatchObject({
      hypervisor: 'vm-other',
      container: 'docker',
    });
    rmSync(join(root, '.dockerenv'));
    expect(await of({ files: { '/proc/1/environ': 'PATH=/bin\0container=lxc\0' } })).toMatchObject({
      container: 'lxc',
    });
    expect(await of({}, { 'run/systemd/container': 'systemd-nspawn\n' })).toMatchObject({
      container: 'systemd-nspawn',
    });
  });
});

describe('time zone', () => {
  it('is what /etc/localtime links to, else what /etc/timezone says', () => {
    expect(readTimezone(lay({}), root)).toBeNull();
    expect(readTimezone(lay({ 'etc/timezone': 'Europe/Berlin\n' }), root)).toBe('Europe/Berlin');
    symlinkSync('/usr/share/zoneinfo/Asia/Kolkata', join(root, 'etc/localtime'));
    expect(readTimezone(lay({}), root)).toBe('Asia/Kolkata');
  });

  it('has its offset at the moment', () => {
    expect(utcOffsetMinutes('Asia/Kolkata', 0)).toBe(330);
    expect(utcOffsetMinutes('Europe/Berlin', Date.UTC(2026, 6, 1))).toBe(120);
    expect(utcOffsetMinutes('America/New_York', Date.UTC(2026, 0, 1))).toBe(-300);
    expect(utcOffsetMinutes('Etc/UTC', 0)).toBe(0);
    expect(utcOffsetMinutes('No/Where', 0)).toBeNull();
  });
});
