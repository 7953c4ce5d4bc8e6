// get_dns_config on roots that hold the files of the usual managers, and once on the real /etc/resolv.conf of a mount namespace.
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createConfigFiles } from '../../../src/host/config-files.ts';
import { createFakeHost, type FakeHostOptions } from '../../../src/host/fake/fake-host.ts';
import { getDnsConfig } from '../../../src/operations/inspect/get-dns-config.ts';
import { refusingPorts } from '../../helpers/refusing-ports.ts';
import { ownNamespaces, requireFeature } from '../../helpers/skip.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netmcp-dns-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
/** A link inside the root, whatever stands above it. */
const link = (path: string, target: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(relative(dirname(join(root, path)), join(root, target)), join(root, path));
};

const upstream = z.object({
  address: z.string(),
  port: z.number().optional(),
  interface: z.string().optional(),
  dns_over_tls_name: z.string().optional(),
  domains: z.array(z.string()).optional(),
  source: z.string(),
});
const answerSchema = z.object({
  success: z.literal(true),
  summary: z.string(),
  nameservers: z.array(z.string()),
  search_domains: z.array(z.string()),
  kind: z.string(),
  source_file: z.string(),
  upstreams: z.array(upstream),
  hosts_file: z.object({ entries: z.number(), names: z.number() }).nullable(),
  nsswitch_hosts: z.array(z.string()).nullable(),
  notes: z.array(z.string()),
});

const look = async (host: FakeHostOptions = {}) => {
  const { exec, kernel } = createFakeHost(host).ports;
  const ports = refusingPorts({ exec, kernel, configFiles: async () => createConfigFiles(root) });
  const call = {
    signal: AbortSignal.timeout(20_000),
    progress: () => undefined,
    client: { kind: 'cli' as const, name: 'test', version: '0' },
  };
  return answerSchema.parse(await getDnsConfig.run({}, ports, call));
};

const stub = 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n';

describe('behind 127.0.0.53 (D-30)', () => {
  beforeEach(() => {
    write('/run/systemd/resolve/stub-resolv.conf', stub);
    link('/etc/resolv.conf', '/run/systemd/resolve/stub-resolv.conf');
    write('/run/systemd/resolve/resolv.conf', 'nameserver 192.0.2.53\nnameserver 2001:db8::53\nsearch lan\n');
  });

  it('the servers of the runtime file are told; nameservers stay what resolv.conf says', async () => {
    const answer = await look();
    expect(answer).toMatchObject({
      nameservers: ['127.0.0.53'],
      search_domains: ['lan'],
      kind: 'resolved_stub',
      source_file: '/run/systemd/resolve/stub-resolv.conf',
    });
    expect(answer.upstreams.map(({ address, source }) => [address, source])).toEqual([
      ['192.0.2.53', '/run/systemd/resolve/resolv.conf'],
      ['2001:db8::53', '/run/systemd/resolve/resolv.conf'],
    ]);
    expect(answer.summary).toContain('127.0.0.53');
    expect(answer.summary).toContain('192.0.2.53, 2001:db8::53');
    expect(answer.notes.join(' ')).toContain('resolvectl is not installed');
  });

  it('links and configuration say whose a server is, and no server comes twice', async () => {
    write(
      '/run/systemd/netif/links/2',
      '# state\nOPER_STATE=routable\nDNS=192.0.2.53\nDOMAINS=lan\nROUTE_DOMAINS=corp.test\n',
    );
    write('/run/systemd/resolve/netif/7', 'SERVERS="[2001:db8::7]:5353#vpn.test"\n');
    write('/etc/systemd/resolved.conf', '[Resolve]\nDNS=198.51.100.1#dns.test\nFallbackDNS=203.0.113.9\n');
    write('/etc/systemd/resolved.conf.d/10-x.conf', '[Resolve]\nDNS=198.51.100.2\n');
    const { upstreams } = await look({
      files: { '/sys/class/net/wan0/ifindex': '2', '/sys/class/net/lo/ifindex': '1' },
    });
    expect(upstreams).toEqual([
      expect.objectContaining({ address: '198.51.100.1', dns_over_tls_name: 'dns.test' }),
      expect.objectContaining({ address: '198.51.100.2' }),
      {
        address: '192.0.2.53',
        interface: 'wan0',
        domains: ['lan', '~corp.test'],
        source: '/run/systemd/netif/links/2',
      },
      {
        address: '2001:db8::7',
        port: 5353,
        interface: 'ifindex 7',
        dns_over_tls_name: 'vpn.test',
        source: '/run/systemd/resolve/netif/7',
      },
      expect.objectContaining({ address: '2001:db8::53', source: '/run/systemd/resolve/resolv.conf' }),
    ]);
  });

  it('resolvectl is believed first', async () => {
    const stdout =
      'Global\n  resolv.conf mode: stub\n\nLink 3 (eno1)\n    Current Scopes: DNS\n       DNS Servers: 10.64.0.254 fd64::fffe\n        DNS Domain: ~.\n';
    const { upstreams, notes } = await look({ handlers: { resolvectl: () => ({ stdout }) } });
    expect(upstreams).toEqual([
      { address: '10.64.0.254', interface: 'eno1', domains: ['~.'], source: 'resolvectl status' },
      { address: 'fd64::fffe', interface: 'eno1', domains: ['~.'], source: 'resolvectl status' },
    ]);
    expect(notes.join(' ')).not.toContain('resolvectl');
    const failed = await look({ handlers: { resolvectl: () => ({ code: 1, stderr: 'no bus' }) } });
    expect(failed.upstreams.map(({ address }) => address)).toEqual(['192.0.2.53', '2001:db8::53']);
    expect(failed.notes.join(' ')).toContain('could not reach systemd-resolved');
  });
});

const cases: readonly [string, Record<string, string>, { kind: string; upstreams: string[] }][] = [
  ['plain', { '/etc/resolv.conf': 'nameserver 192.0.2.1\n' }, { kind: 'static', upstreams: ['192.0.2.1'] }],
  [
    'NetworkManager',
    { '/etc/resolv.conf': '# Generated by NetworkManager\nnameserver 192.0.2.1\nnameserver ::1\n' },
    { kind: 'network_manager', upstreams: ['192.0.2.1'] },
  ],
  [
    'resolved proxy',
    {
      '/etc/resolv.conf': 'nameserver 127.0.0.54\n',
      '/etc/systemd/resolved.conf': '[Resolve]\n#DNS=\nFallbackDNS=192.0.2.8\n',
    },
    { kind: 'resolved_proxy', upstreams: ['192.0.2.8'] },
  ],
  [
    'docker',
    { '/etc/resolv.conf': 'nameserver 127.0.0.11\noptions ndots:0\n# ExtServers: [192.0.2.3]\n' },
    { kind: 'docker', upstreams: ['192.0.2.3'] },
  ],
  ['docker of old', { '/etc/resolv.conf': 'nameserver 127.0.0.11\n' }, { kind: 'docker', upstreams: [] }],
  [
    'dnsmasq',
    {
      '/etc/resolv.conf': 'nameserver 127.0.0.1\n',
      '/etc/dnsmasq.conf': '# server=192.0.2.99\nno-resolv\nserver=192.0.2.4#5353@wan0\n',
      '/etc/dnsmasq.d/corp.conf': 'server=/corp.test/2001:db8::4\n',
    },
    { kind: 'dnsmasq', upstreams: ['192.0.2.4', '2001:db8::4'] },
  ],
  [
    'dnsmasq over resolvconf',
    {
      '/etc/resolv.conf': 'nameserver 127.0.0.1\n',
      '/etc/dnsmasq.conf': '',
      '/run/dnsmasq/resolv.conf': 'nameserver 127.0.0.1\nnameserver 192.0.2.5\n',
    },
    { kind: 'dnsmasq', upstreams: ['192.0.2.5'] },
  ],
  [
    'NetworkManager behind a local resolver',
    {
      '/etc/resolv.conf': 'nameserver 127.0.0.1\n',
      '/run/NetworkManager/no-stub-resolv.conf': 'nameserver 192.0.2.6\n',
    },
    { kind: 'local_resolver', upstreams: ['192.0.2.6'] },
  ],
  [
    'resolvconf',
    { '/etc/resolv.conf': 'nameserver ::1\n', '/run/resolvconf/interface/eth0.dhclient': 'nameserver 192.0.2.7\n' },
    { kind: 'local_resolver', upstreams: ['192.0.2.7'] },
  ],
  ['nothing known', { '/etc/resolv.conf': 'nameserver 127.0.0.1\n' }, { kind: 'local_resolver', upstreams: [] }],
  ['none', {}, { kind: 'missing', upstreams: [] }],
];

it.each(cases)('%s', async (_name, files, expected) => {
  for (const [path, text] of Object.entries(files)) write(path, text);
  const answer = await look();
  expect({ kind: answer.kind, upstreams: answer.upstreams.map(({ address }) => address) }).toEqual(expected);
  if (expected.upstreams.length === 0) expect(answer.notes.join(' ')).toMatch(/127\.0\.0\.1/);
});

it.each([
  ['192.0.2.1', 'Names are resolved by 192.0.2.1, 192.0.2.2, 192.0.2.3; 1 more in resolv.conf is never asked.'],
  ['127.0.0.1', 'resolv.conf says 127.0.0.1, 192.0.2.2, 192.0.2.3 (a local resolver); the real servers behind it:'],
])('of four servers, the first being %s, the summary names the three that are asked', async (first, expected) => {
  const lines = [first, '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((server) => `nameserver ${server}\n`);
  write('/etc/resolv.conf', lines.join(''));
  const { summary, upstreams, nameservers } = await look();
  expect(summary).toContain(expected);
  expect(summary).not.toContain('192.0.2.4');
  expect(upstreams.map(({ address }) => address)).not.toContain('192.0.2.4');
  expect(nameservers).toContain('192.0.2.4');
});

it('hosts, nsswitch and what could not be read', async () => {
  write('/etc/resolv.conf', 'nameserver 192.0.2.1\n');
  write('/etc/hosts', '127.0.0.1 localhost\n::1 localhost ip6-localhost\n');
  write('/etc/nsswitch.conf', 'hosts: files resolve [!UNAVAIL=return] dns\n');
  const answer = await look();
  expect(answer).toMatchObject({
    hosts_file: { entries: 2, names: 3 },
    nsswitch_hosts: ['files', 'resolve', '[!UNAVAIL=return]', 'dns'],
  });
  expect(answer.notes.join(' ')).toContain('ask systemd-resolved itself');
  rmSync(join(root, '/etc/hosts'));
  chmodSync(join(root, '/etc'), 0o755);
  expect((await look()).notes.join(' ')).toContain('/etc/hosts could not be read');
});

it('hostile files give bounded answers without control characters', async () => {
  write('/etc/hosts', `\u001b[2J${'x'.repeat(1024 * 1024)}`);
  write('/etc/nsswitch.conf', `hosts: ${'\u001b[31mdns '.repeat(1000)}\n`);
  for (const text of [
    `nameserver ${'9'.repeat(1024 * 1024)}\n`,
    `nameserver 192.0.2.1\nsearch ${'\u001b[31ma\u202eb.test '.repeat(2000)}\noptions ${'\u0007x '.repeat(9000)}\n`,
    'nameserver 192.0.2.1\n'.repeat(9000),
    'nameserver 127.0.0.53\0\n',
    '['.repeat(200_000),
  ]) {
    write('/etc/resolv.conf', text);
    const answer = JSON.stringify(await look());
    expect(answer.length).toBeLessThan(20_000);
    expect(answer).not.toMatch(/\\u001b|\\u0007|\u202e|\\u0000/);
  }
});

it('reads the real /etc/resolv.conf', async (context) => {
  await requireFeature(context, ownNamespaces);
  write('/resolv.conf', 'nameserver 192.0.2.77\nsearch real.test\n');
  const product = fileURLToPath(new URL('../../e2e/product-with-test-tools.ts', import.meta.url));
  const script = 'mount --bind "$1" /etc/resolv.conf && exec "$2" "$3" --state-dir "$4" call get_dns_config "{}"';
  const args = [
    '-m',
    'sh',
    '-c',
    script,
    'sh',
    join(root, 'resolv.conf'),
    process.execPath,
    product,
    join(root, 'state'),
  ];
  const { stdout } = await promisify(execFile)('unshare', args, { timeout: 60_000 });
  expect(answerSchema.parse(JSON.parse(stdout))).toMatchObject({
    nameservers: ['192.0.2.77'],
    search_domains: ['real.test'],
    kind: 'static',
  });
});
