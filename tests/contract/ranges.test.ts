// Cards against the kernel: it takes both ends of every range, the default and the examples; the product refuses one step beyond range and limits.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { boundsReason, checkValue } from '../../src/model/card-value.ts';
import type { Card } from '../../src/model/policy.ts';
import { sysctlPath } from '../../src/model/sysctl.ts';
import { beyond, ends } from '../helpers/card-values.ts';
import { makeSnapshot } from '../helpers/knob-context.ts';
import { type Lab, openLab } from '../helpers/namespace-ports.ts';
import { judge } from '../helpers/pure-host.ts';
import { type Feature, requireFeature } from '../helpers/skip.ts';

const policy = await loadPolicy();
const cards = [...policy.cardsByKey].map(([key, card]) => ({ key, card }));
let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

/** Keys of the initial namespace are the lab's; what a namespace ought to have must be there. */
const writableKey = (key: string, card: Card): Feature => ({
  name: `${key} in a namespace`,
  probe: async () => ((await lab.ports.kernel.writable(sysctlPath(key))) ? undefined : 'absent or read-only here'),
  evidence: () =>
    card.scope === 'namespace' && card.kernel_needs === undefined && key.startsWith('net.ipv4.tcp_')
      ? 'the card says that each namespace has its own'
      : undefined,
});

const congestionControl = (name: string): Feature => ({
  name: `congestion control ${name}`,
  probe: async () => {
    // Reno is what the kernel falls back to, so every namespace may have it.
    const allowed = (await lab.ports.kernel.read(sysctlPath('net.ipv4.tcp_allowed_congestion_control'))) ?? 'reno';
    return allowed.trim().split(/\s+/).includes(name) ? undefined : 'not in the kernel, or not allowed in a namespace';
  },
  evidence: () => undefined,
});

const standsAfterWriting = async (key: string, value: string): Promise<void> => {
  const { kernel } = lab.ports;
  const path = sysctlPath(key);
  const before = (await kernel.read(path)) ?? '';
  try {
    await kernel.write(path, value);
    expect((await kernel.read(path))?.trim().split(/\s+/).join(' '), `${key}=${value}`).toBe(value);
  } finally {
    await kernel.write(path, before.trim());
  }
};

describe('the kernel takes', () => {
  const plain = cards.filter(({ card }) => card.key !== 'net.ipv4.tcp_congestion_control');
  it.for(plain)('both ends, the default and the examples of $key', async ({ key, card }, context) => {
    await requireFeature(context, writableKey(key, card));
    for (const value of ends(card)) await standsAfterWriting(key, value);
  });

  const controls = policy.cardsByKey.get('net.ipv4.tcp_congestion_control');
  it.for(controls === undefined ? [] : ends(controls))('the congestion control %s', async (name, context) => {
    await requireFeature(context, congestionControl(name));
    await standsAfterWriting('net.ipv4.tcp_congestion_control', name);
  });
});

/** No memory bound of this host stands between the value and its limits. */
const snapshot = makeSnapshot({ memory_bytes: 2 ** 50 });
const verdict = (key: string, value: string) => {
  const { issues } = judge({ iface: 'eth0', changes: { sysctl: { [key]: value } } }, snapshot, policy);
  return issues.filter(({ severity, path }) => severity === 'error' && path === `changes.sysctl.${key}`);
};

describe('the product refuses', () => {
  it.for(cards)('one step beyond the limits and the range of $key', ({ key, card }) => {
    const values = beyond(card, policy.limits);
    expect(values.limits.length).toBeGreaterThan(0);
    expect(values.range.length).toBeGreaterThan(0);
    for (const value of values.range) expect(checkValue(card, value), `${key}=${value}`).toBeDefined();
    for (const value of values.limits)
      expect(boundsReason(policy.limits, card, value), `${key}=${value}`).toBeDefined();
    for (const value of [...values.range, ...values.limits]) {
      expect(verdict(key, value), `${key}=${value}`).toHaveLength(1);
      expect(verdict(key, value)[0]?.code).toMatch(/^(limit_exceeded|invalid_argument)$/);
    }
  });

  it('but not a value in the middle', () => {
    expect(verdict('net.ipv4.tcp_fin_timeout', '30')).toEqual([]);
  });
});
