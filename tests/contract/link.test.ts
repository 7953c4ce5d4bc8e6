// The link resource on the real kernel: what the knob accepts for a device the device takes, and undo gives back `ip -d link`.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { mtuKnob } from '../../src/knobs/mtu.ts';
import { txqueuelenKnob } from '../../src/knobs/txqueuelen.ts';
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
        expect(applied.after).toMatchObject({ mtu });
        await bringAbout(linkResource, iface, { mtu: 1500 }, lab.ports);
        expect(await dump()).toBe(before);
      }),
      { numRuns: 15 },
    );
  });
});

describe.each(['v0', 'ifb9', 'tap0'])('txqueuelen of %s', (iface) => {
  beforeEach(async (context) => {
    if (iface === 'tap0') await requireFeature(context, tapDevices);
  });

  it('takes any length, alone or with an MTU, and goes back', async () => {
    const dump = () => lab.namespace.exec('ip', '-d', 'link', 'show', 'dev', iface);
    const lengths = fc.oneof(fc.constantFrom(1, 1000, 100_000), fc.integer({ min: 1, max: 20_000 }));
    await fc.assert(
      fc.asyncProperty(lengths, fc.option(fc.integer({ min: 1280, max: 9000 })), async (length, mtu) => {
        const before = await dump();
        const observed = await linkResource.read(iface, lab.ports, AbortSignal.timeout(20_000));
        const snapshot = makeSnapshot({ observed: { [`link:${iface}`]: observed } });
        const original = linkResource.current(iface, observed, { snapshot, committed: undefined, takeover: false });
        const { fragments } = txqueuelenKnob.fragments(length, makeContext(policy, { iface, snapshot }));
        const wished = [...(mtu === null ? [] : [{ part: { mtu } }]), ...fragments];
        const parts = wished.map(({ part }, index) => ({ iface, knob: `knob${index}`, part }));
        const { state } = linkResource.compose(iface, parts, { snapshot, original });
        const expected = linkResource.expected(iface, state, observed);
        const applied = await bringAbout(linkResource, iface, state, lab.ports);
        expect(applied.differences).toEqual([]);
        expect(applied.after).toEqual(expected);
        expect(await dump()).toContain(`qlen ${length}`);
        const undone = await bringAbout(linkResource, iface, original, lab.ports);
        expect(undone.differences).toEqual([]);
        expect(await dump()).toBe(before);
      }),
      { numRuns: 15 },
    );
  });

  it('stays as it was when the kernel has no memory for so long a queue', async () => {
    const before = await linkResource.read(iface, lab.ports, AbortSignal.timeout(20_000));
    const outcome = await bringAbout(linkResource, iface, { txqueuelen: 0x7fffffff }, lab.ports).then(
      ({ differences }) => differences,
      (failure: unknown) => String(failure),
    );
    // Only qdiscs and drivers that make room beforehand refuse.
    const refuses = iface !== 'v0';
    expect(outcome).toEqual(refuses ? expect.stringContaining('Cannot allocate memory') : []);
    if (refuses) expect(await linkResource.read(iface, lab.ports, AbortSignal.timeout(20_000))).toEqual(before);
    await bringAbout(linkResource, iface, before, lab.ports);
  });

  it('reads a queue of length 0, which ip does not print, and goes back to it', async () => {
    const first = await linkResource.read(iface, lab.ports, AbortSignal.timeout(20_000));
    await lab.namespace.exec('ip', 'link', 'set', 'dev', iface, 'txqueuelen', '0');
    const { after } = await bringAbout(linkResource, iface, { txqueuelen: 5 }, lab.ports);
    expect(after).toMatchObject({ txqueuelen: 5 });
    const back = await bringAbout(linkResource, iface, { txqueuelen: 0 }, lab.ports);
    expect(back).toMatchObject({ differences: [], after: { txqueuelen: 0 } });
    await bringAbout(linkResource, iface, first, lab.ports);
  });
});

describe('the link resource', () => {
  it('says what a person would type', async () => {
    const { texts } = await bringAbout(linkResource, 'v0', { mtu: 1400 }, lab.ports);
    expect(texts).toEqual(['ip link set dev v0 mtu 1400']);
    await bringAbout(linkResource, 'v0', { mtu: 1500 }, lab.ports);
    const both = await bringAbout(linkResource, 'v0', { mtu: 1400, txqueuelen: 100 }, lab.ports);
    expect(both.texts).toEqual(['ip link set dev v0 mtu 1400 txqueuelen 100']);
  });

  it('says not_found where there is no interface', async () => {
    const reading = linkResource.read('none0', lab.ports, AbortSignal.timeout(20_000));
    await expect(reading).rejects.toMatchObject({ code: 'not_found' });
  });
});
