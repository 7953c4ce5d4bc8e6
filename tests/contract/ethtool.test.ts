// The ethtool resource on the real kernel: veth, ifb and tap, whose drivers fix different features; undo gives back the very text of ethtool -k.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { offloadsKnob } from '../../src/knobs/offloads.ts';
import { offloadNames } from '../../src/model/offloads.ts';
import { ethtoolResource } from '../../src/resources/ethtool.ts';
import { makeContext, makeInterface, makeSnapshot } from '../helpers/knob-context.ts';
import { type Lab, bringAbout, openLab } from '../helpers/namespace-ports.ts';
import { requireFeature, tapDevices } from '../helpers/skip.ts';

const policy = await loadPolicy();
let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

/** Wish -> fragments -> applied -> undone, as planner and engine do it. */
const roundTrip = async (iface: string, wish: Record<string, boolean>): Promise<string[]> => {
  const text = () => lab.namespace.exec('ethtool', '-k', iface);
  const before = await text();
  const observed = await ethtoolResource.read(iface, lab.ports, AbortSignal.timeout(20_000));
  const snapshot = makeSnapshot({
    interfaces: { [iface]: makeInterface({ name: iface }) },
    observed: { [`ethtool:${iface}`]: observed },
  });
  const { fragments } = offloadsKnob.fragments(wish, makeContext(policy, { iface, snapshot }));
  const original = ethtoolResource.current(iface, observed, { snapshot, committed: undefined, takeover: false });
  const parts = fragments.map(({ part }) => ({ iface, knob: 'offloads', part }));
  const { state } = ethtoolResource.compose(iface, parts, { snapshot, original });
  const applied = await bringAbout(ethtoolResource, iface, state, lab.ports);
  expect(applied.differences).toEqual([]);
  const again = await bringAbout(ethtoolResource, iface, state, lab.ports);
  expect(again.texts).toEqual([]);
  const undone = await bringAbout(ethtoolResource, iface, original, lab.ports);
  expect(undone.differences).toEqual([]);
  expect(await text()).toBe(before);
  return applied.texts;
};

describe.each(['v0', 'ifb9', 'tap0'])('offloads of %s', (iface) => {
  beforeEach(async (context) => {
    if (iface === 'tap0') await requireFeature(context, tapDevices);
  });

  it('switches gro off and back', async () => {
    await lab.namespace.exec('ethtool', '-K', iface, 'gro', 'on');
    expect(await roundTrip(iface, { gro: false })).toEqual([`ethtool -K ${iface} gro off`]);
  });

  it('undoes any wish to the same text', async () => {
    const wishes = fc.dictionary(fc.constantFrom(...offloadNames), fc.boolean(), { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(wishes, async (wish) => {
        await roundTrip(iface, wish);
      }),
      { numRuns: 15 },
    );
  });
});

describe('what was requested', () => {
  it('comes back with tx, though switching tx off made tso inactive', async () => {
    expect(await roundTrip('v0', { tx: false, tso: true })).toEqual(['ethtool -K v0 tx off']);
  });

  it('is told apart from what is active', async (context) => {
    await requireFeature(context, tapDevices);
    const observed = await ethtoolResource.read('tap0', lab.ports, AbortSignal.timeout(20_000));
    expect(observed).toMatchObject({
      features: {
        'tx-tcp-segmentation': { active: false, requested: true, fixed: false },
        'rx-lro': { active: false, requested: false, fixed: true },
      },
    });
  });

  it('is not_found for an interface that is not there', async () => {
    const reading = ethtoolResource.read('none0', lab.ports, AbortSignal.timeout(20_000));
    await expect(reading).rejects.toMatchObject({ code: 'not_found' });
  });
});
