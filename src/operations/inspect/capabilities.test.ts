// What capabilities says is missing, with whose fix; and that it answers on every platform without touching what is not there.
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { plainSettings, refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { toolsets } from '../../config/toolsets.ts';
import { createFakeHost } from '../../host/fake/fake-host.ts';
import { loadPolicy } from '../../host/policy-files.ts';
import { binaries } from '../../model/command.ts';
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { ConfigFiles } from '../../model/ports.ts';
import { kernelProblems, mayEcho, privilegeProblems, programProblems } from './capabilities-problems.ts';
import { binariesOf, isNeeded } from './capabilities-programs.ts';
import { showCaptures, showEndpoints } from './capabilities-settings.ts';
import { capabilities } from './capabilities.ts';

const every = { net_admin: true, net_raw: true, sys_admin: true, bpf: true, perfmon: true, icmp_echo: true };
const none = { net_admin: false, net_raw: false, sys_admin: false, bpf: false, perfmon: false, icmp_echo: false };
const whole = {
  qdiscs: ['fq', 'fq_codel', 'cake', 'netem', 'htb'],
  classifiers: ['u32'],
  congestion_controls: ['bbr'],
  ifb: true,
  conntrack: true,
  nftables: true,
  ipv6: true,
  btf: true,
};

describe('ICMP echo', () => {
  const status = 'Name:\tnode\nGid:\t1000\t1001\t1000\t1000\nGroups:\t4 27 1002 \n';
  test.each([
    ['the effective group', '1001 1001', true],
    ['a supplementary group', '27\t27', true],
    ['no group of ours', '5 26', false],
    ['nobody, which is the default of the kernel', '1\t0', false],
    ['everybody', '0 2147483647', true],
    ['a real group that is not the effective one', '1000 1000', false],
  ])('a range for %s', (_who, range, expected) => {
    expect(mayEcho(status, range, false)).toBe(expected);
  });

  test('CAP_NET_RAW needs no range, and without a range nobody may', () => {
    expect(mayEcho('', undefined, true)).toBe(true);
    expect(mayEcho(status, undefined, false)).toBe(false);
  });
});

describe('problems', () => {
  test('a whole host has none', () => {
    expect(privilegeProblems(every, false)).toEqual([]);
    expect(kernelProblems(whole, true, true)).toEqual([]);
  });

  test('each privilege that is missing has a fix that names it', () => {
    const fixes = privilegeProblems(none, true).map(({ fix }) => fix);
    expect(fixes).toEqual([
      expect.stringContaining('sudo netmcp'),
      expect.stringContaining('net.ipv4.ping_group_range'),
      expect.stringContaining('AmbientCapabilities=CAP_NET_RAW'),
      expect.stringContaining('AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_NET_ADMIN'),
      expect.stringContaining('--read-only'),
    ]);
  });

  test('no fix gives every script of every user a capability', () => {
    const lacking = { ...whole, qdiscs: [], conntrack: false, nftables: false, ipv6: false };
    const all = [privilegeProblems(none, true), kernelProblems(lacking, true, false), programProblems([...binaries])];
    expect(JSON.stringify(all)).not.toMatch(/setcap|node\b/i);
  });

  test('each kernel feature that is missing has an effect and a fix', () => {
    const lacking = { ...whole, qdiscs: ['htb'], conntrack: false, nftables: false, ipv6: false };
    const text = JSON.stringify(kernelProblems(lacking, true, false));
    for (const part of [
      'fq, fq_codel, cake, netem',
      'modprobe nf_conntrack',
      'modprobe nf_tables',
      'ipv6.disable',
      'host itself',
    ])
      expect(text).toContain(part);
  });

  test('only programs that something is refused without count', () => {
    expect(programProblems([...binaries]).map(({ fix }) => fix)).toEqual([
      'apt-get install iproute2',
      'apt-get install iproute2',
      'apt-get install nftables',
      'apt-get install ethtool',
      'apt-get install kmod',
      'apt-get install iproute2',
    ]);
    for (const name of ['nmcli', 'resolvectl', 'networkctl', 'mtr', 'iw', 'chronyc', 'iptables-legacy-save'] as const) {
      expect(isNeeded(name)).toBe(false);
      expect(binariesOf('linux')).toContain(name);
    }
  });
});

describe('settings', () => {
  test('endpoints are told by host, without paths, keys or passwords', () => {
    const endpoints = {
      ...plainSettings.endpoints,
      publicIp: ['https://user:secret@ip.example:8443/v1?key=abc', 'nonsense'],
      rdap: 'https://rdap.example/token123/',
    };
    const shown = showEndpoints({ ...plainSettings, endpoints });
    expect(shown).toMatchObject({ public_ip: ['ip.example:8443', 'not a URL'], rdap: 'rdap.example' });
    expect(JSON.stringify(shown)).not.toMatch(/secret|abc|token123/);
  });

  const filesWith = (there: readonly string[], refused: readonly string[]): ConfigFiles => {
    const warnings: string[] = [];
    return {
      warnings,
      warn: (message) => void warnings.push(message),
      read: () => undefined,
      list: (folder) => {
        if (refused.includes(folder)) warnings.push(`${folder} could not be read (EACCES).`);
        return [];
      },
      layered: () => [],
      exists: (path) => there.includes(path),
      same: () => false,
    };
  };
  const captures = { ...plainSettings.captures, allowedPaths: ['/a', '/b c', '/c'] };

  test('capture folders: there, readable, or neither', () => {
    const { pcap, problems } = showCaptures({ ...plainSettings, captures }, filesWith(['/a', '/b c'], ['/b c']));
    expect(pcap.roots).toEqual([
      { path: '/a', exists: true, readable: true },
      { path: '/b c', exists: true, readable: false },
      { path: '/c', exists: false, readable: false },
    ]);
    expect(problems).toEqual([expect.objectContaining({ fix: "chmod o+rx '/b c'" })]);
  });

  test('without any capture folder that is the problem', () => {
    const { problems } = showCaptures({ ...plainSettings, captures }, filesWith([], []));
    expect(problems.map(({ fix }) => fix)).toEqual(['mkdir -p /a, or set pcap.allowed_paths to a folder of yours']);
  });

  const call = {
    signal: new AbortController().signal,
    progress: () => undefined,
    client: { kind: 'cli', name: 'test', version: '0' },
  } as const;
  const noPolicy = (): never => {
    throw new NetError('invalid_policy', 'broken.yaml has no id.', 'Correct broken.yaml.');
  };
  const portsOn = (platform: OperationPorts['platform']): OperationPorts =>
    refusingPorts({
      platform,
      settings: {
        ...plainSettings,
        security: { ...plainSettings.security, blockedTargets: ['*.internal'], blockPrivate: true },
      },
      exec: { run: noPolicy, find: async (name) => (name === 'ping' ? '/sbin/ping' : undefined) },
      configFiles: async () => filesWith([], []),
      policy: noPolicy,
      stateDir: async () => '/state',
    });

  test.each(['darwin', 'win32'] as const)('on %s it answers without a kernel file or a program', async (platform) => {
    const answer = await capabilities.run({}, portsOn(platform), call);
    expect(answer).toMatchObject({
      success: true,
      platform,
      kernel: null,
      privileges: null,
      features: null,
      network_namespace: null,
      server_version: answer['version'],
      security: {
        allowed_targets: [],
        blocked_targets: ['*.internal'],
        block_private: true,
        block_cloud_metadata: true,
      },
      pcap: { max_packets: 100_000, allow_custom_filters: true, allowed_paths: [] },
      state_dir: { path: '/state', error: null },
      policy: null,
      problems: [{ what: 'broken.yaml has no id.', fix: 'Correct broken.yaml.' }],
    });
    const [first, ...others] = z.array(z.looseObject({ name: z.string() })).parse(answer['dependencies']);
    expect(first).toMatchObject({ name: 'ping', available: true, path: '/sbin/ping' });
    expect(others.map(({ name }) => name)).toEqual(platform === 'darwin' ? ['ping6'] : []);
    expect(answer['summary']).toContain('tuning needs Linux');
  });

  const linux = (changes: Partial<OperationPorts>): OperationPorts => {
    const host = createFakeHost({
      files: {
        '/proc/sys/kernel/osrelease': '6.12.0-test\n',
        '/proc/self/status': 'Gid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n',
      },
    });
    return refusingPorts({
      ...host.ports,
      platform: 'linux',
      settings: { ...plainSettings, toolsets },
      identity: async () => ({ boot_id: 'boot', netns: 'net:1:1', initial_netns: true }),
      configFiles: async () => filesWith([], []),
      policy: loadPolicy,
      stateDir: async () => '/state',
      mayChange: async () => false,
      ...changes,
    });
  };
  const noStateDir = (): never => {
    throw new NetError('state_dir_refused', '/dev/null/x cannot be made.', 'Pass another --state-dir.');
  };

  test.each<[string, Partial<OperationPorts>, string]>([
    ['nothing is missing', {}, 'can look, probe, plan and change;'],
    ['the state directory cannot be made', { stateDir: noStateDir }, 'can look and probe, not plan or change;'],
    ['the policy is broken', { policy: noPolicy }, 'can look and probe, not plan or change;'],
    [
      'read-only mode is on',
      { settings: { ...plainSettings, toolsets, readOnly: true } },
      'can look, probe and plan, not change;',
    ],
    [
      'tuning is switched off',
      { settings: { ...plainSettings, toolsets: ['inspect', 'jobs'] } },
      'can look, not probe, plan or change;',
    ],
  ])('the summary promises what can be done when %s', async (_when, changes, expected) => {
    expect((await capabilities.run({}, linux(changes), call))['summary']).toContain(expected);
  });

  test('dependencies are the programs of probes; the others are not told a third time', async () => {
    const answer = await capabilities.run({}, linux({}), call);
    const names = z.array(z.looseObject({ name: z.string() })).parse(answer['dependencies']);
    expect(names.map(({ name }) => name)).toEqual(['ping', 'mtr']);
    expect(answer['binaries']).toHaveProperty('nft');
    expect(JSON.stringify(answer['optional_binaries'])).toContain('nmcli');
  });
});
