// The route_metrics resource on the real kernel: attributes of existing routes stand, and undo gives back `ip route show` to the letter.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routesKnob } from '../../src/knobs/routes.ts';
import { nothingCommitted } from '../../src/model/snapshot.ts';
import { routeMetricsResource } from '../../src/resources/route-metrics.ts';
import { makeContext, makeInterface, makeSnapshot } from '../helpers/knob-context.ts';
import { type Lab, bringAbout, openLab } from '../helpers/namespace-ports.ts';
import { smallPolicy } from '../helpers/small-policy.ts';

const policy = smallPolicy();
const { signal } = new AbortController();
let lab: Lab;

const ip = (line: string) => lab.namespace.exec('ip', ...line.split(' '));

beforeAll(async () => {
  lab = await openLab();
  for (const line of [
    '-6 address add 2001:db8::1/64 dev v0',
    'address add 192.0.2.9/24 dev v1',
    'route add default via 192.0.2.254 dev v0 proto static metric 50 mtu lock 1400 rto_min 40ms congctl reno',
    'route add 198.51.100.0/24 via 192.0.2.253 dev v0 src 192.0.2.1 onlink advmss 1200 quickack 1 initcwnd lock 7',
    'route add 203.0.113.5 dev v0 scope link tos 0x10 proto 77',
    'route add 203.0.114.0/24 nexthop via 192.0.2.2 dev v0 nexthop via 192.0.2.3 dev v0',
    'route add 203.0.115.0/24 dev v0 realm 5',
    'route add 203.0.116.0/24 dev v0 proto dhcp',
    '-6 route add default via fe80::1 dev v0 metric 7 pref high',
    '-6 route add 2001:db8:5::/48 via 2001:db8::9 dev v0 hoplimit 40',
    '-6 route add 2001:db8:6::/48 via 2001:db8::9 dev v0 proto ra expires 500',
  ])
    await ip(line);
});
afterAll(() => lab.close());

const dump = async () => {
  const texts = await Promise.all([ip('-d -4 route show table main'), ip('-d -6 route show table main')]);
  return texts.join('').replaceAll(/expires \d+sec/g, 'expires');
};

const ask = async (wish: unknown) => {
  const observed = await routeMetricsResource.read('v0', lab.ports, signal);
  const snapshot = makeSnapshot({
    interfaces: { v0: makeInterface({ name: 'v0' }) },
    observed: { 'route_metrics:v0': observed },
    committed: nothingCommitted,
  });
  const { fragments, findings } = routesKnob.fragments(wish, makeContext(policy, { iface: 'v0', snapshot }));
  const original = routeMetricsResource.current('v0', observed, { snapshot, committed: undefined, takeover: false });
  const parts = fragments.map(({ part }) => ({ iface: 'v0', knob: 'routes', part }));
  const { state } = routeMetricsResource.compose('v0', parts, { snapshot, original });
  return { observed, state, original, findings };
};

describe('attributes of the routes of v0', () => {
  it.each([
    [{ destination: 'default', initcwnd: 20, initrwnd: 20 }, 2],
    [{ destination: '0.0.0.0/0', initcwnd: 20, congestion_control: 'reno' }, 1],
    [{ destination: '::/0', initcwnd: 20 }, 1],
    [{ destination: '198.51.100.0/24', initcwnd: 20, initrwnd: 20, congestion_control: 'reno' }, 1],
    [{ destination: '203.0.113.5/32', initrwnd: 255 }, 1],
    [{ destination: '203.0.116.0/24', initrwnd: 30 }, 1],
    [{ destination: '2001:DB8:5:0::/48', initcwnd: 20, initrwnd: 20, congestion_control: 'reno' }, 1],
    [{ destination: '2001:db8::/64', initcwnd: 20 }, 1],
  ])('%j stands and goes back', async (route, changed) => {
    const before = await dump();
    const { observed, state, original, findings } = await ask([route]);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const applied = await bringAbout(routeMetricsResource, 'v0', state, lab.ports);
    expect(applied.texts).toHaveLength(changed);
    expect(applied.differences).toEqual([]);
    expect(applied.after).toEqual(routeMetricsResource.expected('v0', state, observed));
    const during = await dump();
    if ('initcwnd' in route) expect(during.match(/initcwnd 20/g)).toHaveLength(changed);
    expect(during.split('\n')).toHaveLength(before.split('\n').length);
    const undone = await bringAbout(routeMetricsResource, 'v0', original, lab.ports);
    expect(undone.differences).toEqual([]);
    expect(undone.after).toEqual(observed);
    expect(await dump()).toBe(before);
  });

  it('says what a person would type', async () => {
    const { state, original } = await ask([{ destination: '0.0.0.0/0', initcwnd: 20 }]);
    const { texts } = await bringAbout(routeMetricsResource, 'v0', state, lab.ports);
    expect(texts).toEqual([
      'ip -4 route change unicast default dev v0 via 192.0.2.254 proto static scope global metric 50 mtu lock 1400 rto_min 40ms initcwnd 20 congctl reno',
    ]);
    await bringAbout(routeMetricsResource, 'v0', original, lab.ports);
  });

  it.each([
    ['203.0.114.0/24', 'plan_refused', /several next hops/],
    ['203.0.115.0/24', 'plan_refused', /realm/],
    ['2001:db8:6::/48', 'plan_refused', /expires/],
    // The kernel makes one on v1 as well, and might change that one.
    ['192.0.2.0/24', 'plan_refused', /same destination/],
    ['fe80::/64', 'plan_refused', /same destination/],
    ['192.0.3.0/24', 'not_found', /no route to 192\.0\.3\.0\/24/],
  ])('refuses the route to %s', async (destination, code, message) => {
    const { findings, state } = await ask([{ destination, initcwnd: 20 }]);
    expect(findings).toEqual([expect.objectContaining({ severity: 'error', code })]);
    expect(findings[0]?.message).toMatch(message);
    expect(state).toEqual({ routes: {} });
  });

  it('does nothing for a route that has gone meanwhile, and never brings one back', async () => {
    await ip('route add 203.0.117.0/24 dev v0');
    const { state, original } = await ask([{ destination: '203.0.117.0/24', initcwnd: 20 }]);
    await bringAbout(routeMetricsResource, 'v0', state, lab.ports);
    await ip('route del 203.0.117.0/24 dev v0');
    const before = await dump();
    const undone = await bringAbout(routeMetricsResource, 'v0', original, lab.ports);
    expect(undone).toMatchObject({ texts: [], differences: [] });
    expect(await dump()).toBe(before);
  });

  it('has no routes for an interface without any', async () => {
    expect(await routeMetricsResource.read('none0', lab.ports, signal)).toEqual({ routes: [], partial: false });
  });
});
