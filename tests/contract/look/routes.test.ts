// get_routes against `ip route` and `ip rule` on the same namespace: both families, all tables, 5,000 routes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createExec } from '../../../src/host/exec.ts';
import { getRoutes } from '../../../src/operations/inspect/get-routes.ts';
import { otherUsers, requireFeature } from '../../helpers/skip.ts';
import { ask, askAll, longestPage, openTopology, type Topology } from './topology.ts';

let topology: Topology;
beforeAll(async () => {
  topology = await openTopology({ routes: 5000 });
});
afterAll(() => topology.close());

type Entry = Record<string, unknown>;

const viaOf = (entry: Entry): unknown => {
  const [, host = null] = Object.entries(entry['via'] ?? {}).find(([key]) => key === 'host') ?? [];
  return entry['gateway'] ?? host;
};

/** What `ip -j -d route` prints, in our words; written apart from the product's own reading. */
const expected = (family: string, table: string, entries: readonly Entry[]): Entry[] =>
  entries.map((entry) => {
    const hops: readonly Entry[] = Array.isArray(entry['nexthops']) ? entry['nexthops'] : [];
    const metrics: readonly Entry[] = Array.isArray(entry['metrics']) ? entry['metrics'] : [];
    return {
      family,
      destination: entry['dst'],
      gateway: viaOf(entry),
      interface: entry['dev'] ?? null,
      metric: entry['metric'] ?? 0,
      flags: entry['flags'],
      table: entry['table'] ?? table,
      protocol: entry['protocol'],
      scope: entry['scope'],
      type: entry['type'],
      ...(entry['prefsrc'] === undefined ? {} : { source: entry['prefsrc'] }),
      ...(metrics[0]?.['mtu'] === undefined ? {} : { mtu_bytes: metrics[0]['mtu'] }),
      ...(hops.length === 0
        ? {}
        : {
            nexthops: hops.map((hop) => ({
              gateway: viaOf(hop),
              interface: hop['dev'],
              weight: hop['weight'],
              flags: hop['flags'],
            })),
          }),
    };
  });

const reference = async (table: string, families = ['ipv4', 'ipv6']): Promise<Entry[]> => {
  const lists = await Promise.all(
    families.map(async (family) =>
      expected(
        family,
        table,
        await topology.ip(family === 'ipv4' ? '-4' : '-6', '-d', 'route', 'show', 'table', table),
      ),
    ),
  );
  return lists.flat();
};

test('5,000 routes: the same as ip route, and every page is short enough to be read', async () => {
  const whole = await askAll(getRoutes, 'routes', { max_results: 1000 }, topology.ports);
  expect(whole.items.length).toBeGreaterThan(5000);
  expect(whole.items).toEqual(await reference('main'));
  expect(longestPage(whole)).toBeLessThan(20_000);
  expect(whole.pages[0]).toMatchObject({ total: whole.items.length, truncated: true, rules_total: 10 });
  expect(whole.pages[1]).toMatchObject({ rules: [], rules_total: null });
  expect(whole.pages.at(-1)).toMatchObject({ truncated: false, cursor: null });
});

test.each(['100', 'local'])('table %s is the same as ip route show table', async (table) => {
  const { items } = await askAll(getRoutes, 'routes', { table }, topology.ports);
  expect(items.length).toBeGreaterThan(1);
  expect(items).toEqual(await reference(table));
});

test('a table may be named by number, and one that ip knows by name is called so', async () => {
  const { items } = await askAll(getRoutes, 'routes', { table: 100, family: 'ipv6' }, topology.ports);
  expect(items).toEqual(await reference('100', ['ipv6']));
  const answer = await ask(getRoutes, { table: 254, max_results: 1 }, topology.ports);
  expect(answer).toMatchObject({ routes: [{ table: 'main' }] });
});

test('D-18: all tables of IPv6 hold policy routes, local ones and multicast', async () => {
  const { items } = await askAll(getRoutes, 'routes', { table: 'all', family: 'ipv6' }, topology.ports);
  expect(items).toEqual(await reference('all', ['ipv6']));
  expect(new Set(items.map((route) => route['table']))).toEqual(new Set(['main', 'local', '100']));
  expect(new Set(items.map((route) => route['type']))).toEqual(new Set(['unicast', 'blackhole', 'local', 'multicast']));
});

test('D-30: the default gateways are those of the main table with the lowest metric', async () => {
  const answer = await ask(getRoutes, { max_results: 1 }, topology.ports);
  expect(answer).toMatchObject({
    default_gateway: '198.51.100.254',
    default_gateways: {
      ipv4: { gateway: '198.51.100.254', interface: 'br0', metric: 20 },
      ipv6: { gateway: '2001:db8:1::fe', interface: 'v0', metric: 30 },
    },
  });
  expect(answer['summary']).toContain('IPv4 via 198.51.100.254 on br0, IPv6 via 2001:db8:1::fe on v0');
  const six = await ask(getRoutes, { max_results: 1, family: 'ipv6' }, topology.ports);
  expect(six).toMatchObject({ default_gateway: '2001:db8:1::fe' });
  expect(six['default_gateways']).not.toHaveProperty('ipv4');
});

test('only the routes out of one interface, next hops of several included', async () => {
  const { items } = await askAll(getRoutes, 'routes', { interface: 'six0' }, topology.ports);
  const through = (await reference('main')).filter((route) => JSON.stringify(route).includes('"interface":"six0"'));
  expect(items).toEqual(through);
  expect(items.some((route) => route['nexthops'] !== undefined)).toBe(true);
});

test('beside 200 rules a page of routes is as short, and all of them come when asked for', async () => {
  const { namespace } = topology;
  const each = (verb: string): string =>
    `for i in $(seq 200); do echo "rule ${verb} from 10.77.$i.0/24 to 10.78.$i.0/24 fwmark 0x7 iif v0 table 100 pref $((2000 + i))"; done | ip -batch -`;
  await namespace.exec('sh', '-c', each('add'));
  try {
    const beside = await ask(getRoutes, { max_results: 1000 }, topology.ports);
    expect(beside).toMatchObject({ rules_total: 210 });
    expect(beside['rules']).toHaveLength(20);
    expect(JSON.stringify(beside).length).toBeLessThan(20_000);
    const whole = await askAll(getRoutes, 'rules', { show: 'rules', max_results: 1000 }, topology.ports);
    expect(whole.items).toHaveLength(210);
    expect(whole.pages.length).toBeGreaterThan(1);
    expect(longestPage(whole)).toBeLessThan(20_000);
  } finally {
    await namespace.exec('sh', '-c', each('del'));
  }
});

test('policy rules of both families in the order they are tried', async () => {
  const answer = await ask(getRoutes, { show: 'rules' }, topology.ports);
  const four = await topology.ip('-4', 'rule', 'show');
  const six = await topology.ip('-6', 'rule', 'show');
  expect(answer).toMatchObject({ total: four.length + six.length, rules_total: four.length + six.length });
  expect(answer['rules']).toEqual([
    { family: 'ipv4', priority: 0, selector: 'from all', table: 'local', action: 'lookup' },
    { family: 'ipv4', priority: 1000, selector: 'from 10.2.0.0/16', table: '100', action: 'lookup' },
    {
      family: 'ipv4',
      priority: 1001,
      selector: 'from 10.3.0.0/16 to 10.4.0.0/16 fwmark 0x10/0xff iif v0 ipproto tcp dport 80-90',
      table: '100',
      action: 'lookup',
    },
    { family: 'ipv4', priority: 1002, selector: 'not from all', table: '100', action: 'lookup' },
    { family: 'ipv4', priority: 1004, selector: 'from all', table: 'main', action: 'lookup suppress_prefixlen 0' },
    { family: 'ipv4', priority: 32766, selector: 'from all', table: 'main', action: 'lookup' },
    { family: 'ipv4', priority: 32767, selector: 'from all', table: 'default', action: 'lookup' },
    { family: 'ipv6', priority: 0, selector: 'from all', table: 'local', action: 'lookup' },
    { family: 'ipv6', priority: 900, selector: 'from 2001:db8:1::/48', table: null, action: 'prohibit' },
    { family: 'ipv6', priority: 32766, selector: 'from all', table: 'main', action: 'lookup' },
  ]);
});

describe('which route the kernel takes', () => {
  test.each(['10.128.3.4', '10.5.1.1', '10.4.1.1', '198.51.100.7', '127.0.0.1', '8.8.8.8', '2001:db8:6::9', '::1'])(
    'to %s is what ip route get says',
    async (destination) => {
      const [kernel = {}] = await topology.ip('-d', 'route', 'get', destination);
      const [matched = {}] = await topology.ip('-d', 'route', 'get', 'fibmatch', destination);
      const answer = await ask(getRoutes, { destination }, topology.ports);
      const family = destination.includes(':') ? 'ipv6' : 'ipv4';
      expect(answer['success']).toBe(true);
      const { dev, prefsrc } = kernel;
      const path = { family, destination, gateway: viaOf(kernel), interface: dev, source: prefsrc };
      expect(answer['path']).toMatchObject(path);
      expect(answer['routes']).toEqual(expected(family, 'main', [matched]));
    },
  );

  test.each([
    ['10.8.0.1', 'blackhole'],
    ['10.7.0.1', 'unreachable'],
    ['10.6.0.1', 'prohibit'],
    ['2001:db8:dead::1', 'blackhole'],
  ])('to %s: none, and why (%s)', async (destination, why) => {
    const answer = await ask(getRoutes, { destination }, topology.ports);
    expect(answer).toMatchObject({ success: false, path: null });
    expect(answer['summary']).toContain(`Packets to ${destination} are not sent`);
    expect(answer['summary']).toContain(why);
  });

  test('out of one interface', async () => {
    const answer = await ask(getRoutes, { destination: 'fe80::1', interface: 'six1' }, topology.ports);
    expect(answer).toMatchObject({ success: true, path: { interface: 'six1', destination: 'fe80::1' } });
  });
});

describe('a destination with a zone, a prefix or a name', () => {
  test('the zone of an address is the interface', async () => {
    const own = await ask(getRoutes, { destination: 'fe80::1', interface: 'six1' }, topology.ports);
    expect(await ask(getRoutes, { destination: 'fe80::1%six1' }, topology.ports)).toEqual(own);
    expect(await ask(getRoutes, { destination: 'fe80::1%six1', interface: 'six1' }, topology.ports)).toEqual(own);
    const both = ask(getRoutes, { destination: 'fe80::1%six1', interface: 'six0' }, topology.ports);
    await expect(both).rejects.toMatchObject({ code: 'invalid_argument' });
    const nowhere = ask(getRoutes, { destination: 'fe80::1%nosuch0' }, topology.ports);
    await expect(nowhere).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['10.128.3.0/25', 'ipv4'],
    ['10.128.0.0/20', 'ipv4'],
    ['0.0.0.0/0', 'ipv4'],
    ['2001:db8:6::/48', 'ipv6'],
    ['2001:db8:6::/80', 'ipv6'],
  ])('%s: the routes that ip route show to match and to root list', async (destination, family) => {
    const option = family === 'ipv4' ? '-4' : '-6';
    const listed = async (how: string): Promise<Entry[]> =>
      expected(family, 'main', await topology.ip(option, '-d', 'route', 'show', 'to', how, destination));
    const [match, root] = await Promise.all([listed('match'), listed('root')]);
    const { items, pages } = await askAll(getRoutes, 'routes', { destination, max_results: 1000 }, topology.ports);
    const keyed = (routes: Entry[]): string[] => [...new Set(routes.map((route) => JSON.stringify(route)))].sort();
    expect(match.length + root.length).toBeGreaterThan(0);
    expect(keyed(items)).toEqual(keyed([...match, ...root]));
    expect(pages[0]?.['summary']).toContain(
      `over ${destination} the most specific is ${String(items[0]?.['destination'])} `,
    );
    expect(match.map((route) => route['destination'])).toContain(items[0]?.['destination']);
  });

  test('a prefix of one address is that address', async () => {
    const own = await ask(getRoutes, { destination: '8.8.8.8' }, topology.ports);
    expect(await ask(getRoutes, { destination: '8.8.8.8/32' }, topology.ports)).toEqual(own);
  });

  test('a name is to be resolved first', async () => {
    const asked = ask(getRoutes, { destination: 'example.com' }, topology.ports);
    await expect(asked).rejects.toMatchObject({
      code: 'invalid_argument',
      hint: 'Resolve it first with dns_lookup, then pass an address of it.',
    });
  });
});

test('a default route in a policy table alone is told, with its rule', async () => {
  const { namespace } = topology;
  const sh = (text: string): Promise<string> => namespace.exec('sh', '-c', `set -e; ${text}`);
  const all = await ask(getRoutes, { max_results: 1 }, topology.ports);
  expect(all['summary']).not.toContain('rule');
  await sh(
    'ip -6 route del default dev v0; ip -6 rule add to 2001:db8:8::/48 lookup 100 pref 950; ip -6 rule add lookup 100 pref 960',
  );
  try {
    const [kernel = {}] = await topology.ip('-6', 'route', 'get', '2001:db8:8::1');
    expect(kernel).toMatchObject({ table: '100', dev: 'six0' });
    for (const input of [{ max_results: 1 }, { max_results: 1, show: 'rules' }, { family: 'ipv6', table: 100 }]) {
      const answer = await ask(getRoutes, input, topology.ports);
      expect(answer).toMatchObject({ default_gateways: { ipv6: null } });
      expect(answer['summary']).toContain(
        'IPv6 rule 950 (from all to 2001:db8:8::/48) finds a default route in table 100: via 2001:db8:6::fe on six0 (and 1 further rule to a default route).',
      );
    }
    const four = await ask(getRoutes, { family: 'ipv4', max_results: 1 }, topology.ports);
    expect(four['summary']).not.toContain('rule');
  } finally {
    await sh(
      'ip -6 rule del pref 950; ip -6 rule del pref 960; ip -6 route replace default via 2001:db8:1::fe dev v0 metric 30',
    );
  }
});

test('an ordinary user sees the same', async (context) => {
  await requireFeature(context, otherUsers);
  const own = await ask(getRoutes, { table: '100' }, topology.ports);
  expect(await ask(getRoutes, { table: '100' }, topology.ordinaryPorts)).toEqual(own);
  expect(own['routes']).toHaveLength(2);
});

test('a table that is not there is said so, with those that are', async () => {
  for (const table of ['4242', 'nosuch', 77]) {
    const refused = ask(getRoutes, { table }, topology.ports);
    await expect(refused).rejects.toMatchObject({
      code: 'not_found',
      message: `There is no routing table ${table} here.`,
    });
    await expect(refused).rejects.toHaveProperty('hint', 'Tables with routes: 100, main, local; or pass "all".');
  }
});

test('an interface that is not there is said so', async () => {
  await expect(ask(getRoutes, { interface: 'nosuch0' }, topology.ports)).rejects.toMatchObject({ code: 'not_found' });
});

test.each([
  ['table', '-6'],
  ['table', 'all dev eth0'],
  ['table', 'main; id'],
  ['table', 'cache'],
  ['table', ''],
  ['table', 0],
  ['destination', '--help'],
  ['destination', '10.0.0.1 oif v0'],
  ['destination', '10.0.0.0/33'],
  ['destination', 'fe80::1%v0%v1'],
  ['destination', 'fe80::1%--help'],
  ['destination', 'fe80::/64%v0'],
  ['destination', ''],
  ['destination', 'localhost'],
  ['interface', 'dev eth0; rm'],
  ['interface', '-4'],
  ['family', '-6'],
])('%s %j is refused before anything runs', async (name, value) => {
  const exec = { run: () => Promise.reject(new Error('ran')), find: async () => undefined };
  const refused = ask(getRoutes, { [name]: value }, { ...topology.ports, exec });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_argument' });
});

test.each(['-1', '1e3', 'x', '0x10'])('the cursor %j is refused', async (cursor) => {
  await expect(ask(getRoutes, { cursor }, topology.ports)).rejects.toMatchObject({ code: 'invalid_argument' });
});

test('without iproute2 it names the package', async () => {
  const exec = createExec(['/nonexistent']);
  await expect(ask(getRoutes, {}, { ...topology.ports, exec })).rejects.toMatchObject({
    code: 'missing_binary',
    hint: 'Install it: apt-get install iproute2',
  });
});
