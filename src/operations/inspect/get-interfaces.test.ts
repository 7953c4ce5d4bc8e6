import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { createFakeHost } from '../../host/fake/fake-host.ts';
import { parseDriver } from './driver-text.ts';
import { getInterfaces } from './get-interfaces.ts';
import { netmaskOf } from './link-view.ts';
import { pageRead } from './page-read.ts';
import { flatStatistics } from './statistics.ts';

const call = {
  signal: new AbortController().signal,
  progress: () => undefined,
  client: { kind: 'cli', name: 'test', version: '0' },
} as const;

const links = [
  {
    ifindex: 5,
    link: 'eth0',
    ifname: 'eth0.7',
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    mtu: 1500,
    operstate: 'UP',
    link_type: 'ether',
    address: '00:11:22:33:44:55',
    linkinfo: { info_kind: 'vlan', info_data: { protocol: '802.1Q', id: 7, flags: ['REORDER_HDR'] } },
    altnames: ['enp0s3.7'],
    addr_info: [
      { family: 'inet', local: '192.168.1.100', prefixlen: 24, broadcast: '192.168.1.255', scope: 'global' },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link', tentative: true, dadfailed: true },
    ],
  },
  { ifindex: 6, ifname: 'gre1', flags: ['UP'], mtu: 1476, link_type: 'gre', address: '192.0.2.1', addr_info: [] },
];

/** Of IPv6 the kernel lists one default route, in whatever table. */
const default6 = `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000400 00000002 00000000 00000003 eth0.7`;

const host = () =>
  createFakeHost({
    files: { '/proc/self/net/ipv6_route': default6 },
    handlers: {
      ip: ({ args }) => {
        if (args.includes('addr')) return { stdout: JSON.stringify(links) };
        const route = { dst: 'default', gateway: 'fe80::fe', dev: 'eth0.7', table: 'main' };
        return { stdout: JSON.stringify(args.includes('-6') ? [route] : []) };
      },
    },
  }).ports;

test('the fields that others rely on', async () => {
  const answer = await getInterfaces.run({ detail: 'full' }, refusingPorts(host()), call);
  expect(answer).toMatchObject({
    success: true,
    summary: 'Found 2 interfaces (1 up). Primary: eth0.7',
    default_interface: 'eth0.7',
    interfaces: [
      {
        name: 'eth0.7',
        status: 'up',
        driver: '802.1Q VLAN Support',
        mac_address: '00:11:22:33:44:55',
        ipv4_addresses: ['192.168.1.100'],
        ipv6_addresses: ['fe80::1'],
        netmask: '255.255.255.0',
        mtu: 1500,
        link: 'eth0',
        addresses: [
          { address: '192.168.1.100', broadcast: '192.168.1.255', flags: [] },
          { address: 'fe80::1', flags: ['tentative', 'dadfailed'] },
        ],
        detail: { vlan_id: 7, other_names: ['enp0s3.7'], operstate: 'up', statistics: null },
      },
      { name: 'gre1', driver: null, status: 'down', admin_up: true, carrier: false, mac_address: null, netmask: null },
    ],
  });
  // Nothing of this host is in the fake /sys.
  expect(answer['hidden']).toContainEqual(expect.stringContaining('/sys is of another network namespace'));
});

test.each(['darwin', 'win32'] as const)('on %s it works with what every platform tells', async (platform) => {
  const answer = await getInterfaces.run({}, refusingPorts({ platform }), call);
  const own = networkInterfaces();
  const shown = z
    .array(z.looseObject({ name: z.string(), addresses: z.array(z.unknown()) }))
    .parse(answer['interfaces']);
  expect(shown.map(({ name }) => name)).toEqual(Object.keys(own));
  expect(shown[0]).toMatchObject({
    name: 'lo',
    status: 'up',
    mac_address: null,
    netmask: '255.0.0.0',
    mtu: null,
  });
  const loopback = { address: '127.0.0.1', prefix_length: 8, family: 'ipv4', scope: 'host', flags: [] };
  expect(shown[0]?.addresses).toContainEqual(loopback);
  expect(answer).toMatchObject({ success: true, default_interface: null, total: Object.keys(own).length });
  expect(answer['summary']).toMatch(/^Found \d+ interfaces? \(\d+ up\)\. Primary: none$/);
  expect(answer['hidden']).toHaveLength(1);
  await expect(getInterfaces.run({ interface: 'nosuch0' }, refusingPorts({ platform }), call)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('it is offered everywhere', () => {
  expect(getInterfaces.everywhere).toBe(true);
});

test.each([
  [0, '0.0.0.0'],
  [8, '255.0.0.0'],
  [23, '255.255.254.0'],
  [32, '255.255.255.255'],
])('prefix length %i is netmask %s', (length, mask) => {
  expect(netmaskOf(length)).toBe(mask);
});

test('what ethtool -i leaves empty or calls N/A is null', () => {
  expect(parseDriver('driver: bridge\nversion: 2.3\nfirmware-version: N/A\nbus-info: \n')).toEqual({
    name: 'bridge',
    version: '2.3',
    firmware: null,
    bus: null,
  });
  expect(parseDriver('driver: e1000e\nfirmware-version: 0.5-4\u001b[31m\nbus-info: 0000:00:1f.6\n')).toEqual({
    name: 'e1000e',
    version: null,
    firmware: '0.5-4[31m',
    bus: '0000:00:1f.6',
  });
  expect(parseDriver('Cannot get driver information: Operation not supported\n')).toBeNull();
});

test('counters keep their names and take no others', () => {
  const rx = { bytes: 1, over_errors: 2, '__proto__ ': 3, text: 'x' };
  expect(flatStatistics({ rx, tx: { collisions: 4 } })).toEqual({ rx_bytes: 1, rx_over_errors: 2, tx_collisions: 4 });
});

test('a page reads only its own entries', async () => {
  const all = Array.from({ length: 1000 }, (_, index) => index);
  const read: number[] = [];
  const look = async (entry: number): Promise<string> => {
    read.push(entry);
    return String(entry).padStart(2000, '.');
  };
  const page = await pageRead(all, { max_results: 20, cursor: '500' }, look);
  expect(page).toMatchObject({ total: 1000, truncated: true, cursor: '507' });
  expect(page.items.map(Number.parseFloat).length).toBe(7);
  expect(read).toEqual(all.slice(500, 520));
  expect(await pageRead(all, { max_results: 20, cursor: '998' }, look)).toMatchObject({
    truncated: false,
    cursor: null,
  });
  expect(await pageRead(all, { max_results: 20, cursor: '5000' }, look)).toMatchObject({ items: [], cursor: null });
});
