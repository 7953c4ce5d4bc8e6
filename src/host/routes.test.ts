import { describe, expect, test } from 'vitest';
import { NetError } from '../model/errors.ts';
import { createFakeExec, type FakeHandler } from './fake/fake-exec.ts';
import { createFakeFiles } from './fake/fake-files.ts';
import { defaultOf, lookUpRoute, readDefaultInterface, readDefaultRoute, readRoutes } from './routes.ts';

const { signal } = new AbortController();
const main = { family: 'ipv4', table: 'main' } as const;
const printing = (value: unknown) => createFakeExec({ ip: () => ({ stdout: JSON.stringify(value) }) });

test('an entry with everything ip may print of it', async () => {
  const exec = printing([
    {
      type: 'unicast',
      dst: '2001:db8::/32',
      from: '2001:db8:1::/48',
      via: { family: 'inet6', host: 'fe80::1' },
      dev: 'eth0',
      table: 'main',
      protocol: 'ra',
      scope: 'global',
      metric: 100,
      flags: ['linkdown'],
      metrics: [{ mtu: 1400, hoplimit: 64 }],
      expires: 1798,
      nhid: 12,
      pref: 'medium',
    },
  ]);
  expect(await readRoutes(exec, { family: 'ipv6', table: 'main' }, signal)).toEqual([
    {
      family: 'ipv6',
      destination: '2001:db8::/32',
      gateway: 'fe80::1',
      interface: 'eth0',
      metric: 100,
      flags: ['linkdown'],
      table: 'main',
      protocol: 'ra',
      scope: 'global',
      type: 'unicast',
      from: '2001:db8:1::/48',
      mtu_bytes: 1400,
      expires_s: 1798,
      nexthop_id: 12,
    },
  ]);
  expect(exec.calls[0]?.args).toEqual(['-j', '-6', '-d', 'route', 'show', 'table', 'main']);
});

test.each([
  ['Error: ipv4: FIB table does not exist.\nDump terminated', undefined],
  ['Error: argument "nosuch" is wrong: table id value is invalid', undefined],
  ['RTNETLINK answers: Operation not supported', []],
])('%j gives %j', async (stderr, expected) => {
  const exec = createFakeExec({ ip: () => ({ code: 2, stdout: '[', stderr }) });
  expect(await readRoutes(exec, main, signal)).toEqual(expected);
  if (!stderr.includes('argument')) expect(await readDefaultRoute(exec, 'ipv4', signal)).toBe(null);
});

test('what ip refuses otherwise is said, with the command that shows it', async () => {
  const exec = createFakeExec({ ip: () => ({ code: 1, stderr: 'Cannot open netlink socket: \u001b[31mno' }) });
  await expect(readRoutes(exec, main, signal)).rejects.toMatchObject({
    code: 'step_failed',
    message: 'ip could not list the routes: Cannot open netlink socket: [31mno',
    hint: 'Run `ip -4 route show table main` to see why.',
  });
  await expect(readDefaultRoute(exec, 'ipv6', signal)).rejects.toMatchObject({ code: 'step_failed' });
});

test('a table too long to read names what to pass', async () => {
  const full: FakeHandler = () => {
    throw new NetError('limit_exceeded', 'more', 'less');
  };
  await expect(readRoutes(createFakeExec({ ip: full }), main, signal)).rejects.toMatchObject({
    code: 'limit_exceeded',
    hint: 'Pass destination to see the route to one address, or another table.',
  });
});

test.each([[[{ dst: 7 }]], [[7]], [[{ dst: 'default', nexthops: {} }]]])(
  'an entry that is no route (%j) is an error that says so, not a crash',
  async (entries) => {
    await expect(readRoutes(printing(entries), main, signal)).rejects.toMatchObject({ code: 'step_failed' });
  },
);

const route = (change: Record<string, unknown>) => ({ dst: 'default', dev: 'eth0', table: 'main', ...change });

test.each([
  ['the lowest metric', [route({ metric: 20, dev: 'a' }), route({ metric: 10, dev: 'b' })], 'b'],
  ['no metric before one', [route({ metric: 20, dev: 'a' }), route({ dev: 'b' })], 'b'],
  ['not another table', [route({ table: '100', dev: 'a' }), route({ metric: 9, dev: 'b' })], 'b'],
  ['not what refuses', [route({ type: 'unreachable', dev: 'lo' }), route({ metric: 9, dev: 'b' })], 'b'],
  ['not one whose next hop is dead', [route({ flags: ['dead', 'linkdown'] }), route({ metric: 9, dev: 'b' })], 'b'],
  ['not a part of the addresses', [route({ dst: '0.0.0.0/1', dev: 'a' }), route({ metric: 9, dev: 'b' })], 'b'],
  ['the first of several next hops', [route({ dev: undefined, nexthops: [{ dev: 'c' }, { dev: 'd' }] })], 'c'],
  ['none', [], undefined],
])('the default route: %s', async (_what, entries, expected) => {
  const routes = (await readRoutes(printing(entries), main, signal)) ?? [];
  expect(defaultOf(routes)?.interface).toBe(expected);
});

test('a lookup passes the address and the interface as values', async () => {
  const exec = printing([{ dst: '192.0.2.1', from: '::', dev: 'eth0' }]);
  const found = await lookUpRoute(exec, { address: '192.0.2.1', family: 'ipv4', iface: 'eth0' }, signal);
  expect(found.path).not.toHaveProperty('from');
  expect(exec.calls.map(({ args }) => args.join(' '))).toEqual([
    '-j -4 -d route get 192.0.2.1 oif eth0',
    '-j -4 -d route get fibmatch 192.0.2.1 oif eth0',
  ]);
});

const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT';
const any6 = '0'.repeat(32);

describe('the default interface', () => {
  /** `main6` is what ip shows of the main table. */
  const of = (route: string, route6: string, main6: readonly unknown[] = []): Promise<string | null> => {
    const kernel = createFakeFiles({ '/proc/self/net/route': route, '/proc/self/net/ipv6_route': route6 });
    return readDefaultInterface({ kernel, exec: printing(main6) }, signal);
  };
  const real6 = `${any6} 00 ${any6} 00 fd000000000000000000000000000001 00000001 00000002 00000000 00000003     b0`;

  test('is that of the lowest metric', async () => {
    const route = [
      header,
      'wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    ].join('\n');
    expect(await of(route, real6)).toBe('eth0');
  });

  test('is taken from the main table of IPv6 where IPv4 has none, whatever another table has', async () => {
    expect(await of(header, real6, [{ dst: 'default', gateway: 'fd00::1', dev: 'a0', metric: 1024 }])).toBe('a0');
    expect(await of(header, real6)).toBeNull();
  });

  test('is not the kernel’s own reject route, for which nothing is started', async () => {
    const reject = `${any6} 00 ${any6} 00 ${any6} ffffffff 00000001 00000000 00200200       lo`;
    expect(await of(header, reject, [{ dst: 'default', dev: 'lo' }])).toBeNull();
  });

  test('is null without routes or files', async () => {
    expect(await of(header, '')).toBeNull();
    expect(await readDefaultInterface({ kernel: createFakeFiles(), exec: printing([]) }, signal)).toBeNull();
  });

  test('is not that of a down or rejecting IPv4 route', async () => {
    expect(await of(`${header}\neth0\t00000000\t0\t0201\t0\t0\t0\t00000000\t0\t0\t0`, '')).toBeNull();
  });
});
