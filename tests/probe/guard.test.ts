// The target guard as the product has it: every probe refuses, names are resolved once, and not one packet goes where it must not.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ConnectedClient } from '../helpers/mcp-client.ts';
import { openRoom, type Room } from './services-room.ts';

const server = '192.0.2.53';

/** Counts what leaves for a metadata service or another place no probe may go to. */
const counters = `
table inet seen {
  counter metadata { }
  chain out {
    type filter hook output priority 0;
    ip daddr { 169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192 } counter name metadata
    ip6 daddr { fd00:ec2::254, 64:ff9b::a9fe:a9fe, 2002:a9fe:a9fe::1 } counter name metadata
  }
}`;

const hosts = `127.0.0.1 localhost
169.254.169.254 four.test
fd00:ec2::254 six.test
64:ff9b::a9fe:a9fe nat64.test
2002:a9fe:a9fe::1 sixtofour.test
192.0.2.53 mixed.test
169.254.169.254 mixed.test
192.0.2.53 good.test
`;

let room: Room;
let client: ConnectedClient;
let folder = '';
const stop: (() => Promise<void>)[] = [];

beforeAll(async () => {
  room = await openRoom({
    hosts,
    'resolv.conf': `nameserver ${server}\noptions timeout:1 attempts:1\n`,
    'nsswitch.conf': 'hosts: files dns\n',
  });
  stop.push(() => room.close());
  folder = await mkdtemp(join(tmpdir(), 'netmcp-guard-'));
  stop.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'seen.nft'), counters);
  const { exec } = room.namespace;
  // With a way out, a probe that is not refused would send.
  await room.namespace.addIfb('out');
  await exec('ip', 'route', 'add', 'default', 'dev', 'out');
  await exec('ip', '-6', 'route', 'add', 'default', 'dev', 'out');
  await exec('nft', '-f', join(folder, 'seen.nft'));
  await room.start('rebinding-server.ts', server);
  await room.start('port-server.ts');
  client = await room.product();
});
afterAll(async () => {
  for (const end of stop.reverse()) await end();
});

const sentToMetadata = async (): Promise<number> => {
  const text = await room.namespace.exec('nft', 'list', 'counter', 'inet', 'seen', 'metadata');
  return Number(/packets (\d+)/.exec(text)?.[1]);
};

const refusalOf = (tool: string, input: Record<string, unknown>): Promise<string> =>
  client.call(tool, input).then((answer) => JSON.stringify(answer), String);

const targets = [
  '169.254.169.254',
  '2852039166',
  '0xA9FEA9FE',
  '0251.0376.0251.0376',
  '169.254.43518',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '２８５２０３９１６６',
  'fd00:ec2::254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  'metadata.google.internal.',
  'four.test',
  'FOUR.TEST.',
  'six.test',
  'nat64.test',
  'sixtofour.test',
  'mixed.test',
];

const tools: readonly (readonly [string, (target: string) => Record<string, unknown>])[] = [
  ['ping', (target) => ({ target, count: 1, timeout_s: 0.2 })],
  ['traceroute', (target) => ({ target, max_hops: 1 })],
  ['tracepath', (target) => ({ target, max_hops: 1 })],
  ['mtr', (target) => ({ target, count: 1 })],
  ['port_check', (target) => ({ target, port: 80, timeout_s: 0.2 })],
  ['batch_port_check', (target) => ({ target, ports: [80], timeout_s: 0.2 })],
  ['batch_ping', (target) => ({ targets: [target, target], timeout_s: 0.2 })],
];

describe.each(tools)('%s', (tool, inputOf) => {
  test.each(targets)('D-23: refuses %s and sends nothing there', async (target) => {
    const answer = await refusalOf(tool, inputOf(target));
    expect(answer).toContain('target_refused');
    expect(answer).toContain('block_cloud_metadata');
    expect(await sentToMetadata()).toBe(0);
  });
});

test.each(['dns_lookup', 'batch_dns_lookup'])('D-24: %s refuses such a name server', async (tool) => {
  for (const nameserver of targets.slice(0, 12)) {
    const input = tool === 'dns_lookup' ? { query: 'good.test' } : { queries: ['good.test'] };
    expect([nameserver, await refusalOf(tool, { ...input, nameserver })]).toEqual([
      nameserver,
      expect.stringContaining('target_refused'),
    ]);
  }
  expect(await sentToMetadata()).toBe(0);
});

test('D-23: a name that changes its mind is asked once a check, and the first answer is what is connected to', async () => {
  const questions = (): number => room.heard().filter((line) => line === 'A rebind.test').length;
  const before = questions();
  const answer = await client.call('port_check', { target: 'rebind.test', port: 7002 });
  expect(answer).toMatchObject({ is_open: true, resolved_ip: server, banner: '220 mail.test ESMTP' });
  expect(questions()).toBe(before + 1);
  // Asked anew it has another address, and that one is refused.
  expect(await refusalOf('port_check', { target: 'rebind.test', port: 7002 })).toContain('target_refused');
  expect(await sentToMetadata()).toBe(0);
});

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string() }) });
const callOnce = async (input: unknown, env: Record<string, string>): Promise<unknown> =>
  JSON.parse(await room.callOnce('port_check', input, env));

describe('the operator decides', () => {
  test.each(['NETMCP_', 'NETWORK_MCP_'])('by variables beginning %s', async (prefix) => {
    const good = { target: 'good.test', port: 7001, banner: false };
    const closed = errorSchema.parse(await callOnce(good, { [`${prefix}BLOCK_PRIVATE`]: 'true' }));
    expect(closed.error).toMatchObject({ code: 'target_refused' });
    expect(closed.error.hint).toContain('NETMCP_BLOCK_PRIVATE');
    const blocked = errorSchema.parse(await callOnce(good, { [`${prefix}BLOCKED_TARGETS`]: '192.0.2.0/24,*.gov' }));
    expect(blocked.error.message).toContain('192.0.2.0/24');
    const outside = errorSchema.parse(await callOnce(good, { [`${prefix}ALLOWED_TARGETS`]: '*.company.com' }));
    expect(outside.error.message).toContain('allowed_targets');
    expect(await callOnce(good, { [`${prefix}ALLOWED_TARGETS`]: '192.0.2.0/24' })).toMatchObject({ is_open: true });
  });

  test('D-23: the private rule is not skipped for a name without an address: nothing is connected to', async () => {
    const gone = errorSchema.parse(
      await callOnce(
        { target: 'gone.invalid', port: 80 },
        { NETMCP_BLOCK_PRIVATE: 'true', NETMCP_ALLOWED_TARGETS: '10.0.0.0/8' },
      ),
    );
    expect(['not_found', 'target_refused']).toContain(gone.error.code);
  });

  test('D-24: and not by a file in the folder it was started in', async () => {
    await writeFile(join(folder, 'config.yaml'), 'security:\n  block_cloud_metadata: false\n', { mode: 0o600 });
    const program = join(import.meta.dirname, '..', 'e2e', 'product-with-test-tools.ts');
    const text = await room.namespace.exec(
      'sh',
      '-c',
      'cd "$1" && shift && "$@" || true',
      'sh',
      folder,
      process.execPath,
      program,
      'call',
      'port_check',
      '{"target":"169.254.169.254","port":80}',
    );
    expect(errorSchema.parse(JSON.parse(text)).error.code).toBe('target_refused');
  });

  test('a pattern that is none stops the start, with its variable', async () => {
    const wrong = errorSchema.parse(
      await callOnce({ target: 'good.test', port: 1 }, { NETMCP_BLOCKED_TARGETS: '10.0.0.0/33' }),
    );
    expect(wrong.error.message).toContain('NETMCP_BLOCKED_TARGETS');
  });
});

test('switched off by the operator, packets do leave: the counter above counts', async () => {
  const open = await room.product('security:\n  block_cloud_metadata: false\n');
  expect(await open.call('port_check', { target: '2852039166', port: 80, timeout_s: 0.3 })).toMatchObject({
    resolved_ip: '169.254.169.254',
    is_open: false,
  });
  expect(await sentToMetadata()).toBeGreaterThan(0);
});
