// get_arp_table against `ip neigh` on the same namespace: ARP and NDP, permanent, stale, failed and proxied.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createExec } from '../../../src/host/exec.ts';
import { getArpTable } from '../../../src/operations/inspect/get-arp-table.ts';
import { otherUsers, requireFeature } from '../../helpers/skip.ts';
import { ask, askAll, longestPage, openTopology, type Topology } from './topology.ts';

let topology: Topology;
beforeAll(async () => {
  topology = await openTopology();
});
beforeEach(() => topology.renewNeighbours());
afterAll(() => topology.close());

type Entry = Record<string, unknown>;

/** What `ip -j neigh` prints, in our words. */
const reference = async (...args: string[]): Promise<Entry[]> => {
  const entries = await topology.ip('neigh', 'show', ...args);
  return entries.map((entry) => ({
    ip: entry['dst'],
    mac: entry['lladdr'] ?? null,
    interface: entry['dev'],
    state: Array.isArray(entry['state']) ? entry['state'].join() : '',
    family: String(entry['dst']).includes(':') ? 'ipv6' : 'ipv4',
    router: Object.hasOwn(entry, 'router'),
  }));
};

test('the same as ip neigh, with counts by state and proxies apart', async () => {
  const answer = await ask(getArpTable, {}, topology.ports);
  const entries = await reference();
  expect(answer['entries']).toEqual(entries);
  expect(answer).toMatchObject({
    success: true,
    total: entries.length,
    truncated: false,
    cursor: null,
    counts: { PERMANENT: 2, STALE: 2, FAILED: 2 },
    proxies: [
      { ip: '192.0.2.77', interface: 'v0' },
      { ip: '2001:db8:1::77', interface: 'v0' },
    ],
    proxies_total: 2,
  });
  expect(entries).toContainEqual({
    ip: '2001:db8:6::7',
    mac: '02:00:00:00:06:07',
    interface: 'six0',
    state: 'STALE',
    family: 'ipv6',
    router: true,
  });
});

test.each([
  [{ family: 'ipv4' }, ['-4']],
  [{ family: 'ipv6' }, ['-6']],
])('%j is the same as ip %j neigh', async (input, options) => {
  const { items } = await askAll(getArpTable, 'entries', input, topology.ports);
  const entries = await topology.ip(...options, 'neigh', 'show');
  expect(items.map((entry) => entry['ip'])).toEqual(entries.map((entry) => entry['dst']));
  expect(items.length).toBeGreaterThan(1);
});

test.each([
  [{ interface: 'v0' }, ['dev', 'v0']],
  [{ state: 'FAILED' }, ['nud', 'failed']],
  [{ state: 'stale' }, ['nud', 'stale']],
  [{ state: 'NOARP' }, ['nud', 'noarp']],
])('%j is the same as ip neigh show %j', async (input, args) => {
  const { items } = await askAll(getArpTable, 'entries', input, topology.ports);
  const entries = await topology.ip('neigh', 'show', ...args);
  expect(items.map((entry) => entry['ip'])).toEqual(entries.map((entry) => entry['dst']));
  expect(items.length).toBeGreaterThan(0);
});

test('a thousand neighbours come page by page', async () => {
  await topology.namespace.exec(
    'sh',
    '-c',
    `for i in $(seq 0 999); do
       echo "neigh add 198.18.$((i / 250)).$((1 + i % 250)) lladdr 02:00:00:00:$(printf %02x $((i / 250))):$(printf %02x $((i % 250))) dev six1 nud permanent"
     done | ip -batch -`,
  );
  const whole = await askAll(getArpTable, 'entries', { interface: 'six1', max_results: 1000 }, topology.ports);
  const entries = await topology.ip('neigh', 'show', 'dev', 'six1');
  expect(whole.items.map(({ ip, mac }) => [ip, mac])).toEqual(entries.map(({ dst, lladdr }) => [dst, lladdr]));
  expect(whole.items.length).toBeGreaterThanOrEqual(1000);
  expect(whole.pages.length).toBeGreaterThan(1);
  expect(longestPage(whole)).toBeLessThan(20_000);
});

test('an ordinary user sees the same', async (context) => {
  await requireFeature(context, otherUsers);
  const input = { interface: 'v0' };
  const own = await ask(getArpTable, input, topology.ports);
  expect(await ask(getArpTable, input, topology.ordinaryPorts)).toEqual(own);
});

test.each([
  ['interface', 'dev eth0; rm'],
  ['interface', '-6'],
  ['interface', '--help'],
  ['state', 'nud all'],
  ['state', '-6'],
  ['family', '-4'],
])('%s %j is refused before anything runs', async (name, value) => {
  const exec = { run: () => Promise.reject(new Error('ran')), find: async () => undefined };
  const refused = ask(getArpTable, { [name]: value }, { ...topology.ports, exec });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_argument' });
});

test('without iproute2 it names the package', async () => {
  const exec = createExec(['/nonexistent']);
  await expect(ask(getArpTable, {}, { ...topology.ports, exec })).rejects.toMatchObject({
    code: 'missing_binary',
    hint: 'Install it: apt-get install iproute2',
  });
});
