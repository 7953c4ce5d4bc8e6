import { describe, expect, it } from 'vitest';
import { makeContext, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { judge as judgePlan, undoFaults } from '../../tests/helpers/pure-host.ts';
import { smallPolicy } from '../../tests/helpers/small-policy.ts';
import { parseRoutes } from '../model/route-metrics.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { packetSteeringKnob } from './packet-steering.ts';
import { routesKnob } from './routes.ts';

const policy = smallPolicy();

describe('the packet_steering knob', () => {
  const queues = { 'rx-0/rps_cpus': '0', 'rx-0/rps_flow_cnt': '0', 'rx-1/rps_cpus': '0', 'tx-0/xps_cpus': '3' };
  const judge = (wish: unknown, changes: Partial<Snapshot> = {}, wishes: Record<string, unknown> = {}) => {
    const observed = { 'steering:eth0': { writable: true, queues } };
    return packetSteeringKnob.fragments(
      wish,
      makeContext(policy, { snapshot: makeSnapshot({ observed, ...changes }), wishes }),
    );
  };
  const codes = (wish: unknown, changes?: Partial<Snapshot>, wishes?: Record<string, unknown>) =>
    judge(wish, changes, wishes).findings.map(({ severity, code }) => `${severity} ${code}`);

  it('sends a mask to every queue of its kind', () => {
    expect(judge({ rps_cpus: '0-1,3', xps_cpus: '' })).toEqual({
      fragments: [
        {
          resource: 'steering',
          target: 'eth0',
          part: { queues: { 'rx-0/rps_cpus': 'b', 'rx-1/rps_cpus': 'b', 'tx-0/xps_cpus': '0' } },
        },
      ],
      findings: [],
    });
  });

  it('refuses CPUs that the host does not have', () => {
    expect(judge({ rps_cpus: '0-4' })).toMatchObject({
      fragments: [],
      findings: [{ code: 'limit_exceeded', path: 'changes.packet_steering.rps_cpus' }],
    });
  });

  it('says what has no effect', () => {
    expect(codes({ rps_cpus: '0' }, { cpus: 1 })).toEqual(['warning no_effect']);
    expect(codes({ rps_cpus: '' }, { cpus: 1 })).toEqual([]);
    expect(codes({ rps_flow_count: 100 })).toEqual(['info rounded', 'warning no_effect']);
    expect(codes({ rps_flow_count: 128 }, {}, { sysctl: { 'net.core.rps_sock_flow_entries': 4096 } })).toEqual([]);
  });

  it('refuses what this host cannot do', () => {
    const only = (writable: boolean, some: Record<string, string>) => ({
      observed: { 'steering:eth0': { writable, queues: some } },
    });
    expect(codes({ xps_cpus: '0' }, only(true, { 'rx-0/rps_cpus': '0' }))).toEqual(['error missing_kernel_feature']);
    expect(codes({ rps_cpus: '0' }, only(false, { 'rx-0/rps_cpus': '0' }))).toEqual(['error not_permitted']);
    expect(codes({ rps_cpus: '0' }, { observed: {} })).toEqual(['error missing_kernel_feature']);
  });

  it.each([
    {},
    { rps_cpus: '0;1' },
    { rps_cpus: 'f' },
    { rps_flow_count: 65537 },
    { rps_cpus: '0'.repeat(2000) },
    { cpus: '0' },
  ])('does not take %j', (wish) => {
    expect(packetSteeringKnob.schema.safeParse(wish).success).toBe(false);
  });
});

describe('the routes knob', () => {
  const four = [
    'unicast default via 192.0.2.254 dev eth0 proto dhcp scope global metric 50',
    'unicast 192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1',
    'unicast 198.51.100.0/24 via 192.0.2.253 dev eth0 proto static scope global',
  ].join('\n');
  const six = 'unicast default via fe80::1 dev eth0 proto ra scope global metric 1024 expires 500sec pref medium';
  const routes = [...parseRoutes(four, 'ipv4', 'eth0'), ...parseRoutes(six, 'ipv6', 'eth0')];
  const judge = (wish: unknown, origin: 'plan' | 'profile' = 'plan') =>
    routesKnob.fragments(
      wish,
      makeContext(policy, {
        snapshot: makeSnapshot({ observed: { 'route_metrics:eth0': { routes, partial: false } } }),
        origin: () => origin,
      }),
    );

  it('finds the route by its destination', () => {
    expect(judge([{ destination: '198.51.100.0/24', initcwnd: 20, congestion_control: 'bbr' }])).toEqual({
      fragments: [
        {
          resource: 'route_metrics',
          target: 'eth0',
          part: { routes: { 'ipv4 198.51.100.0/24 tos 0 metric 0': { initcwnd: '20', congctl: 'bbr' } } },
        },
      ],
      findings: [],
    });
  });

  it('warns of what may be renewed, and leaves out what cannot be changed where another can', () => {
    const { fragments, findings } = judge([{ destination: 'default', initcwnd: 20 }]);
    expect(fragments).toHaveLength(1);
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning may_be_renewed',
      'warning plan_refused',
    ]);
    expect(judge([{ destination: '192.0.2.0/24', initrwnd: 20 }]).findings).toMatchObject([{ code: 'may_be_renewed' }]);
  });

  it.each([
    [[{ destination: '::/0', initcwnd: 20 }], 'plan_refused'],
    [[{ destination: '10.0.0.0/8', initcwnd: 20 }], 'not_found'],
    [[{ destination: 'default', congestion_control: 'vegas' }], 'missing_kernel_feature'],
    [
      [
        { destination: '198.51.100.0/24', initcwnd: 20 },
        { destination: '198.51.100.0/24', initrwnd: 20 },
      ],
      'plan_refused',
    ],
  ])('%j is refused: %s', (wish, code) => {
    const { fragments, findings } = judge(wish);
    expect(fragments).toEqual([]);
    expect(findings).toEqual([expect.objectContaining({ severity: 'error', code })]);
  });

  it('names the routes there are, and leaves a profile’s out with a warning', () => {
    const wish = [{ destination: '10.0.0.0/8', initcwnd: 20 }];
    expect(judge(wish).findings[0]?.hint).toContain('default, 192.0.2.0/24, 198.51.100.0/24');
    expect(judge(wish, 'profile').findings).toMatchObject([{ severity: 'warning', code: 'not_found' }]);
  });

  it.each([
    [{ destination: 'default' }],
    [{ destination: 'blackhole default', initcwnd: 20 }],
    [{ destination: '192.0.2.1', initcwnd: 20 }],
    [{ destination: '-6', initcwnd: 20 }],
    [{ destination: 'default', initcwnd: 0 }],
    [{ destination: 'default', congestion_control: 'lock reno' }],
    [{ destination: 'default', mtu: 1400 }],
  ])('does not take %j', (...wish) => {
    expect(routesKnob.schema.safeParse(wish).success).toBe(false);
  });
});

describe('a plan with both', () => {
  const line = 'unicast default via 192.0.2.254 dev eth0 proto static scope global metric 50 initcwnd 12';
  const snapshot = makeSnapshot({
    observed: {
      'steering:eth0': { writable: true, queues: { 'rx-0/rps_cpus': '0', 'rx-0/rps_flow_cnt': '0' } },
      'route_metrics:eth0': { routes: parseRoutes(line, 'ipv4', 'eth0'), partial: false },
    },
  });
  const changes = { packet_steering: { rps_cpus: '0-1' }, routes: [{ destination: 'default', initcwnd: 20 }] };

  it('compiles to commands and to those that undo them', () => {
    const { compiled, issues } = judgePlan({ iface: 'eth0', changes }, snapshot, policy);
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    const start = 'ip -4 route change unicast default dev eth0 via 192.0.2.254 proto static scope global metric 50';
    expect(
      compiled?.steps.map(({ commands, undo }) => [commands, undo].map((list) => list.map(({ text }) => text))),
    ).toEqual([
      [['echo 3 > /sys/class/net/eth0/queues/rx-0/rps_cpus'], ['echo 0 > /sys/class/net/eth0/queues/rx-0/rps_cpus']],
      [[`${start} initcwnd 20`], [`${start} initcwnd 12`]],
    ]);
    expect(compiled === null ? ['nothing compiled'] : undoFaults(compiled, snapshot)).toEqual([]);
  });
});
