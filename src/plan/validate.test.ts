import { describe, expect, it } from 'vitest';
import { makeInterface, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { judge } from '../../tests/helpers/pure-host.ts';
import { smallPolicy } from '../../tests/helpers/small-policy.ts';
import { wishedInterface } from './validate.ts';

const policy = smallPolicy();
const facts = { 'link:eth0': { mtu: 1500 }, 'link:eth1': { mtu: 1500 } };
const snapshot = makeSnapshot({
  interfaces: { eth0: makeInterface(), eth1: makeInterface({ name: 'eth1', up: false }), 'br-0123': makeInterface() },
  observed: facts,
});
const codes = (plan: unknown, host = snapshot) =>
  judge(plan, host, policy).issues.map(({ path, severity, code }) => [path, severity, code]);

describe('the interface', () => {
  it('auto is the one of the default route', () => {
    const validation = judge({ iface: 'auto', changes: { mtu: 1400 } }, snapshot, policy);
    expect(validation).toMatchObject({ ok: true, normalized: { iface: 'eth0' } });
  });

  it('auto without a default route is an error', () => {
    expect(codes({ iface: 'auto', changes: { mtu: 1400 } }, { ...snapshot, default_interface: null })).toEqual([
      ['iface', 'error', 'not_found'],
    ]);
  });

  it('that is down is a warning', () => {
    expect(codes({ iface: 'eth1', changes: { mtu: 1400 } })).toEqual([['iface', 'warning', 'interface_down']]);
  });

  it('that limits.yaml protects is refused before anything else is judged', () => {
    expect(codes({ iface: 'br-0123', changes: { mtu: 1 } })).toEqual([['iface', 'error', 'plan_refused']]);
  });

  it.each([
    [{ iface: 'eth0' }, 'eth0'],
    [{ iface: 7 }, undefined],
    [{}, undefined],
    [null, undefined],
    ['eth0', undefined],
  ])('is read from %j before the plan is judged', (plan, iface) => {
    expect(wishedInterface(plan)).toBe(iface);
  });
});

describe('the normalised plan', () => {
  const normalized = (plan: unknown) => judge(plan, snapshot, policy).normalized;

  it('spells out whether the profile is inherited', () => {
    expect(normalized({ iface: 'eth0', profile: 'p' })?.inherit).toBe(true);
    expect(normalized({ iface: 'eth0', profile: 'p', changes: { mtu: 1400 } })?.inherit).toBe(false);
    expect(normalized({ iface: 'eth0', profile: 'p', inherit: true, changes: { mtu: 1400 } })?.inherit).toBe(true);
    expect(normalized({ iface: 'eth0', changes: { mtu: 1400 } })).not.toHaveProperty('inherit');
  });

  it('is judged the same when it comes back', () => {
    const first = judge({ iface: 'auto', changes: { mtu: 1400 } }, snapshot, policy);
    expect(judge(first.normalized, snapshot, policy)).toEqual(first);
  });

  it('is none where there is no plan', () => {
    expect(judge({ iface: [] }, snapshot, policy)).toMatchObject({ ok: false, normalized: null, compiled: null });
  });
});

it('a plan that wishes nothing says so', () => {
  expect(codes({ iface: 'eth0' })).toEqual([['changes', 'warning', 'nothing_wished']]);
});

it('a flood of findings is cut, and says so', () => {
  const changes = Object.fromEntries(Array.from({ length: 5000 }, (_unused, index) => [`k${String(index)}`, 1]));
  const { ok, issues } = judge({ iface: 'eth0', changes }, snapshot, policy);
  expect(ok).toBe(false);
  expect(issues).toHaveLength(201);
  expect(issues.at(-1)).toMatchObject({
    severity: 'error',
    code: 'limit_exceeded',
    message: '4800 further findings are left out',
  });
});

it.each([
  { sysctl: Object.fromEntries(Array.from({ length: 257 }, (_unused, index) => [`net.k${String(index)}`, 1])) },
  {
    htb_classes: Array.from({ length: 17 }, (_unused, index) => ({
      classid: `1:${String(index + 10)}`,
      rate_mbit: 1,
      match: Array.from({ length: 64 }, () => ({ dscp: 'EF' })),
    })),
  },
])('more of a knob than can be is refused', (changes) => {
  expect(codes({ iface: 'eth0', changes })).toEqual([
    [`changes.${Object.keys(changes).join('')}`, 'error', 'invalid_argument'],
  ]);
});

it('rationale may be a text or a list', () => {
  for (const rationale of ['why', ['why', 'and why']])
    expect(judge({ iface: 'eth0', changes: { mtu: 1400 }, rationale }, snapshot, policy).ok).toBe(true);
});
