// Rings and coalescing on the real kernel: devices of a namespace have no rings, and only a tap coalesces (rx_frames alone);
// what they lack is refused by name, what they have goes there and back.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coalescingKnob } from '../../src/knobs/coalescing.ts';
import { ringsKnob } from '../../src/knobs/rings.ts';
import { coalescingResource } from '../../src/resources/coalescing.ts';
import { ringsResource } from '../../src/resources/rings.ts';
import { makeContext, makeSnapshot } from '../helpers/knob-context.ts';
import { type Lab, bringAbout, openLab } from '../helpers/namespace-ports.ts';
import { requireFeature, tapDevices } from '../helpers/skip.ts';
import { smallPolicy } from '../helpers/small-policy.ts';

const policy = smallPolicy();
let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const nic = [
  { resource: ringsResource, knob: ringsKnob, wish: { rx: 512 } },
  { resource: coalescingResource, knob: coalescingKnob, wish: { rx_usecs: 30 } },
];

describe.each(nic)('$resource.id', ({ resource, knob, wish }) => {
  it.each(['v0', 'ifb9'])('of %s, whose driver has none', async (iface) => {
    const observed = await resource.read(iface, lab.ports, AbortSignal.timeout(20_000));
    expect(observed).toBeNull();
    const snapshot = makeSnapshot({ observed: { [`${resource.id}:${iface}`]: observed } });
    const { fragments, findings } = knob.fragments(wish, makeContext(policy, { iface, snapshot }));
    expect(fragments).toEqual([]);
    expect(findings).toEqual([expect.objectContaining({ severity: 'error', code: 'missing_kernel_feature' })]);
  });

  it('is not_found for an interface that is not there', async () => {
    const reading = resource.read('none0', lab.ports, AbortSignal.timeout(20_000));
    await expect(reading).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('coalescing of a tap', () => {
  const tap = async () => {
    const observed = await coalescingResource.read('tap0', lab.ports, AbortSignal.timeout(20_000));
    const snapshot = makeSnapshot({ observed: { 'coalescing:tap0': observed } });
    return { observed, snapshot, context: makeContext(policy, { iface: 'tap0', snapshot }) };
  };

  it('takes what the knob accepts, and goes back to the same text', async (test) => {
    await requireFeature(test, tapDevices);
    const text = () => lab.namespace.exec('ethtool', '-c', 'tap0');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 64 }), async (rx_frames) => {
        const before = await text();
        const { observed, snapshot, context } = await tap();
        const { fragments, findings } = coalescingKnob.fragments({ rx_frames }, context);
        expect(findings).toEqual([]);
        const original = coalescingResource.current('tap0', observed, {
          snapshot,
          committed: undefined,
          takeover: false,
        });
        const parts = fragments.map(({ part }) => ({ iface: 'tap0', knob: 'coalescing', part }));
        const { state } = coalescingResource.compose('tap0', parts, { snapshot, original });
        const applied = await bringAbout(coalescingResource, 'tap0', state, lab.ports);
        expect(applied).toMatchObject({ differences: [], after: { rx_frames } });
        const undone = await bringAbout(coalescingResource, 'tap0', original, lab.ports);
        expect(undone.differences).toEqual([]);
        expect(await text()).toBe(before);
      }),
      { numRuns: 15 },
    );
  });

  it('refuses by name what the driver lacks', async (test) => {
    await requireFeature(test, tapDevices);
    const { context } = await tap();
    const { fragments, findings } = coalescingKnob.fragments({ adaptive_rx: true, rx_usecs: 30 }, context);
    expect(fragments).toEqual([]);
    expect(findings.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'changes.coalescing.adaptive_rx missing_kernel_feature',
      'changes.coalescing.rx_usecs missing_kernel_feature',
    ]);
  });

  it('shows as a difference what the driver keeps otherwise', async (test) => {
    await requireFeature(test, tapDevices);
    const { differences } = await bringAbout(coalescingResource, 'tap0', { rx_frames: 100 }, lab.ports);
    expect(differences).toEqual([{ path: 'coalescing.tap0.rx_frames', current: '64', desired: '100' }]);
    await bringAbout(coalescingResource, 'tap0', { rx_frames: 0 }, lab.ports);
  });
});
