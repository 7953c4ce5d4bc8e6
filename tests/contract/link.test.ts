// The link resource on the real kernel: what the knob accepts for a device the device takes, and undo gives back `ip -d link`.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { mtuKnob } from '../../src/knobs/mtu.ts';
import { linkResource } from '../../src/resources/link.ts';
import { makeContext, makeInterface, makeSnapshot } from '../helpers/knob-context.ts';
import { type Lab, bringAbout, openLab } from '../helpers/namespace-ports.ts';
import { requireFeature, tapDevices } from '../helpers/skip.ts';

const policy = await loadPolicy();
let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

describe.each([
  ['v0', 68, 65535],
  ['ifb9', 68, 0],
  ['tap0', 68, 65521],
])('MTU of %s', (iface, min_mtu, max_mtu) => {
  beforeEach(async (context) => {
    if (iface === 'tap0') await requireFeature(context, tapDevices);
  });

  it('takes what the knob accepts, and goes back', async () => {
    const dump = () => lab.namespace.exec('ip', '-d', 'link', 'show', 'dev', iface);
    const facts = makeInterface({ name: iface, min_mtu, max_mtu });
    const context = makeContext(policy, { iface, snapshot: makeSnapshot({ interfaces: { [iface]: facts } }) });
    const sizes = fc.oneof(fc.constantFrom(576, 1280, 1500, 9000, 65521, 65535), fc.integer({ min: 0, max: 70_000 }));
    await fc.assert(
      fc.asyncProperty(sizes, async (mtu) => {
        const [fragment] = mtuKnob.fragments(mtu, context).fragments;
        fc.pre(fragment !== undefined);
        const before = await dump();
        const applied = await bringAbout(linkResource, iface, fragment.part, lab.ports);
        expect(applied.differences).toEqual([]);
        expect(applied.after).toEqual({ mtu });
        await bringAbout(linkResource, iface, { mtu: 1500 }, lab.ports);
        expect(await dump()).toBe(before);
      }),
      { numRuns: 15 },
    );
  });
});

describe('the link resource', () => {
  it('says what a person would type', async () => {
    const { texts } = await bringAbout(linkResource, 'v0', { mtu: 1400 }, lab.ports);
    expect(texts).toEqual(['ip link set dev v0 mtu 1400']);
  });

  it('says not_found where there is no interface', async () => {
    const reading = linkResource.read('none0', lab.ports, AbortSignal.timeout(20_000));
    await expect(reading).rejects.toMatchObject({ code: 'not_found' });
  });
});
