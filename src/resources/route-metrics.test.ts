import { describe, expect, it } from 'vitest';
import { makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { NetError } from '../model/errors.ts';
import { normaliseDestination, parseRoutes } from '../model/route-metrics.ts';
import { nothingCommitted } from '../model/snapshot.ts';
import { createFakeExec } from '../host/fake/fake-exec.ts';
import { createFakeFiles } from '../host/fake/fake-files.ts';
import { routeMetricsResource } from './route-metrics.ts';

const one = (line: string, family: 'ipv4' | 'ipv6' = 'ipv4') => parseRoutes(`${line}\n`, family, 'eth0')[0];

describe('routes as ip prints them', () => {
  it('are repeated word by word, less what belongs to the link', () => {
    const line =
      'unicast default via 192.0.2.254 dev eth0 proto static scope global src 192.0.2.1 metric 50 onlink linkdown mtu lock 1400 initcwnd lock 12 rto_min lock 40ms congctl reno ';
    expect(one(line)).toEqual({
      key: 'ipv4 default tos 0 metric 50',
      family: 'ipv4',
      destination: 'default',
      words:
        'via 192.0.2.254 proto static scope global src 192.0.2.1 metric 50 onlink mtu lock 1400 rto_min 40ms'.split(
          ' ',
        ),
      metrics: { initcwnd: 'lock 12', congctl: 'reno' },
      protocol: 'static',
    });
    expect(one('unicast 203.0.114.0/24 tos 0x10 via inet6 fe80::5 dev eth0 proto boot scope global')).toMatchObject({
      key: 'ipv4 203.0.114.0/24 tos 0x10 metric 0',
      words: ['tos', '0x10', 'via', 'inet6', 'fe80::5', 'proto', 'boot', 'scope', 'global'],
    });
  });

  it.each([
    ['unicast 203.0.113.0/24 proto boot scope global \\\tnexthop via 192.0.2.2 dev eth0 weight 1 ', /next hops/],
    ['unicast 203.0.113.0/24 nhid 7 via 192.0.2.8 dev eth0 proto boot scope global', /nhid/],
    ['unicast 203.0.113.0/24  encap mpls  100 via 192.0.2.3 dev eth0', /encap/],
    ['unicast default via fe80::1 dev eth0 proto ra metric 1024 expires 499sec pref medium', /expires/],
    ['unicast 203.0.113.0/24 dev eth0 mtu 1400 mtu 1500', /twice/],
    ['unicast 203.0.113.0/24 dev eth0 via -force', /cannot be read/],
    ['unicast 203.0.113.0/24 dev eth0 via $(reboot)', /cannot be read/],
    ['unicast 203.0.113.0/24 dev eth0 initcwnd', /cannot be read/],
  ])('%j cannot be repeated', (line, reason) => {
    expect(one(line)?.refusal).toMatch(reason);
  });

  it.each([
    'blackhole default dev eth0',
    'unicast -6 dev eth0',
    'unicast $(reboot) dev eth0',
    'unicast default dev eth1',
    '\tnh_info id 7 via 192.0.2.8 dev eth0',
    '',
    'unicast default dev eth0 initcwnd ;reboot x',
  ])('%j gives nothing to change', (line) => {
    const route = one(line);
    expect(route === undefined || route.refusal !== undefined).toBe(true);
  });

  it.each([
    'unicast default via 192.0.2.1 dev eth1 proto dhcp metric 5',
    'blackhole default metric 5',
    'unicast default metric 5 \\\tnexthop via 192.0.2.1 dev eth1 weight 1',
    'unicast default proto $ metric 5',
  ])('a route beside %j is refused: the kernel tells them apart by nothing but the metric', (rival) => {
    const mine = 'unicast default via 198.51.100.1 dev eth0 proto static metric 5';
    expect(parseRoutes(`${mine}\n${rival}\n`, 'ipv4', 'eth0')[0]?.refusal).toMatch(/same destination/);
    expect(
      parseRoutes(`${mine}\n${rival.replace('metric 5', 'metric 6')}\n`, 'ipv4', 'eth0')[0]?.refusal,
    ).toBeUndefined();
  });

  it.each([
    ['2001:DB8:0::/32', '2001:db8::/32'],
    ['::/0', 'default'],
    ['0.0.0.0/0', 'default'],
    ['203.0.113.5/32', '203.0.113.5'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['10.0.0.0/8', '10.0.0.0/8'],
  ])('%s is %s', (text, expected) => {
    expect(normaliseDestination(text)).toBe(expected);
  });
});

describe('the route_metrics resource', () => {
  const key = 'ipv4 default tos 0 metric 50';
  const line = 'unicast default via 192.0.2.254 dev eth0 proto dhcp scope global metric 50 initcwnd 12';
  const observed = { routes: parseRoutes(line, 'ipv4', 'eth0'), partial: false };
  const signal = AbortSignal.timeout(5000);
  const ports = (answer: { code?: number; stdout?: string; stderr?: string } | Error) => ({
    exec: createFakeExec({
      ip: () => {
        if (answer instanceof Error) throw answer;
        return answer;
      },
    }),
    kernel: createFakeFiles({}),
    clock: { now: () => 0, bootTimeMs: () => 0 },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
  });

  it('restores what was there, and takes away what was not', () => {
    const texts = (metrics: Record<string, string>) =>
      routeMetricsResource.commands('eth0', observed, { routes: { [key]: metrics } }).map(({ text }) => text);
    const start = 'ip -4 route change unicast default dev eth0 via 192.0.2.254 proto dhcp scope global metric 50';
    expect(texts({})).toEqual([start]);
    expect(texts({ initcwnd: 'lock 20', congctl: 'bbr' })).toEqual([`${start} initcwnd lock 20 congctl bbr`]);
    expect(texts({ initcwnd: '12' })).toEqual([]);
  });

  it('changes nothing that it cannot repeat, and says that it differs', () => {
    const refused = { ...observed, routes: observed.routes.map((route) => ({ ...route, refusal: 'for a test' })) };
    const state = { routes: { [key]: { initcwnd: '20' } } };
    expect(routeMetricsResource.commands('eth0', refused, state)).toEqual([]);
    expect(routeMetricsResource.differences('eth0', state, refused)).toEqual([
      { path: `route_metrics.eth0.${key}.initcwnd`, current: '12', desired: '20' },
    ]);
  });

  it('takes back a route that is no longer wished', () => {
    const states = { 'route_metrics:eth0': { routes: { [key]: { initcwnd: '20' } } } };
    const other = 'ipv4 192.0.2.0/24 tos 0 metric 0';
    const part = { routes: { [other]: { initrwnd: '30' } } };
    const { state } = routeMetricsResource.compose('eth0', [{ iface: 'eth0', knob: 'routes', part }], {
      snapshot: makeSnapshot({ committed: { ...nothingCommitted, states } }),
      original: { routes: { [key]: { initcwnd: '12' }, [other]: { congctl: 'reno' } } },
    });
    expect(state).toEqual({ routes: { [key]: { initcwnd: '12' }, [other]: { congctl: 'reno', initrwnd: '30' } } });
  });

  it('says so when a route was made after our first change here', () => {
    const part = { routes: { [key]: { initcwnd: '20' } } };
    const snapshot = makeSnapshot({ observed: { 'route_metrics:eth0': observed } });
    const composed = routeMetricsResource.compose('eth0', [{ iface: 'eth0', knob: 'routes', part }], {
      snapshot,
      original: { routes: {} },
    });
    expect(composed.findings).toEqual([expect.objectContaining({ severity: 'warning', code: 'no_original' })]);
    expect(composed.state).toEqual({ routes: { [key]: { initcwnd: '20' } } });
  });

  it('reads an empty table, and does without routes that cannot be read', async () => {
    const none = ports({ code: 2, stderr: 'Error: ipv4: FIB table does not exist.\nDump terminated\n' });
    expect(await routeMetricsResource.read('eth0', none, signal)).toEqual({ routes: [], partial: false });
    const large = ports(new NetError('limit_exceeded', 'too much', 'less'));
    await expect(routeMetricsResource.read('eth0', large, signal)).rejects.toMatchObject({
      code: 'missing_kernel_feature',
    });
    await expect(routeMetricsResource.read('eth0', ports({ code: 1, stderr: 'no' }), signal)).rejects.toMatchObject({
      code: 'missing_kernel_feature',
    });
  });

  it('keeps the default routes of a host with very many', async () => {
    const many = Array.from({ length: 600 }, (_, index) => `unicast 10.${index >> 8}.${index & 255}.0/24 dev eth0`);
    const { exec, ...rest } = ports({ stdout: [line, ...many].join('\n') });
    const read = await routeMetricsResource.read('eth0', { exec, ...rest }, signal);
    expect(read).toMatchObject({ partial: true, routes: [{ destination: 'default' }, { destination: 'default' }] });
  });

  it.each([
    { 'ipv4 default': {} },
    { [key]: { initcwnd: '20; reboot' } },
    { [key]: { initcwnd: '-1' } },
    { [key]: { mtu: '1400' } },
    { 'ipv4 -x tos 0 metric 0': {} },
  ])('takes no state %j', (routes) => {
    expect(() => routeMetricsResource.checkState({ routes })).toThrow();
  });
});
