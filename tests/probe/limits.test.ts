// Many batch calls about silent ports and servers at once, in a process with few file descriptors: there are some left for other calls,
// the calls take turns, and what is cancelled is gone at once.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setImmediate as soon } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConnectedClient } from '../helpers/mcp-client.ts';
import { openRoom, type Room } from './services-room.ts';

const target = '192.0.2.53';
const openFiles = 1200;
const calls = 20;

let room: Room;
let client: ConnectedClient;
const stop: (() => Promise<void>)[] = [];

beforeAll(async () => {
  room = await openRoom();
  stop.push(() => room.close());
  await room.namespace.exec('nft', 'add table inet way');
  await room.namespace.exec('nft', 'add chain inet way in { type filter hook input priority 0; }');
  await room.namespace.exec('nft', 'add rule inet way in tcp dport 1-6000 drop');
  await room.namespace.exec('nft', 'add rule inet way in udp dport 53 drop');
  await room.start('port-server.ts');
  client = await room.product();
  await promisify(execFile)('prlimit', ['--pid', String(client.pid), `--nofile=${openFiles}:${openFiles}`]);
  // What is loaded on first use is loaded.
  await client.call('batch_port_check', { target, ports: [7001] });
});
afterAll(async () => {
  for (const end of stop.reverse()) await end();
});

const descriptors = (): number => readdirSync(`/proc/${client.pid}/fd`).length;

/** A scan that nobody answers. */
const scanSilence = (signal: AbortSignal): Promise<string> =>
  client.client
    .callTool(
      { name: 'batch_port_check', arguments: { target, ports: ['1-4096'], timeout_s: 30 } },
      { signal, timeout: 120_000 },
    )
    .then(
      ({ content }) => JSON.stringify(content),
      () => 'ended',
    );

test('many scans leave file descriptors for other calls, and end within 500 ms when cancelled', async () => {
  const before = descriptors();
  const aborts = Array.from({ length: calls }, () => new AbortController());
  const running = aborts.map(({ signal }) => scanSilence(signal));
  // A quarter of all is what scans may have, and the first call alone takes half of that.
  await expect.poll(descriptors, { timeout: 10_000 }).toBeGreaterThan(before + openFiles / 8);
  let most = 0;
  for (let look = 0; look < 20; look += 1) {
    most = Math.max(most, descriptors());
    expect(await client.call('port_check', { target, port: 7002 })).toMatchObject({ is_open: true });
  }
  expect(most).toBeLessThanOrEqual(before + openFiles / 4 + 8);
  expect(await client.call('get_routes')).toMatchObject({ success: true });

  const cancelled = performance.now();
  for (const abort of aborts) abort.abort();
  await expect.poll(descriptors, { interval: 10 }).toBeLessThanOrEqual(before);
  expect(performance.now() - cancelled).toBeLessThan(500);
  expect(new Set(await Promise.all(running))).toEqual(new Set(['ended']));
});

test('a scan comes to its end while another one waits for silent ports', async () => {
  const abort = new AbortController();
  const before = descriptors();
  const silent = scanSilence(abort.signal);
  await expect.poll(descriptors, { timeout: 10_000 }).toBeGreaterThanOrEqual(before + openFiles / 8);
  expect(await client.call('batch_port_check', { target, ports: ['20000-20999'] })).toMatchObject({
    open_ports: 50,
    closed_ports: 950,
  });
  const { pending } = await Promise.race([silent.then(() => ({ pending: false })), soon({ pending: true })]);
  expect(pending).toBe(true);
  abort.abort();
  expect(await silent).toBe('ended');
  await expect.poll(descriptors).toBeLessThanOrEqual(before);
});

test('many questions to a silent DNS server leave file descriptors too', async () => {
  const before = descriptors();
  const abort = new AbortController();
  const running = Array.from({ length: calls }, (_, call) => {
    const queries = Array.from({ length: 200 }, (_each, index) => `n${index}.c${call}.test`);
    return client.client
      .callTool(
        { name: 'batch_dns_lookup', arguments: { queries, nameserver: target, timeout_s: 20, max_concurrent: 100 } },
        { signal: abort.signal, timeout: 120_000 },
      )
      .then(
        ({ content }) => JSON.stringify(content),
        () => 'ended',
      );
  });
  // An eighth of all is what DNS may have, and the first call alone takes half of that.
  await expect.poll(descriptors, { timeout: 10_000 }).toBeGreaterThan(before + openFiles / 16);
  let most = 0;
  for (let look = 0; look < 10; look += 1) {
    most = Math.max(most, descriptors());
    expect(await client.call('port_check', { target, port: 7002 })).toMatchObject({ is_open: true });
  }
  expect(most).toBeLessThanOrEqual(before + openFiles / 8 + 8);
  const cancelled = performance.now();
  abort.abort();
  await expect.poll(descriptors, { interval: 10 }).toBeLessThanOrEqual(before);
  expect(performance.now() - cancelled).toBeLessThan(500);
  expect(new Set(await Promise.all(running))).toEqual(new Set(['ended']));
});
