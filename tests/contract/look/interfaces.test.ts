// get_interfaces against `ip addr`, `ip -s link` and ethtool on the same namespace: bridge and ports, veth, ifb, tap, IPv6 only, names that trick.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createExec } from '../../../src/host/exec.ts';
import { getInterfaces } from '../../../src/operations/inspect/get-interfaces.ts';
import { obstacleOf, otherUsers, requireFeature, tapDevices } from '../../helpers/skip.ts';
import { ask, askAll, longestPage, openTopology, type Topology, vlanLinks } from './topology.ts';

let topology: Topology;
beforeAll(async () => {
  topology = await openTopology();
});
afterAll(() => topology.close());

type Entry = Record<string, unknown>;

const listOf = (value: unknown): Entry[] => z.array(z.record(z.string(), z.unknown())).parse(value ?? []);
const objectOf = (value: unknown): Entry => z.record(z.string(), z.unknown()).parse(value ?? {});

/** What `ip -j -d addr` prints of one interface, in our words. */
const expectedOf = (link: Entry): Entry => {
  const flags = z.array(z.string()).parse(link['flags']);
  const all = listOf(link['addr_info']);
  const of = (family: string): unknown[] =>
    all.filter((entry) => entry['family'] === family).map((entry) => entry['local']);
  return {
    name: link['ifname'],
    ifindex: link['ifindex'],
    admin_up: flags.includes('UP'),
    carrier: flags.includes('LOWER_UP'),
    status: flags.includes('UP') && flags.includes('LOWER_UP') ? 'up' : 'down',
    kind: objectOf(link['linkinfo'])['info_kind'] ?? null,
    mac_address: link['link_type'] === 'ether' ? link['address'] : null,
    mtu: link['mtu'],
    master: link['master'] ?? null,
    link: link['link'] ?? null,
    ipv4_addresses: of('inet'),
    ipv6_addresses: of('inet6'),
  };
};

const addressesOf = (link: Entry): Entry[] =>
  listOf(link['addr_info']).map((entry) => ({
    address: entry['local'],
    prefix_length: entry['prefixlen'],
    family: entry['family'] === 'inet' ? 'ipv4' : 'ipv6',
    scope: entry['scope'],
    flags: Object.keys(entry).filter((key) => entry[key] === true),
  }));

const ethtool = async (...args: string[]): Promise<string> => {
  try {
    return await topology.namespace.exec('ethtool', ...args);
  } catch (error) {
    // ethtool ends with a code of its own for what a driver does not tell.
    return z.object({ stdout: z.string() }).parse(error).stdout;
  }
};

const field = (text: string, pattern: RegExp): string | null => pattern.exec(text)?.[1] ?? null;

test('every interface is what ip addr says, with prefix, scope and flags of every address', async () => {
  const { items, pages } = await askAll(getInterfaces, 'interfaces', {}, topology.ports);
  const links = await topology.ip('-d', 'addr', 'show');
  expect(items).toHaveLength(links.length);
  for (const [index, link] of links.entries()) {
    expect(items[index]).toMatchObject(expectedOf(link));
    const shown = listOf(items[index]?.['addresses']);
    expect(shown.map(({ broadcast: _b, peer: _p, valid_s: _v, ...rest }) => rest)).toEqual(addressesOf(link));
  }
  const up = items.filter((item) => item['status'] === 'up').length;
  expect(pages[0]).toMatchObject({
    success: true,
    summary: `Found ${links.length} interfaces (${up} up). Primary: br0`,
    default_interface: 'br0',
    total: links.length,
    hidden: [],
  });
});

test('an address with a peer, a broadcast address, a lifetime, or one that is past its preferred time', async () => {
  const v0 = objectOf(listOf((await ask(getInterfaces, { interface: 'v0' }, topology.ports))['interfaces'])[0]);
  const addresses = listOf(v0['addresses']);
  const found = (address: string): Entry => objectOf(addresses.find((entry) => entry['address'] === address));
  expect(v0).toMatchObject({ netmask: '255.255.255.255', mtu: 1400 });
  expect(z.array(z.string()).parse(v0['ipv4_addresses'])[0]).toBe('192.0.2.9');
  expect(found('192.0.2.9')).toMatchObject({ peer: '192.0.2.10', prefix_length: 32, scope: 'link' });
  expect(found('203.0.113.1')['valid_s']).toBeGreaterThan(0);
  expect(found('203.0.113.1')['valid_s']).toBeLessThanOrEqual(7200);
  expect(found('203.0.113.1')['flags']).toContain('dynamic');
  const six0 = objectOf(listOf((await ask(getInterfaces, { interface: 'six0' }, topology.ports))['interfaces'])[0]);
  expect(six0).toMatchObject({ ipv4_addresses: [], netmask: null });
  const old = listOf(six0['addresses']).find((entry) => entry['address'] === '2001:db8:6::2');
  expect(objectOf(old)['flags']).toEqual(expect.arrayContaining(['deprecated']));
  const br0 = objectOf(listOf((await ask(getInterfaces, { interface: 'br0' }, topology.ports))['interfaces'])[0]);
  expect(br0['netmask']).toBe('255.255.255.0');
  expect(listOf(br0['addresses'])[0]).toMatchObject({ address: '198.51.100.1', broadcast: '198.51.100.255' });
});

test('D-30: a name never has its peer in it; a peer in another namespace is told by number', async () => {
  const { items } = await askAll(getInterfaces, 'interfaces', {}, topology.ports);
  const named = new Map(items.map((item) => [item['name'], item]));
  const [far = {}] = await topology.ip('link', 'show', 'dev', 'far0');
  expect([...named.keys()].join()).not.toContain('@');
  expect(named.get('far0')).toMatchObject({
    link: null,
    link_ifindex: far['link_index'],
    link_netnsid: far['link_netnsid'],
  });
  expect(named.get('macv0')).toMatchObject({ link: 'v0', kind: 'macvlan' });
  expect(named.get('p0')).toMatchObject({ master: 'br0', link: 'p0x' });
});

test('D-30: switched on without carrier is not up', async () => {
  const carrier = await topology.namespace.exec('cat', '/sys/class/net/p1/carrier');
  expect(carrier.trim()).toBe('0');
  const answer = await ask(getInterfaces, { interface: 'p1' }, topology.ports);
  expect(answer['interfaces']).toMatchObject([{ status: 'down', admin_up: true, carrier: false }]);
});

describe('detail full', () => {
  test('speed, duplex, driver, offloads and rings are what ethtool says', async () => {
    const whole = await askAll(getInterfaces, 'interfaces', { detail: 'full' }, topology.ports);
    expect(longestPage(whole)).toBeLessThan(20_000);
    const speeds: unknown[] = [];
    for (const item of whole.items) {
      const name = z.string().parse(item['name']);
      if (!/^[a-z0-9]+$/.test(name)) continue;
      const [settings, driver, features, rings] = await Promise.all([
        ethtool(name),
        ethtool('-i', name),
        ethtool('-k', name),
        ethtool('-g', name),
      ]);
      const detail = objectOf(item['detail']);
      // A driver is not asked while the interface is off.
      if (item['admin_up'] === true) {
        const speed = field(settings, /Speed: (\d+)Mb\/s/);
        expect({ name, speed: item['speed_mbps'] }).toEqual({ name, speed: speed === null ? null : Number(speed) });
        const duplex = field(settings, /Duplex: (Full|Half)/)?.toLowerCase() ?? null;
        expect({ name, duplex: item['duplex'] }).toEqual({ name, duplex });
        speeds.push(item['speed_mbps']);
      }
      const driverName = field(driver, /^driver: (\S+)$/m);
      expect({ name, driver: objectOf(detail['driver'])['name'] ?? null }).toEqual({ name, driver: driverName });
      const version = field(driver, /^version: (\S+)$/m);
      expect(objectOf(detail['driver'])['version'] ?? null).toBe(version);
      const gro = field(features, /^generic-receive-offload: (on|off)/m);
      const offloads = objectOf(detail['offloads']);
      expect({ name, gro: objectOf(offloads['gro'])['active'] }).toEqual({ name, gro: gro === 'on' });
      expect(detail['rings'] === null).toBe(!/^RX:\s+[1-9]/m.test(rings));
    }
    expect(speeds).toContain(10_000);
  });

  test('counters lie between two readings of ip -s -s, by name', async () => {
    await topology.namespace.exec('ping', '-c', '3', '-i', '0.05', '-q', '127.0.0.1');
    const read = async (): Promise<Map<unknown, Entry>> =>
      new Map(
        (await topology.ip('-s', '-s', 'link', 'show')).map((link) => [link['ifname'], objectOf(link['stats64'])]),
      );
    const before = await read();
    const { items } = await askAll(getInterfaces, 'interfaces', { detail: 'full' }, topology.ports);
    const after = await read();
    for (const item of items) {
      const counters = objectOf(objectOf(item['detail'])['statistics']);
      const earlier = before.get(item['name']);
      if (earlier === undefined) continue;
      const names = ['rx', 'tx'].flatMap((way) => Object.keys(objectOf(earlier[way])).map((key) => `${way}_${key}`));
      expect(Object.keys(counters).sort()).toEqual(names.sort());
      for (const [name, value] of Object.entries(counters)) {
        const at = (from: Entry | undefined): number => Number(objectOf(from?.[name.slice(0, 2)])[name.slice(3)]);
        expect(value).toBeGreaterThanOrEqual(at(earlier));
        expect(value).toBeLessThanOrEqual(at(after.get(item['name'])));
      }
    }
    const lo = objectOf(objectOf(items.find((item) => item['name'] === 'lo')?.['detail'])['statistics']);
    expect(lo['rx_packets']).toBeGreaterThanOrEqual(6);
    expect(Object.keys(lo)).toEqual(
      expect.arrayContaining([
        'rx_fifo_errors',
        'rx_frame_errors',
        'tx_carrier_errors',
        'tx_collisions',
        'rx_multicast',
      ]),
    );
  });

  test('a bridge port tells its state, an alias its text without what colours or turns it round', async () => {
    const { items } = await askAll(getInterfaces, 'interfaces', { detail: 'full' }, topology.ports);
    const detail = (name: string): Entry => objectOf(items.find((item) => item['name'] === name)?.['detail']);
    expect(detail('p0')['bridge_port_state']).toMatch(/^(listening|learning|forwarding)$/);
    expect(detail('far0')['alias']).toBe(' [31mred"; reboot txt');
    expect(detail('v0')).toMatchObject({ min_mtu: 68, max_mtu: 65535 });
  });

  test('without ethtool it says what that hides', async () => {
    const { exec } = topology.ports;
    const without = { ...exec, find: async () => undefined };
    const answer = await ask(getInterfaces, { interface: 'v0', detail: 'full' }, { ...topology.ports, exec: without });
    expect(answer).toMatchObject({
      hidden: ['Driver, rings and offloads: ethtool is not installed (apt-get install ethtool).'],
      interfaces: [{ name: 'v0', detail: { driver: null, rings: null, offloads: null, statistics: {} } }],
    });
  });
});

test('names that a shell or JSON would stumble over', async () => {
  const { items } = await askAll(getInterfaces, 'interfaces', { detail: 'full' }, topology.ports);
  const names = items.map((item) => item['name']);
  expect(names).toEqual(expect.arrayContaining(['q"x', 'a$(id)']));
  expect(objectOf(items.find((item) => item['name'] === 'q"x')?.['detail'])).toMatchObject({ driver: null });
});

test('a tap', async (context) => {
  await requireFeature(context, tapDevices);
  const answer = await ask(getInterfaces, { interface: 'tap0', detail: 'full' }, topology.ports);
  expect(answer['interfaces']).toMatchObject([{ kind: 'tun', status: 'down', detail: { driver: { name: 'tun' } } }]);
  expect(await obstacleOf(tapDevices)).toBeUndefined();
});

test('a tun has no address, and /sys is of this namespace all the same', async (context) => {
  await requireFeature(context, tapDevices);
  const { namespace } = topology;
  await namespace.exec('ip', 'tuntap', 'add', 'dev', 'tun7', 'mode', 'tun');
  // The driver tells no speed while the link is down.
  await namespace.exec('ip', 'link', 'set', 'tun7', 'up');
  try {
    const speed = Number((await namespace.exec('cat', '/sys/class/net/tun7/speed')).trim());
    const answer = await ask(getInterfaces, { interface: 'tun7' }, topology.ports);
    expect(speed).toBeGreaterThan(0);
    expect(answer).toMatchObject({
      hidden: [],
      interfaces: [{ name: 'tun7', kind: 'tun', driver: 'tun', mac_address: null, speed_mbps: speed }],
    });
  } finally {
    await namespace.exec('ip', 'link', 'del', 'tun7');
  }
});

test('the driver that ethtool names is told without asking it', async () => {
  const { items } = await askAll(getInterfaces, 'interfaces', {}, topology.ports);
  const drivers = new Map(items.map((item) => [item['name'], item['driver']]));
  const names = items.map((item) => z.string().parse(item['name'])).filter((name) => /^[a-z0-9]+$/.test(name));
  for (const name of names) {
    const driver = field(await ethtool('-i', name), /^driver: (.+)$/m);
    expect({ name, driver: drivers.get(name) }).toEqual({ name, driver });
  }
  expect(drivers.get('v0')).toBe('veth');
  expect(drivers.get('lo')).toBeNull();
});

test('a VLAN', async (context) => {
  await requireFeature(context, vlanLinks);
  const answer = await ask(getInterfaces, { interface: 'v0.7', detail: 'full' }, topology.ports);
  expect(answer['interfaces']).toMatchObject([{ kind: 'vlan', link: 'v0', detail: { vlan_id: 7 } }]);
});

test('D-30: a default route in a policy table is not the primary interface; IPv6 alone is', async () => {
  const { namespace } = topology;
  await namespace.exec('sh', '-c', 'ip route del default metric 20; ip route del default metric 50');
  try {
    expect(await ask(getInterfaces, {}, topology.ports)).toMatchObject({ default_interface: 'v0' });
    await namespace.exec('ip', '-6', 'route', 'del', 'default', 'dev', 'v0');
    const answer = await ask(getInterfaces, {}, topology.ports);
    expect(answer).toMatchObject({ default_interface: null });
    expect(answer['summary']).toMatch(/Primary: none$/);
  } finally {
    await namespace.exec(
      'sh',
      '-c',
      'ip route replace default via 198.51.100.254 metric 20; ip -6 route replace default via 2001:db8:1::fe dev v0 metric 30',
    );
  }
});

test('300 interfaces come page by page and read as ip has them', async () => {
  const { namespace } = topology;
  await namespace.exec('sh', '-c', 'for i in $(seq 300); do echo "link add many$i type ifb"; done | ip -batch -');
  try {
    const whole = await askAll(getInterfaces, 'interfaces', {}, topology.ports);
    const links = await topology.ip('link', 'show');
    expect(whole.items.map((item) => item['name'])).toEqual(links.map((link) => link['ifname']));
    expect(whole.pages.length).toBeGreaterThan(1);
    expect(longestPage(whole)).toBeLessThan(20_000);
  } finally {
    await namespace.exec('sh', '-c', 'for i in $(seq 300); do echo "link del many$i"; done | ip -batch -');
  }
});

test('an interface with 300 addresses still fits an answer and says how many there are', async () => {
  const { namespace } = topology;
  await namespace.exec(
    'sh',
    '-c',
    'for i in $(seq 300); do printf "address add 2001:db8:7::%x/128 dev macv0\\n" $i; done | ip -batch -',
  );
  for (const input of [{}, { interface: 'macv0' }, { interface: 'macv0', detail: 'full' }]) {
    const whole = await askAll(getInterfaces, 'interfaces', input, topology.ports);
    expect(longestPage(whole)).toBeLessThan(20_000);
    const macv0 = whole.items.find((item) => item['name'] === 'macv0');
    expect(macv0).toMatchObject({ addresses_total: 300 });
  }
});

test('an ordinary user sees the same', async (context) => {
  await requireFeature(context, otherUsers);
  const input = { interface: 'p0', detail: 'full' };
  const own = await ask(getInterfaces, input, topology.ports);
  const seen = await ask(getInterfaces, input, topology.ordinaryPorts);
  const still = (answer: Entry): Entry[] =>
    listOf(answer['interfaces']).map(({ detail, ...rest }) => ({
      ...rest,
      detail: { ...objectOf(detail), statistics: {} },
    }));
  expect(still(seen)).toEqual(still(own));
  expect(seen['hidden']).toEqual([]);
});

test('without iproute2 it names the package', async () => {
  const exec = createExec(['/nonexistent']);
  await expect(ask(getInterfaces, {}, { ...topology.ports, exec })).rejects.toMatchObject({
    code: 'missing_binary',
    hint: 'Install it: apt-get install iproute2',
  });
});

test.each(['-6', 'dev eth0; rm', '--help', '../lo', 'lo\n'])(
  'the interface %j is refused before anything runs',
  async (name) => {
    const exec = { run: () => Promise.reject(new Error('ran')), find: async () => undefined };
    const refused = ask(getInterfaces, { interface: name }, { ...topology.ports, exec });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_argument' });
  },
);
