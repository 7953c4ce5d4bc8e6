// Every probe, cancelled through a client while what it asks keeps silent: within 500 ms the served product has closed its sockets and
// ended its processes, and it answers the next call.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectServer, eras, type ConnectedClient, type Era } from '../helpers/mcp-client.ts';
import { openNamespace, type Namespace } from '../helpers/netns.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { countOpenSockets, processesBeside } from './open-sockets.ts';
import { nobody, setPingGroups } from './run-echo-agent.ts';
import { allOperations } from '../../src/operations/index.ts';

const program = new URL('../e2e/product-with-test-tools.ts', import.meta.url).pathname;

const silent = '198.51.100.9';
const dns = '198.51.100.53';
const silentServices = {
  NETMCP_ENDPOINT_PUBLIC_IP: `http://${silent}/`,
  NETMCP_ENDPOINT_RDAP: `http://${silent}/`,
  NETMCP_ENDPOINT_ASN_NAMESERVER: dns,
};
/** Each would take much longer than a test may. */
const calls: Record<string, Record<string, unknown>> = {
  ping: { target: silent, count: 100 },
  traceroute: { target: silent, timeout_s: 10 },
  tracepath: { target: silent, timeout_s: 10 },
  mtr: { target: silent, count: 1000 },
  dns_lookup: { query: 'silent.test', nameserver: dns, timeout_s: 30 },
  port_check: { target: silent, port: 443, timeout_s: 30 },
  batch_ping: { targets: ['198.51.100.0/24'], count: 10, timeout_s: 10 },
  batch_port_check: { target: silent, ports: ['1-1000'], timeout_s: 30 },
  batch_dns_lookup: { queries: ['a.test', 'b.test', 'c.test'], nameserver: dns, timeout_s: 30 },
  get_public_ip: { timeout_s: 30 },
  rdap_lookup: { query: 'example.com', timeout_s: 30 },
  asn_lookup: { ip: '1.1.1.1', timeout_s: 30 },
};

let namespace: Namespace;
let nowhere: Namespace;

beforeAll(async () => {
  [namespace, nowhere] = [await openNamespace(), await openNamespace()];
  await namespace.connect(nowhere, { device: 'void', addresses: ['198.51.100.1/24'] }, { device: 'end' });
  // Without ARP every packet is sent, and nobody at the other end has an address to answer from.
  await namespace.exec('ip', 'link', 'set', 'void', 'arp', 'off');
});
afterAll(async () => {
  await namespace.remove();
  await nowhere.remove();
});

interface Held {
  sockets: number;
  processes: number[];
}
const heldBy = ({ pid }: ConnectedClient): Held => ({
  sockets: countOpenSockets(pid),
  processes: processesBeside(pid),
});

const until = async (holds: () => boolean, atMostMs: number): Promise<number> => {
  const started = performance.now();
  while (!holds() && performance.now() - started < atMostMs) await sleep(10);
  return performance.now() - started;
};

/** Cancels the call once its sockets or processes show that it has begun; what the server held before, at its height and 500 ms after. */
const cancelled = async (
  server: ConnectedClient,
  name: string,
): Promise<Record<'before' | 'during' | 'after', Held>> => {
  const controller = new AbortController();
  const before = heldBy(server);
  const options = { signal: controller.signal, timeout: 60_000 };
  const call = server.client.callTool({ name, arguments: calls[name] ?? {} }, options);
  const outcome = call.then(
    () => 'answered',
    () => 'cancelled',
  );
  const begun = (): boolean => {
    const { sockets, processes } = heldBy(server);
    return sockets > before.sockets || processes.length > before.processes.length;
  };
  await until(begun, 10_000);
  await sleep(150);
  const during = heldBy(server);
  controller.abort();
  const over = (): boolean => JSON.stringify(heldBy(server)) === JSON.stringify(before);
  const tookMs = await until(over, 500);
  const after = heldBy(server);
  expect(await outcome).toBe('cancelled');
  expect(tookMs, `${name}: ${JSON.stringify({ before, during, after })}`).toBeLessThan(500);
  return { before, during, after };
};

/** It lives, and no call of ours is left in its way. */
const answersOn = async (server: ConnectedClient): Promise<void> => {
  expect(await server.call('port_check', { target: '127.0.0.1', port: 9 })).toMatchObject({
    success: true,
    is_open: false,
  });
};

test('the table names every probe', () => {
  const probes = allOperations.filter(({ toolset }) => toolset === 'probe').map(({ name }) => name);
  expect(Object.keys(calls).toSorted()).toEqual(probes.toSorted());
  expect(probes).toHaveLength(12);
});

describe.each(eras)('cancelled within 500 ms by a client of the %s era', (era: Era) => {
  let server: ConnectedClient;
  beforeAll(async () => {
    server = await connectServer({ era, namespace, program, env: silentServices });
    // Only now is it known to run: the modern era begins without a word.
    await answersOn(server);
  });
  afterAll(() => server.close());

  test.each(Object.keys(calls))('%s: no socket and no process is left, and the server answers on', async (name) => {
    const { before, during, after } = await cancelled(server, name);
    expect(during.sockets).toBeGreaterThan(before.sockets);
    expect(after).toEqual({ ...before, processes: [] });
    await answersOn(server);
  });
});

describe('cancelled within 500 ms where the ping program does it', () => {
  test.for(['ping', 'batch_ping'])('%s: its process group is gone', async (name, { task, skip }) => {
    await requireFeature({ task, skip }, otherUsers);
    await setPingGroups(namespace, 'none');
    const env = { HOME: '/nonexistent' };
    const server = await connectServer({ namespace, program, wrapper: nobody, env });
    try {
      await answersOn(server);
      const { before, during, after } = await cancelled(server, name);
      expect(during.processes.length).toBeGreaterThan(0);
      expect(after).toEqual({ ...before, processes: [] });
      await answersOn(server);
    } finally {
      await server.close();
    }
  });
});
