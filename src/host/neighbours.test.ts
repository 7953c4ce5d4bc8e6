import { expect, test } from 'vitest';
import { createFakeHost } from './fake/fake-host.ts';
import { readNeighbours, readProxyNeighbours, readTableFill } from './neighbours.ts';

const { signal } = new AbortController();
const printing = (value: unknown) =>
  createFakeHost({ handlers: { ip: () => ({ stdout: JSON.stringify(value) }) } }).ports;

test('a neighbour that has answered, a router, one that has not, and one without a state', async () => {
  const { exec } = printing([
    { dst: '192.0.2.1', dev: 'eth0', lladdr: '02:00:00:00:00:01', state: ['REACHABLE'] },
    { dst: 'fe80::1', dev: 'eth0', lladdr: '02:00:00:00:00:02', router: null, state: ['STALE'] },
    { dst: '192.0.2.9', dev: 'a\u001b[2Jb', state: ['FAILED'] },
    { dst: '192.0.2.8', dev: 'eth0' },
    {},
  ]);
  expect(await readNeighbours(exec, signal)).toEqual([
    { ip: '192.0.2.1', mac: '02:00:00:00:00:01', interface: 'eth0', state: 'REACHABLE', family: 'ipv4', router: false },
    { ip: 'fe80::1', mac: '02:00:00:00:00:02', interface: 'eth0', state: 'STALE', family: 'ipv6', router: true },
    { ip: '192.0.2.9', mac: null, interface: 'a[2Jb', state: 'FAILED', family: 'ipv4', router: false },
    { ip: '192.0.2.8', mac: null, interface: 'eth0', state: 'NONE', family: 'ipv4', router: false },
  ]);
});

test('a proxied address may be for every interface', async () => {
  const { exec } = printing([
    { dst: '192.0.2.1', proxy: null },
    { dst: '2001:db8::1', dev: 'eth0', proxy: null },
  ]);
  expect(await readProxyNeighbours(exec, signal)).toEqual([
    { ip: '192.0.2.1', interface: null },
    { ip: '2001:db8::1', interface: 'eth0' },
  ]);
});

test('an entry that is none is refused by name', async () => {
  await expect(readNeighbours(printing([{ dev: 'eth0' }]).exec, signal)).rejects.toMatchObject({ code: 'step_failed' });
});

const limit = '/proc/sys/net/ipv4/neigh/default/gc_thresh3';
const counters = 'entries  allocs   destroys hash_grows\n0000001a 0000006d 0000004c 00000000\n0000001a 0 0 0\n';

test.each([
  ['both', { [limit]: '1024', '/proc/net/stat/arp_cache': counters }, { entries: 26, limit: 1024 }],
  ['another namespace than the first', {}, { entries: null, limit: null }],
  ['nonsense', { [limit]: 'many', '/proc/net/stat/arp_cache': 'entries\n-' }, { entries: null, limit: null }],
])('fill of the table: %s', async (_what, files, expected) => {
  const { ports } = createFakeHost({ files });
  expect(await readTableFill(ports.kernel, 'ipv4')).toEqual(expected);
});
