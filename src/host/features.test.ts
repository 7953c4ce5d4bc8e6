import { binaries } from '../model/command.ts';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownNamespaces, requireFeature } from '../../tests/helpers/skip.ts';
import { createExec } from './exec.ts';
import { createFakeHost, type FakeHost } from './fake/fake-host.ts';
import { probeTcKinds } from './feature-probe.ts';
import { readFeatures } from './features.ts';
import type { ModuleSources } from './kernel-modules.ts';

const { signal } = new AbortController();
let folder: string;
let sources: ModuleSources;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-features-'));
  sources = { modules: folder, config: join(folder, 'config.gz') };
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const files = {
  '/proc/sys/kernel/osrelease': '6.1.0-18-amd64',
  '/proc/sys/net/ipv4/tcp_available_congestion_control': 'reno cubic',
  '/proc/sys/net/ipv4/tcp_allowed_congestion_control': 'reno',
  '/proc/self/status': 'CapEff:\t000001ffffffffff',
};

const host = (more: Record<string, string> = {}, unshare?: () => { code: number; stderr: string }): FakeHost =>
  createFakeHost({
    files: { ...files, ...more },
    handlers: { tc: () => ({}), nft: () => ({}), ...(unshare === undefined ? {} : { unshare }) },
  });

const installModules = async (builtin: string[], loadable: string[]): Promise<void> => {
  const release = join(folder, '6.1.0-18-amd64');
  await mkdir(release);
  await writeFile(join(release, 'modules.builtin'), builtin.map((name) => `${name}\n`).join(''));
  await writeFile(join(release, 'modules.dep'), loadable.map((name) => `${name}: kernel/lib/x.ko\n`).join(''));
};

const modules = async (): Promise<void> =>
  installModules(
    ['kernel/net/ipv4/tcp_cubic.ko', 'kernel/net/sched/sch_htb.ko'],
    [
      'kernel/net/sched/sch_fq.ko.xz',
      'kernel/net/sched/sch_ingress.ko',
      'kernel/net/sched/cls_u32.ko.zst',
      'kernel/net/sched/act_mirred.ko',
      'kernel/drivers/net/ifb.ko',
      'kernel/net/ipv4/tcp_bbr.ko',
      'kernel/net/ipv4/tcp_diag.ko',
      'kernel/net/netfilter/nf_conntrack.ko',
      'kernel/net/netfilter/nf_tables.ko',
    ],
  );

describe('features from module files', () => {
  it('are what is built in or loadable, without starting anything', async () => {
    await modules();
    const { ports, exec } = host();
    expect(await readFeatures(ports, { initialNetns: true, signal, sources })).toEqual({
      qdiscs: ['bfifo', 'clsact', 'fq', 'htb', 'ingress', 'pfifo', 'pfifo_fast'],
      classifiers: ['u32'],
      ifb: true,
      congestion_controls: ['bbr', 'cubic', 'reno'],
      conntrack: true,
      nftables: true,
      binaries: {
        ...Object.fromEntries(binaries.map((name) => [name, null])),
        tc: '/usr/sbin/tc',
        nft: '/usr/sbin/nft',
      },
    });
    expect(exec.calls).toEqual([]);
  });

  it('leave out what cannot be loaded any more', async () => {
    await modules();
    const { ports } = host({
      '/proc/sys/kernel/modules_disabled': '1',
      '/proc/modules': 'sch_fq 28672 1 - Live 0x0\nnf_tables 1 0 - Live 0x0',
    });
    const found = await readFeatures(ports, { initialNetns: true, signal, sources });
    expect(found.qdiscs).toEqual(['bfifo', 'fq', 'htb', 'pfifo', 'pfifo_fast']);
    expect(found).toMatchObject({
      classifiers: [],
      ifb: false,
      conntrack: false,
      congestion_controls: ['cubic', 'reno'],
    });
  });

  it('outside the initial namespace count only the allowed congestion controls', async () => {
    await modules();
    const found = await readFeatures(host().ports, { initialNetns: false, signal, sources });
    expect(found.congestion_controls).toEqual(['reno']);
  });
});

it('a kernel without modules tells all by its configuration', async () => {
  await writeFile(
    sources.config,
    gzipSync(
      '# CONFIG_MODULES is not set\nCONFIG_NET_SCH_HTB=y\n# CONFIG_NET_SCH_FQ is not set\nCONFIG_IFB=y\nCONFIG_NET_ACT_MIRRED=y\nCONFIG_NF_TABLES=y\n',
    ),
  );
  const { ports, exec } = host();
  const found = await readFeatures(ports, { initialNetns: true, signal, sources });
  expect(found).toMatchObject({
    qdiscs: ['bfifo', 'htb', 'pfifo', 'pfifo_fast'],
    ifb: true,
    nftables: true,
    conntrack: false,
  });
  expect(exec.calls).toEqual([]);
});

describe('features of a kernel that must be asked', () => {
  it('are what the probe’s lines did not fail on', async () => {
    const { ports, exec } = host({}, () => ({
      code: 1,
      stderr: 'Error: Specified qdisc kind is unknown.\nCommand failed -:1\nError: x\nCommand failed -:2\n',
    }));
    const found = await readFeatures(ports, { initialNetns: true, signal, sources });
    expect(found.qdiscs).not.toContain('fq');
    expect(found.qdiscs).toContain('cake');
    expect(exec.calls.find(({ binary }) => binary === 'unshare')?.args.join(' ')).toBe('--net -- tc -force -batch -');
  });

  it('are only what is certain, with a warning, where no namespace can be made', async () => {
    const { ports, logged } = host({}, () => ({
      code: 1,
      stderr: 'unshare: unshare failed: Operation not permitted\n',
    }));
    const found = await readFeatures(ports, { initialNetns: true, signal, sources });
    expect(found.qdiscs).toEqual(['bfifo', 'pfifo', 'pfifo_fast']);
    expect(logged.join()).toContain('warn The kernel’s tc features are unknown');
  });

  it('are read once a process, but a failure is not kept', async () => {
    let fail = true;
    const { ports, exec } = host({}, () => {
      if (fail) throw new Error('first call fails');
      return { code: 0, stderr: '' };
    });
    const options = { initialNetns: true, signal, sources };
    await expect(readFeatures(ports, options)).rejects.toThrow('first call fails');
    fail = false;
    await readFeatures(ports, options);
    const asked = exec.calls.length;
    await readFeatures(ports, options);
    expect(exec.calls).toHaveLength(asked);
  });
});

it('the real kernel answers the probe', async (context) => {
  await requireFeature(context, ownNamespaces);
  const found = await probeTcKinds(createExec(), true, signal);
  expect(found?.qdiscs).toEqual(expect.arrayContaining(['htb', 'tbf', 'pfifo_fast', 'clsact']));
  expect(found?.classifiers).toContain('u32');
});
