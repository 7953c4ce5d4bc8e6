import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NetError } from '../model/errors.ts';
import type { Settings } from '../model/ports.ts';
import type { SettingName } from './keys.ts';
import { loadSettings } from './load.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-config-'));
  for (const name of ['etc/netmcp', 'home/.config/netmcp', 'start'])
    await mkdir(join(folder, name), { recursive: true });
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Given {
  etc?: string;
  own?: string;
  named?: string;
  env?: Record<string, string>;
  flags?: ReadonlyMap<SettingName, string>;
  cwd?: string;
  terminal?: boolean;
}

const write = async (name: string, text: string | undefined): Promise<string> => {
  const path = join(folder, name);
  if (text !== undefined) await writeFile(path, text, { mode: 0o600 });
  return path;
};

const load = async ({
  etc,
  own,
  named,
  env = {},
  flags = new Map(),
  cwd,
  terminal = false,
}: Given): Promise<Settings> => {
  await write('etc/netmcp/config.yaml', etc);
  await write('home/.config/netmcp/config.yaml', own);
  const configFile = named === undefined ? undefined : await write('named.yaml', named);
  return loadSettings({
    env: { HOME: join(folder, 'home'), ...env },
    flags,
    configFile,
    cwd: cwd ?? join(folder, 'start'),
    terminal,
    temporaryFolder: '/temporary',
    uid: process.geteuid?.() ?? 0,
    etc: join(folder, 'etc'),
    defaultStateDir: () => '/state',
    runtimeRoot: '/run/netmcp',
  });
};

const refusal = async (given: Given): Promise<NetError> => {
  try {
    await load(given);
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('it should have been refused');
};

const networkMcps = `security:
  # Only allow these targets (glob patterns, CIDR ranges)
  allowed_targets:
    - "*.company.com"
    - "10.0.0.0/8"
    - "192.168.0.0/16"
  blocked_targets:
    - "*.gov"
    - "localhost"
    - "127.0.0.0/8"
  block_private: false
  block_cloud_metadata: true

pcap:
  max_packets: 100000
  allow_custom_filters: true
  allowed_paths:
    - "."
    - "~/Documents"
    - "/tmp"
`;

test('the config.yaml of network-mcp is read as it stands', async () => {
  const settings = await load({ named: networkMcps });
  expect(settings.security).toEqual({
    allowedTargets: ['*.company.com', '10.0.0.0/8', '192.168.0.0/16'],
    blockedTargets: ['*.gov', 'localhost', '127.0.0.0/8'],
    blockPrivate: false,
    blockCloudMetadata: true,
  });
  expect(settings.captures).toEqual({
    maxPackets: 100_000,
    allowCustomFilters: true,
    allowedPaths: ['/state/captures', join(folder, 'start'), join(folder, 'home/Documents'), '/tmp'],
  });
  expect(settings.warnings).toEqual([]);
});

test('without any source, metadata services are blocked, and captures come from few folders', async () => {
  const settings = await load({});
  expect(settings.security).toEqual({
    allowedTargets: [],
    blockedTargets: [],
    blockPrivate: false,
    blockCloudMetadata: true,
  });
  expect(settings.captures).toEqual({
    maxPackets: undefined,
    allowCustomFilters: true,
    allowedPaths: [
      '/state/captures',
      '/temporary',
      ...['Documents', 'Downloads'].map((name) => join(folder, 'home', name)),
    ],
  });
  expect(settings.endpoints.rdap).toBe('https://rdap.org/');
});

test('the current folder is one of a terminal command’s without being named, and never of the server’s', async () => {
  const start = join(folder, 'start');
  expect((await load({ terminal: true })).captures.allowedPaths).toContain(start);
  expect((await load({ terminal: false })).captures.allowedPaths).not.toContain(start);
  const named = 'pcap:\n  allowed_paths: ["."]\n';
  expect((await load({ terminal: false, own: named })).captures.allowedPaths).toEqual(['/state/captures', start]);
  expect((await load({ terminal: true, cwd: '/' })).captures.allowedPaths).not.toContain('/');
});

test('without a home there are the temporary folder and our own captures', async () => {
  expect((await load({ env: { HOME: '' } })).captures.allowedPaths).toEqual(['/state/captures', '/temporary']);
});

test('D-24: an empty list of folders is no folder at all', async () => {
  expect((await load({ own: 'pcap:\n  allowed_paths: []\n' })).captures.allowedPaths).toEqual([]);
});

test('a server started in / takes no folder for the start folder, and says so where . was written', async () => {
  expect((await load({ cwd: '/' })).captures.allowedPaths).not.toContain('/');
  const settings = await load({ cwd: '/', own: 'pcap:\n  allowed_paths: [".", /srv]\n' });
  expect(settings.captures.allowedPaths).toEqual(['/state/captures', '/srv']);
  expect(settings.warnings.join()).toContain('started in /');
  expect((await load({ cwd: '/', own: 'pcap:\n  allowed_paths: [/]\n' })).captures.allowedPaths).toContain('/');
});

test('sources win key by key: /etc, the own file, --config, variables', async () => {
  const settings = await load({
    etc: 'security:\n  block_private: true\n  blocked_targets: [a.test]\n  allowed_targets: [b.test]\npcap:\n  max_packets: 1\n',
    own: 'security:\n  blocked_targets: [c.test]\npcap:\n  max_packets: 2\n',
    named: 'pcap:\n  max_packets: 3\n',
    env: { NETMCP_ALLOWED_TARGETS: 'd.test, 10.0.0.0/8 fd00::/8' },
  });
  expect(settings.security).toMatchObject({
    blockPrivate: true,
    blockedTargets: ['c.test'],
    allowedTargets: ['d.test', '10.0.0.0/8', 'fd00::/8'],
  });
  expect(settings.captures.maxPackets).toBe(3);
  expect(settings.sources.map((source) => source.replace(folder, ''))).toEqual([
    '/etc/netmcp/config.yaml',
    '/home/.config/netmcp/config.yaml',
    '/named.yaml',
    'variables',
  ]);
});

test.each(['NETMCP_', 'NETWORK_MCP_'])('variables beginning %s say the same', async (prefix) => {
  const settings = await load({
    env: {
      [`${prefix}ALLOWED_TARGETS`]: '*.company.com,10.0.0.0/8',
      [`${prefix}BLOCKED_TARGETS`]: '*.gov,localhost',
      [`${prefix}BLOCK_PRIVATE`]: 'true',
      [`${prefix}BLOCK_CLOUD_METADATA`]: 'no',
      [`${prefix}MAX_PACKETS`]: '50000',
      [`${prefix}ALLOW_CUSTOM_FILTERS`]: 'false',
      [`${prefix}PCAP_ALLOWED_PATHS`]: '.,~/My Documents, /tmp,below',
    },
  });
  expect(settings.security).toEqual({
    allowedTargets: ['*.company.com', '10.0.0.0/8'],
    blockedTargets: ['*.gov', 'localhost'],
    blockPrivate: true,
    blockCloudMetadata: false,
  });
  expect(settings.captures).toEqual({
    maxPackets: 50_000,
    allowCustomFilters: false,
    allowedPaths: [
      '/state/captures',
      ...[join(folder, 'start'), join(folder, 'home/My Documents'), '/tmp', join(folder, 'start/below')],
    ],
  });
  expect(settings.warnings).toEqual([]);
});

test('our variable wins over network-mcp’s, and one that means nothing there is named', async () => {
  const settings = await load({
    env: {
      NETMCP_MAX_PACKETS: '7',
      NETWORK_MCP_MAX_PACKETS: 'junk',
      NETWORK_MCP_LOG_LEVEL: 'x',
      NETMCP_MAX_PACKET: '9',
    },
  });
  expect(settings.captures.maxPackets).toBe(7);
  expect(settings.warnings).toHaveLength(2);
  expect(settings.warnings[0]).toContain('NETMCP_MAX_PACKET ');
  expect(settings.warnings[1]).toContain('NETWORK_MCP_LOG_LEVEL');
});

test('endpoints come from files and variables', async () => {
  const settings = await load({
    own: `endpoints:
  public_ip: [http://192.0.2.1/ip]
  rdap: https://rdap.example/base
  asn_zones: {ipv4: Origin.Test., name: asn.test}
  asn_nameserver: "[2001:db8::53]:5353"
`,
    env: {
      NETMCP_ENDPOINT_PUBLIC_IP: 'https://a.test/,https://b.test/x',
      NETMCP_ENDPOINT_ASN_ZONE_IPV6: 'origin6.test',
    },
  });
  expect(settings.endpoints).toEqual({
    publicIp: ['https://a.test/', 'https://b.test/x'],
    rdap: 'https://rdap.example/base/',
    asnZones: { ipv4: 'origin.test', ipv6: 'origin6.test', name: 'asn.test' },
    asnNameserver: '[2001:db8::53]:5353',
  });
});

test.each([
  ['security:\n  blocked_targets:\n    - ok.test\n    - 10.0.0.0/33\n', 4, '10.0.0.0/33'],
  ['security:\n  allowed_targets: [a b]\n', 2, 'security.allowed_targets'],
  ['security:\n  allowed_targets: "*.company.com"\n', 2, 'security.allowed_targets'],
  ['security:\n  block_private: maybe\n', 2, 'security.block_private'],
  ['security:\n  block_private:\n', 2, 'security.block_private'],
  ['security:\n  block_privat: true\n', 2, 'unknown key "security.block_privat"'],
  ['security: true\n', 1, 'security is a section'],
  ['security.block_private: true\n', 1, 'unknown key'],
  ['block_private: true\n', 1, 'unknown key "block_private"'],
  ['pcap:\n\n  max_packets: 0\n', 3, 'pcap.max_packets'],
  ['pcap:\n  max_packets: 1.5\n', 2, 'pcap.max_packets'],
  ['pcap:\n  max_packets: "many"\n', 2, 'pcap.max_packets'],
  ['pcap:\n  allowed_paths:\n    - /tmp\n    - captures\n', 4, 'relative path'],
  ['pcap:\n  allowed_paths: [../x]\n', 2, 'relative path'],
  ['pcap:\n  allowed_paths: [~bob/x]\n', 2, 'relative path'],
  ['state_dir: .\n', 1, 'absolute path'],
  ['endpoints:\n  rdap: ftp://x\n', 2, 'endpoints.rdap'],
  ['endpoints:\n  public_ip: [https://user@x.test/]\n', 2, 'endpoints.public_ip'],
  ['endpoints:\n  asn_nameserver: dns.test\n', 2, 'endpoints.asn_nameserver'],
  ['endpoints:\n  asn_zones:\n    ipv5: x\n', 3, 'unknown key "endpoints.asn_zones.ipv5"'],
  ['endpoints:\n  asn_zones: {ipv4: "a b"}\n', 2, 'endpoints.asn_zones.ipv4'],
  [
    'security:\n  block_private: true\n  block_private: false\n',
    3,
    'security.block_private stands there a second time',
  ],
  ['security:\n  blocked_targets: *nothing\n', 2, 'alias'],
  ['security: *nothing\n', 1, 'alias'],
  ['security:\n  blocked_targets: [a.test\n', 3, ''],
])('%j is refused with its line %i', async (text, line, words) => {
  const error = await refusal({ own: text });
  expect(error.code).toBe('invalid_argument');
  expect(error.message).toContain(`${join(folder, 'home/.config/netmcp/config.yaml')}, line ${line}: `);
  expect(error.message).toContain(words);
  expect(error.hint).not.toBe('');
});

const bomb = Array.from({ length: 12 }, (_, level) => {
  const items = Array.from({ length: 9 }, () => (level === 0 ? 'x.test' : `*a${level - 1}`));
  return `    - &a${level} [${items.join(', ')}]\n`;
}).join('');

test('aliases of aliases are refused with file and line before they fill the memory', async () => {
  const error = await refusal({ own: `security:\n  blocked_targets:\n${bomb}` });
  expect(error).toMatchObject({ code: 'invalid_argument' });
  expect(error.message).toMatch(/config\.yaml, line 2: security\.blocked_targets: .*alias/i);
  expect(error.hint).toContain('aliases');
});

test('an alias of a list is the list', async () => {
  const settings = await load({ own: 'security:\n  blocked_targets: &list [a.test]\n  allowed_targets: *list\n' });
  expect(settings.security).toMatchObject({ blockedTargets: ['a.test'], allowedTargets: ['a.test'] });
});

test.each(['[', '{', '{a: ', '[{a: ', '- ', '? ', '- ['])(
  '%j a hundred thousand times is refused unparsed, with file and line',
  async (mark) => {
    const count = Math.min(100_000, Math.floor(250_000 / mark.length));
    const error = await refusal({ own: `\nsecurity:\n  blocked_targets:\n    ${mark.repeat(count)}` });
    expect(error).toMatchObject({ code: 'invalid_argument' });
    expect(error.message).toMatch(/config\.yaml, line 4: too many brackets or marks/);
  },
);

test.each([
  ['NETMCP_ENDPOINT_RDAP', 'http://alice:s3cret@rdap.test/'],
  ['NETMCP_ENDPOINT_RDAP', 'http:alice:s3cret@rdap.test'],
  ['NETMCP_ENDPOINT_RDAP', 'https://alice:a/b@s3cret@rdap.test/'],
  ['NETMCP_ENDPOINT_RDAP', `https://alice:s3cret${'x'.repeat(200)}@rdap.test/`],
  ['NETMCP_ENDPOINT_RDAP', 'https://rdap.test/?key=s3cret'],
  ['NETMCP_ENDPOINT_PUBLIC_IP', 'https://a.test/,https://alice:s3cret@b.test/'],
  ['NETMCP_BLOCKED_TARGETS', 'https://alice:s3cret@b.test/'],
])('the refusal of %s=%s tells no secret', async (variable, value) => {
  const error = await refusal({ env: { [variable]: value } });
  expect(error.message).toContain(variable);
  expect(`${error.message} ${error.hint}`).not.toMatch(/s3cret|alice/);
});

test.each([
  ['NETMCP_BLOCKED_TARGETS', 'ok.test,10.0.0.0/33', '10.0.0.0/33'],
  ['NETWORK_MCP_ALLOWED_TARGETS', 'a;b', 'a;b'],
  ['NETMCP_BLOCK_PRIVATE', 'perhaps', 'perhaps'],
  ['NETMCP_MAX_PACKETS', '-1', '-1'],
  ['NETMCP_MAX_PACKETS', '1e3', '1e3'],
  ['NETMCP_ENDPOINT_RDAP', 'file:///etc/passwd', 'file:///etc/passwd'],
  ['NETMCP_ENDPOINT_ASN_NAMESERVER', '192.0.2.1:99999', '99999'],
])('the variable %s=%s is refused by its name', async (variable, value, words) => {
  const error = await refusal({ env: { [variable]: value } });
  expect(error.message).toContain(variable);
  expect(error.message).toContain(words);
});

test('~ without a HOME is refused', async () => {
  const error = await refusal({ named: 'pcap:\n  allowed_paths: [~/x]\n', env: { HOME: '' } });
  expect(error.message).toContain('HOME');
});

test('read_only stays once a file says it; security follows the last source', async () => {
  const settings = await load({
    etc: 'read_only: true\nsecurity:\n  block_private: true\n',
    env: { NETMCP_READ_ONLY: 'no', NETMCP_BLOCK_PRIVATE: 'no' },
  });
  expect(settings.readOnly).toBe(true);
  expect(settings.security.blockPrivate).toBe(false);
});

test('D-24: files of network-mcp in the start folder and the home are not read, with a warning', async () => {
  await write('start/config.yaml', 'security:\n  block_cloud_metadata: false\n');
  await mkdir(join(folder, 'home/.network-mcp'));
  await write('home/.network-mcp/config.yaml', 'security:\n  block_private: true\n');
  const settings = await load({});
  expect(settings.security).toMatchObject({ blockCloudMetadata: true, blockPrivate: false });
  expect(settings.warnings).toHaveLength(2);
  for (const warning of settings.warnings) expect(warning).toContain('is not read');
});

test('sections may be empty, and a flag still wins', async () => {
  const settings = await load({
    own: 'security:\npcap: {}\ntoolsets: [inspect]\n',
    flags: new Map([['toolsets', 'probe']]),
  });
  expect(settings.toolsets).toEqual(['probe', 'jobs']);
});
