import { expect, it } from 'vitest';
import { NetError } from '../model/errors.ts';
import { interfaceFactsSchema } from '../model/snapshot.ts';
import { createFakeHost } from './fake/fake-host.ts';
import { createHostPorts } from './host-ports.ts';
import { readInterfaces } from './interfaces.ts';

const { signal } = new AbortController();

const printed = [
  {
    ifindex: 1,
    ifname: 'lo',
    flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
    mtu: 65536,
    link_type: 'loopback',
    address: '00:00:00:00:00:00',
    txqlen: 1000,
    addr_info: [
      { family: 'inet', local: '127.0.0.1', prefixlen: 8 },
      { family: 'inet6', local: '::1', prefixlen: 128 },
    ],
  },
  {},
  {
    ifindex: 2,
    link_index: 5,
    ifname: 'eth0',
    flags: ['BROADCAST', 'UP', 'NO-CARRIER'],
    mtu: 1400,
    min_mtu: 68,
    max_mtu: 65535,
    link_type: 'ether',
    address: '02:fc:00:00:00:01',
    txqlen: 1000,
    master: 'br0',
    linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge' },
    addr_info: [],
  },
];

const host = (files: Record<string, string>) =>
  createFakeHost({ files, handlers: { ip: () => ({ stdout: JSON.stringify(printed) }) } });

it('turns what ip prints into facts, and skips an interface that just went away', async () => {
  const { ports } = host({
    '/sys/class/net/eth0/ifindex': '2',
    '/sys/class/net/eth0/address': '02:fc:00:00:00:01',
    '/sys/class/net/eth0/speed': '1000',
  });
  const found = await readInterfaces(ports, signal);
  expect(Object.keys(found)).toEqual(['lo', 'eth0']);
  expect(found['lo']).toMatchObject({
    mac: null,
    kind: null,
    up: true,
    carrier: true,
    ipv4: ['127.0.0.1/8'],
    ipv6: ['::1/128'],
  });
  expect(found['eth0']).toEqual({
    name: 'eth0',
    ifindex: 2,
    mac: '02:fc:00:00:00:01',
    kind: 'veth',
    mtu: 1400,
    min_mtu: 68,
    max_mtu: 65535,
    up: true,
    carrier: false,
    txqueuelen: 1000,
    speed_mbps: 1000,
    ipv4: [],
    ipv6: [],
    master: 'br0',
  });
});

it.each([
  ['another namespace’s interface of that name', { ifindex: '7', address: '02:fc:00:00:00:01', speed: '1000' }],
  ['a driver without a speed', { ifindex: '2', address: '02:fc:00:00:00:01', speed: '-1' }],
  ['a speed of unsigned -1', { ifindex: '2', address: '02:fc:00:00:00:01', speed: '' }],
])('tells no speed for %s', async (_case, attributes) => {
  const files = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`/sys/class/net/eth0/${name}`, value]),
  );
  const found = await readInterfaces(host(files).ports, signal);
  expect(found['eth0']?.speed_mbps).toBeNull();
});

// sysfs prints the bytes of the address, ip an IP address where a tunnel has one, and nothing where there is none.
it.each([
  ['tun and WireGuard, without an address', 'none', undefined, ''],
  ['gre', 'gre', '192.0.2.2', 'c0:00:02:02'],
  ['ip6gre', 'gre6', '2001:db8::2', '20:01:0d:b8:00:00:00:00:00:00:00:00:00:00:00:02'],
  ['any IPv6', 'tunnel6', '::', Array.from({ length: 16 }, () => '00').join(':')],
])('knows its own link in /sys: %s', async (_case, link_type, address, shown) => {
  const link = { ...printed[2], ifname: 'x0', link_type, address, linkinfo: { info_kind: 'x' } };
  const read = (inSysfs: string) =>
    readInterfaces(
      createFakeHost({
        files: {
          '/sys/class/net/x0/ifindex': '2',
          '/sys/class/net/x0/address': `${inSysfs}\n`,
          '/sys/class/net/x0/speed': '10',
        },
        handlers: { ip: () => ({ stdout: JSON.stringify([link]) }) },
      }).ports,
      signal,
    );
  expect((await read(shown))['x0']).toMatchObject({ speed_mbps: 10, mac: null });
  // The same number, and another link.
  expect((await read('02:fc:00:00:00:09'))['x0']?.speed_mbps).toBeNull();
});

it('does not fail when the driver answers EINVAL', async () => {
  const fake = host({ '/sys/class/net/eth0/ifindex': '2', '/sys/class/net/eth0/address': '02:fc:00:00:00:01' });
  const refusing = async (path: string): Promise<string | undefined> => {
    if (!path.endsWith('/speed')) return fake.files.read(path);
    throw new NetError('missing_kernel_feature', 'no', 'no', {
      cause: Object.assign(new Error('x'), { code: 'EINVAL' }),
    });
  };
  const found = await readInterfaces({ ...fake.ports, kernel: { ...fake.files, read: refusing } }, signal);
  expect(found['eth0']?.speed_mbps).toBeNull();
});

it('says so when ip fails', async () => {
  const { ports } = createFakeHost({ handlers: { ip: () => ({ code: 1, stderr: 'Cannot open netlink socket' }) } });
  await expect(readInterfaces(ports, signal)).rejects.toMatchObject({ code: 'step_failed' });
});

it('reads this host', async () => {
  const silent = () => undefined;
  const found = await readInterfaces(createHostPorts({ debug: silent, info: silent, warn: silent }), signal);
  expect(found['lo']?.ipv4).toContain('127.0.0.1/8');
  for (const facts of Object.values(found)) expect(interfaceFactsSchema.safeParse(facts).success).toBe(true);
});
