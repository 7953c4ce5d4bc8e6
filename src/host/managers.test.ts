import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Binary } from '../model/command.ts';
import type { InterfaceFacts } from '../model/snapshot.ts';
import { createConfigFiles } from './config-files.ts';
import type { FakeHandler } from './fake/fake-exec.ts';
import { createFakeHost } from './fake/fake-host.ts';
import { parseDeviceStatus, parseIfstate, parseLinkFile, parseLinkList, splitTerse } from './managers-text.ts';
import { readManagers } from './managers.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netmcp-managers-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const link = (
  name: string,
  ifindex: number,
  kind: string | null = null,
  master: string | null = null,
): InterfaceFacts => ({
  name,
  ifindex,
  kind,
  master,
  mac: name === 'lo' ? null : `02:00:00:00:00:0${ifindex}`,
  mtu: 1500,
  min_mtu: 68,
  max_mtu: 9000,
  up: true,
  carrier: true,
  txqueuelen: 1000,
  speed_mbps: null,
  ipv4: [],
  ipv6: [],
});

const standard = [link('lo', 1), link('eth0', 2), link('wlan0', 3), link('br0', 4, 'bridge')];

interface Host {
  files?: Readonly<Record<string, string>>;
  /** Names of processes with their user; pids beyond what a kernel gives. */
  processes?: readonly (readonly [string, number])[];
  handlers?: Partial<Record<Binary, FakeHandler>>;
  interfaces?: readonly InterfaceFacts[];
  isHere?: (pid: number) => boolean;
  status?: string;
}

const look = async ({ files = {}, processes = [], handlers = {}, interfaces = standard, ...rest }: Host) => {
  const kernel = processes.flatMap(([name, uid], index) => [
    [`proc/${5_000_000 + index}/comm`, `${name}\n`] as const,
    [
      `proc/${5_000_000 + index}/status`,
      `Name:\t${name}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n${rest.status ?? ''}`,
    ] as const,
  ]);
  mkdirSync(join(root, 'proc'), { recursive: true });
  for (const [path, content] of [...Object.entries(files), ...kernel]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const host = createFakeHost({ handlers });
  const config = createConfigFiles(root);
  const found = await readManagers(host.ports, config, {
    interfaces,
    signal: AbortSignal.timeout(5000),
    isHere: rest.isHere ?? (() => true),
    proc: join(root, 'proc'),
  });
  return {
    ...found,
    warnings: config.warnings,
    active: found.managers.filter(({ active }) => active).map(({ name }) => name),
    by: Object.fromEntries(found.interfaces.map((one) => [one.name, one.managed_by])),
    of: (name: string) => found.interfaces.find((one) => one.name === name),
  };
};

const nmcli =
  (stdout: string, code = 0): FakeHandler =>
  ({ args }) =>
    args.join(' ') === '-t -f DEVICE,STATE,CONNECTION device status' ? { code, stdout } : { code: 2 };

describe('a host without managers', () => {
  it('has none, and says so of each interface', async () => {
    const { active, by, managers, of } = await look({});
    expect(active).toEqual([]);
    expect(managers.every(({ installed }) => !installed)).toBe(true);
    expect(by).toEqual({ lo: null, eth0: null, wlan0: null, br0: null });
    expect(of('eth0')?.evidence).toContain('set up by hand');
  });
});

describe('NetworkManager', () => {
  const processes = [['NetworkManager', 0]] as const;

  it('manages what nmcli says, not what it only shows', async () => {
    const stdout = [
      'wlan0:connected:Café\\: 5\\\\GHz',
      'eth0:connected (externally):eth0',
      'br0:unmanaged:',
      'lo:connected (externally):lo',
      '',
    ].join('\n');
    const { active, by, of } = await look({
      processes,
      files: { 'usr/sbin/NetworkManager': '' },
      handlers: { nmcli: nmcli(stdout) },
    });
    expect(active).toEqual(['NetworkManager']);
    expect(by).toEqual({ lo: null, eth0: null, wlan0: 'NetworkManager', br0: null });
    expect(of('wlan0')).toMatchObject({
      state: 'connected',
      connection: 'Café: 5\\GHz',
      configured_by: 'NetworkManager',
    });
  });

  it('is told by its runtime files where nmcli is not', async () => {
    const { of } = await look({
      processes,
      files: {
        'run/NetworkManager/devices/2': '[device]\nmanaged=true\nconnection-uuid=0a1b\n',
        'run/NetworkManager/devices/3': '[device]\nmanaged=false\n',
      },
    });
    expect(of('eth0')?.managed_by).toBe('NetworkManager');
    expect(of('eth0')?.evidence).toContain('devices/2');
    expect(of('wlan0')?.managed_by).toBeNull();
  });

  it('is the origin netplan, where netplan made the profile', async () => {
    const { of, active } = await look({ processes, handlers: { nmcli: nmcli('eth0:connected:netplan-eth0\n') } });
    expect(of('eth0')).toMatchObject({ managed_by: 'NetworkManager', configured_by: 'netplan' });
    expect(active).toEqual(['NetworkManager', 'netplan']);
  });

  it('does not run because a user calls a process so, nor because a container has one', async () => {
    const files = { 'run/NetworkManager/devices/2': '[device]\nmanaged=true\n' };
    expect((await look({ files, processes: [['NetworkManager', 1000]] })).active).toEqual([]);
    expect((await look({ files, processes })).active).toEqual(['NetworkManager']);
    expect((await look({ files, processes, status: 'NSpid:\t5000000\t12\n' })).active).toEqual([]);
  });

  it('of another network namespace manages nothing here', async () => {
    const handlers = { nmcli: nmcli('eth0:connected:x\n') };
    const { by, managers } = await look({ processes, handlers, isHere: (pid) => pid === 1 });
    expect(by['eth0']).toBeNull();
    expect(managers[0]).toMatchObject({ installed: true, active: false });
    expect(managers[0]?.evidence.join()).toContain('in another network namespace');
  });
});

describe('systemd-networkd', () => {
  const processes = [['systemd-network', 998]] as const;
  const state = (setup: string, file: string): string =>
    `# This is private data. Do not parse.\nADMIN_STATE=${setup}\nOPER_STATE=routable\nCARRIER_STATE=carrier\nREQUIRED_FOR_ONLINE=yes\nNETWORK_FILE=${file}\n`;

  it('manages what its state files say, for netplan where that wrote them', async () => {
    const { by, of, active, managers } = await look({
      processes,
      files: {
        'run/systemd/netif/links/2': state('configured', '/run/systemd/network/10-netplan-eth0.network'),
        'run/systemd/netif/links/4': state('unmanaged', ''),
        'etc/netplan/50-cloud-init.yaml': 'network:\n  version: 2\n  ethernets:\n    eth0: {dhcp4: true}\n',
      },
    });
    expect(by).toEqual({ lo: null, eth0: 'systemd-networkd', wlan0: null, br0: null });
    expect(of('eth0')).toMatchObject({
      state: 'configured, routable',
      connection: '/run/systemd/network/10-netplan-eth0.network',
      configured_by: 'cloud-init',
    });
    expect(active).toEqual(['systemd-networkd', 'netplan', 'cloud-init']);
    expect(managers.find(({ name }) => name === 'netplan')?.renderers).toEqual(['networkd']);
  });

  it('is asked by networkctl where there are no state files', async () => {
    const stdout =
      '  1 lo    loopback carrier    unmanaged\n  2 eth0  ether    routable   configured\n  3 wlan0 wlan     no-carrier configuring\n';
    const { by, of } = await look({ processes, handlers: { networkctl: () => ({ stdout }) } });
    expect(by).toEqual({ lo: null, eth0: 'systemd-networkd', wlan0: 'systemd-networkd', br0: null });
    expect(of('eth0')?.evidence).toContain('networkctl list: configured');
  });

  it('that does not run manages nothing, and its configuration is named', async () => {
    const { by, of } = await look({
      files: {
        'run/systemd/netif/links/2': state('configured', '/etc/systemd/network/lan.network'),
        'etc/systemd/network/lan.network': '[Match]\nName=eth*\n[Network]\nDHCP=yes\n',
      },
    });
    expect(by['eth0']).toBeNull();
    expect(of('eth0')).toMatchObject({
      configured_by: 'systemd-networkd',
      connection: '/etc/systemd/network/lan.network',
    });
  });
});

describe('the others', () => {
  it('ifupdown has what ifstate lists, with dhcpcd as its client', async () => {
    const { of, by, active } = await look({
      processes: [['dhcpcd', 0]],
      files: {
        'run/network/ifstate': 'lo=lo\neth0=eth0:home\n',
        'run/dhcpcd/eth0.pid': '77\n',
        'etc/network/interfaces': 'auto lo eth0\niface lo inet loopback\niface eth0 inet dhcp\niface br0 inet manual\n',
      },
    });
    expect(by).toEqual({ lo: 'ifupdown', eth0: 'ifupdown', wlan0: null, br0: null });
    expect(of('eth0')).toMatchObject({ connection: 'eth0:home', also_claimed_by: [], configured_by: 'ifupdown' });
    expect(of('br0')).toMatchObject({ managed_by: null, configured_by: 'ifupdown' });
    expect(active).toEqual(['ifupdown', 'dhcpcd']);
  });

  it('dhcpcd takes every device that its configuration does not deny', async () => {
    const files = { 'run/dhcpcd/pid': '77\n', 'etc/dhcpcd.conf': 'hostname\ndenyinterfaces wlan* veth*\n' };
    expect((await look({ processes: [['dhcpcd', 101]], files })).by).toEqual({
      lo: null,
      eth0: 'dhcpcd',
      wlan0: null,
      br0: null,
    });
  });

  it('connman, wicked and Docker', async () => {
    expect((await look({ processes: [['connmand', 0]] })).by).toMatchObject({
      eth0: 'connman',
      wlan0: 'connman',
      br0: null,
    });
    const wicked = await look({
      processes: [['wickedd', 0]],
      files: { 'etc/sysconfig/network/ifcfg-eth0': "BOOTPROTO='dhcp'\n" },
    });
    expect(wicked.by).toMatchObject({ eth0: 'wicked', wlan0: null });
    const docker = await look({
      processes: [['dockerd', 0]],
      interfaces: [
        link('docker0', 5, 'bridge'),
        link('br-0123456789ab', 6, 'bridge'),
        link('br-lan', 7, 'bridge'),
        link('veth1', 8, 'veth', 'docker0'),
        link('veth2', 9, 'veth', 'br-lan'),
      ],
    });
    expect(docker.by).toEqual({
      docker0: 'Docker',
      'br-0123456789ab': 'Docker',
      'br-lan': null,
      veth1: 'Docker',
      veth2: null,
    });
  });

  it('netplan hands over by the renderer of one, of a kind, or of all', async () => {
    const { managers, of } = await look({
      files: {
        'etc/netplan/01.yaml':
          'network:\n  renderer: NetworkManager\n  ethernets:\n    lan:\n      match: {macaddress: "02:00:00:00:00:02"}\n      renderer: networkd\n  wifis:\n    wlan0: {dhcp4: true}\n',
        'etc/netplan/02.yaml': 'network: [not: a, map',
      },
    });
    expect(managers.find(({ name }) => name === 'netplan')).toMatchObject({
      active: false,
      renderers: ['NetworkManager', 'networkd'],
    });
    expect(of('eth0')).toMatchObject({ managed_by: null, configured_by: 'netplan', connection: 'lan' });
    expect(of('eth0')?.evidence).toContain('renderer networkd');
    expect(of('wlan0')?.evidence).toContain('renderer NetworkManager');
  });

  it('two that claim one interface are both named', async () => {
    const { of } = await look({
      processes: [
        ['NetworkManager', 0],
        ['systemd-network', 998],
      ],
      handlers: { nmcli: nmcli('eth0:connected:lan\n') },
      files: { 'run/systemd/netif/links/2': 'ADMIN_STATE=configured\n' },
    });
    expect(of('eth0')).toMatchObject({ managed_by: 'NetworkManager', also_claimed_by: ['systemd-networkd'] });
  });

  it('leaves files of the system out in a network namespace of its own', async () => {
    const { by, warnings } = await look({ files: { 'run/network/ifstate': 'eth0=eth0\n' }, isHere: () => false });
    expect(by['eth0']).toBeNull();
    expect(warnings.join()).toContain('not that of the system');
  });
});

describe('texts of the managers', () => {
  it('splits what nmcli escapes', () => {
    expect(splitTerse('a\\:b:c\\\\:d:')).toEqual(['a:b', 'c\\', 'd', '']);
    expect(splitTerse('end\\')).toEqual(['end']);
    expect(parseDeviceStatus('eth0:connected:--\n:x:y\nlo\n')).toEqual([
      { device: 'eth0', state: 'connected', connection: null },
    ]);
    expect(parseDeviceStatus('w:connected:a\u001b[2J\u202eb')).toMatchObject([{ connection: 'a[2Jb' }]);
  });

  it('reads ifstate of ifupdown and of ifupdown-ng', () => {
    expect([...parseIfstate('lo=lo\neth0=home\n\nlo 1\neth1=lan 2\nno such line at all\n')]).toEqual([
      ['lo', 'lo'],
      ['eth0', 'home'],
      ['eth1', 'lan'],
    ]);
  });

  it('takes any text without an error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const parse of [splitTerse, parseDeviceStatus, parseIfstate, parseLinkFile, parseLinkList]) parse(text);
      }),
    );
  });
});
