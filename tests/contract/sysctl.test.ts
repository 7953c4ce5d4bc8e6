// The sysctl resource on the real kernel: whole values, exact undo, and what a card accepts the kernel accepts.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { checkValue, normaliseValue, prohibitedReason } from '../../src/model/card-value.ts';
import type { Card, Range } from '../../src/model/policy.ts';
import { nothingCommitted } from '../../src/model/snapshot.ts';
import { sysctlObservedSchema } from '../../src/model/sysctl.ts';
import { sysctlResource } from '../../src/resources/sysctl.ts';
import { makeSnapshot } from '../helpers/knob-context.ts';
import { type Lab, bringAbout, openLab } from '../helpers/namespace-ports.ts';

const { signal } = new AbortController();
const snapshot = makeSnapshot({ committed: nothingCommitted });
const policy = await loadPolicy();
let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const read = async (key: string) => sysctlObservedSchema.parse(await sysctlResource.read(key, lab.ports, signal));

const current = async (key: string) =>
  sysctlResource.current(key, await read(key), { snapshot, committed: undefined, takeover: false });

/** Applies a value and undoes it; gives the commands of the way there. */
const roundTrip = async (key: string, value: string): Promise<string[]> => {
  const before = await read(key);
  const from = await current(key);
  const applied = await bringAbout(sysctlResource, key, { value }, lab.ports);
  expect(applied.differences).toEqual([]);
  expect(sysctlObservedSchema.parse(applied.after)?.value).toBe(value);
  const undone = await bringAbout(sysctlResource, key, from, lab.ports);
  expect(undone.differences).toEqual([]);
  expect(undone.after).toEqual(before);
  return applied.texts;
};

describe('sysctl on the kernel', () => {
  it('writes multi-value keys whole', async () => {
    const texts = await roundTrip('net.ipv4.tcp_rmem', '8192 262144 67108864');
    expect(texts).toEqual(["sysctl -w 'net.ipv4.tcp_rmem=8192 262144 67108864'"]);
  });

  it('does nothing when the value already stands', async () => {
    const { value } = (await read('net.ipv4.tcp_rmem')) ?? { value: '' };
    const again = await bringAbout(sysctlResource, 'net.ipv4.tcp_rmem', { value }, lab.ports);
    expect(again.texts).toEqual([]);
  });

  it('sees an absent key, and one that is read-only here', async () => {
    expect(await read('net.core.no_such_key')).toBeNull();
    expect(await read('net.core.rmem_max')).toMatchObject({ writable: false });
  });

  it.each(['ip_forward', 'conf.all.forwarding'])(
    'undoes forwarding (%s) with the exceptions of each interface',
    async (name) => {
      const family = name === 'ip_forward' ? 'ipv4' : 'ipv6';
      const key = `net.${family}.${name}`;
      const own = `/proc/sys/net/${family}/conf/v0/forwarding`;
      await lab.ports.kernel.write(own, '1');
      await roundTrip(key, '1');
      expect(await lab.ports.kernel.read(own)).toBe('1\n');
      await lab.ports.kernel.write(own, '0');
    },
  );

  it('undoes a change of ip_forward after an interface with an exception has gone', async () => {
    const from = { value: '0', companions: { 'net.ipv4.conf.gone0.forwarding': '1' } };
    await bringAbout(sysctlResource, 'net.ipv4.ip_forward', { value: '1' }, lab.ports);
    const undone = await bringAbout(sysctlResource, 'net.ipv4.ip_forward', from, lab.ports);
    expect(undone.differences).toEqual([]);
  });

  it('leaves the allowed list alone where it is read-only', async () => {
    expect(await current('net.ipv4.tcp_congestion_control')).not.toHaveProperty('companions');
    await roundTrip('net.ipv4.tcp_congestion_control', 'reno');
  });
});

const values = (range: Range): fc.Arbitrary<string> => {
  // Both ends more often than anything between.
  const between = (min: number, max: number) =>
    fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max })).map(String);
  switch (range.type) {
    case 'integer':
      return between(range.min, range.max);
    case 'enum':
      return fc.constantFrom(...range.values);
    case 'vector':
      return fc.tuple(...range.parts.map(({ min, max }) => between(min, max))).map((parts) =>
        parts
          .map(Number)
          .sort((a, b) => a - b)
          .join(' '),
      );
    case 'object':
      return fc.constant('');
  }
};

describe('every card of a key that a namespace can write', () => {
  const cards = [...policy.cardsByKey.values()].filter((card) => card.range.type !== 'enum');
  it.each(cards.map((card) => [card.key ?? '', card] as const))(
    '%s takes what its card takes',
    async (key, card: Card) => {
      const observed = await read(key);
      if (observed?.writable !== true) {
        // Read-only or absent here: the lab tries those in the initial namespace.
        expect(observed === null || card.scope === 'global' || (card.kernel_needs ?? '').includes('initial')).toBe(
          true,
        );
        return;
      }
      await fc.assert(
        fc.asyncProperty(values(card.range), async (value) => {
          fc.pre(checkValue(card, value) === undefined && prohibitedReason(policy.limits, card, value) === undefined);
          await roundTrip(key, normaliseValue(value));
        }),
        { numRuns: 12 },
      );
    },
  );
});
