// Names on the way to a probe: many at once with a slow name server, one that is dead, and addresses that need an interface.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { ConnectedClient } from '../helpers/mcp-client.ts';
import { openRoom, type Room } from './services-room.ts';

const program = join(import.meta.dirname, '..', 'e2e', 'product-with-test-tools.ts');
const server = '192.0.2.53';

let room: Room;
let client: ConnectedClient;

beforeAll(async () => {
  room = await openRoom({
    hosts: `127.0.0.1 localhost\n2001:db8:ffff::1 both.test dual.test\n${server} both.test dual.test\n2001:db8::53 dual.test\n`,
    'resolv.conf': `nameserver ${server}\nsearch corp.test\n`,
    'nsswitch.conf': 'hosts: files dns\n',
  });
  await room.start('slow-dns-server.ts', server, '150');
  client = await room.product();
});
afterAll(() => room.close());

test('256 names of a name server that takes 150 ms resolve, and so does one beside them', async () => {
  const targets = Array.from({ length: 256 }, (_, index) => `host${index}.test`);
  const [many, one] = await Promise.all([
    client.call('batch_ping', { targets }),
    client.call('ping', { target: 'beside.test', count: 1 }),
  ]);
  expect(many).toMatchObject({ successful: 256, failed: 0 });
  expect(one).toMatchObject({ packets_received: 1, resolved_ip: server });
  expect(room.heard().filter((line) => line === 'A host77.test')).toHaveLength(1);
});

test('a short name is completed, localhost is not asked about', async () => {
  expect(await client.call('ping', { target: 'box', count: 1 })).toMatchObject({ resolved_ip: server });
  expect(await client.call('ping', { target: 'localhost', count: 1 })).toMatchObject({ resolved_ip: '127.0.0.1' });
  expect(room.heard()).toContain('A box.corp.test');
  expect(room.heard().filter((line) => line.includes('localhost'))).toEqual([]);
});

test('of several addresses the one is probed that the C library would take first', async () => {
  for (const target of ['both.test', 'dual.test', 'localhost', 'box']) {
    const [first] = (await room.namespace.exec('getent', 'ahosts', target)).split(/\s/);
    expect(await client.call('ping', { target, count: 1 })).toMatchObject({ target, resolved_ip: first });
  }
});

const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

test('with a dead name server it ends when it has told so', async () => {
  const words = ['netns', 'exec', room.namespace.name, process.execPath, program, 'call', 'ping'];
  const child = spawn('ip', [...words, '{"target":"silent.test"}'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit').then(() => performance.now());
  const data: unknown = await once(child.stdout, 'data');
  const told = performance.now();
  const { error } = failure.parse(JSON.parse(String(data)));
  expect(error).toMatchObject({ code: 'timeout' });
  expect(error.message).toContain(server);
  // getaddrinfo would keep the process for 5 s more.
  expect((await exited) - told).toBeLessThan(2500);
});

test('a link-local target is refused without an interface or with one that is none', async () => {
  for (const target of ['fe80::1', 'fe80::1%nope0']) {
    for (const [tool, input] of [
      ['ping', { target }],
      ['port_check', { target, port: 22 }],
    ] as const) {
      expect(await client.call(tool, input).then(JSON.stringify, String)).toContain('invalid_argument');
    }
  }
});
