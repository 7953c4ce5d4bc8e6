// The steering resource on the real kernel: masks and counts as the knob makes them stand, and undo gives the files their former text.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packetSteeringKnob } from '../../src/knobs/packet-steering.ts';
import { nothingCommitted } from '../../src/model/snapshot.ts';
import { steeringObservedSchema } from '../../src/model/steering.ts';
import { steeringResource } from '../../src/resources/steering.ts';
import { makeContext, makeInterface, makeSnapshot } from '../helpers/knob-context.ts';
import { type Lab, bringAbout, openLab } from '../helpers/namespace-ports.ts';
import { smallPolicy } from '../helpers/small-policy.ts';

const policy = smallPolicy();
const { signal } = new AbortController();
let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const dump = () =>
  lab.namespace.exec('sh', '-c', 'cd /sys/class/net/v0/queues && grep -s . rx-*/rps_* tx-*/xps_cpus || true');

/** What the knob asks for on this interface as it stands, and what stands before. */
const ask = async (wish: unknown, iface = 'v0') => {
  const observed = await steeringResource.read(iface, lab.ports, signal);
  const snapshot = makeSnapshot({
    cpus: 2,
    interfaces: { [iface]: makeInterface({ name: iface }) },
    observed: { [`steering:${iface}`]: observed },
    committed: nothingCommitted,
  });
  const { fragments, findings } = packetSteeringKnob.fragments(wish, makeContext(policy, { iface, snapshot }));
  const original = steeringResource.current(iface, observed, { snapshot, committed: undefined, takeover: false });
  const parts = fragments.map(({ part }) => ({ iface, knob: 'packet_steering', part }));
  const { state } = steeringResource.compose(iface, parts, { snapshot, original });
  return { observed, state, original, findings };
};

describe('packet steering of v0', () => {
  it.each([
    [{ rps_cpus: '0' }, { 'rx-0/rps_cpus': '1' }],
    [
      { rps_cpus: '0', rps_flow_count: 100 },
      { 'rx-0/rps_cpus': '1', 'rx-0/rps_flow_cnt': '128' },
    ],
    [{ rps_flow_count: 65536 }, { 'rx-0/rps_flow_cnt': '65536' }],
  ])('%j stands and goes back', async (wish, expected) => {
    const before = await dump();
    const { observed, state, original } = await ask(wish);
    const applied = await bringAbout(steeringResource, 'v0', state, lab.ports);
    expect(applied.differences).toEqual([]);
    expect(steeringObservedSchema.parse(applied.after)?.queues).toMatchObject(expected);
    expect(applied.after).toEqual(steeringResource.expected('v0', state, observed));
    expect(await dump()).not.toBe(before);
    expect((await bringAbout(steeringResource, 'v0', state, lab.ports)).texts).toEqual([]);
    const undone = await bringAbout(steeringResource, 'v0', original, lab.ports);
    expect(undone.differences).toEqual([]);
    expect(undone.after).toEqual(observed);
    expect(await dump()).toBe(before);
  });

  it('says what a person would type, and that does it', async () => {
    const { state, original } = await ask({ rps_cpus: '0' });
    const { texts } = await bringAbout(steeringResource, 'v0', state, lab.ports);
    expect(texts).toEqual(['echo 1 > /sys/class/net/v0/queues/rx-0/rps_cpus']);
    await bringAbout(steeringResource, 'v0', original, lab.ports);
    await lab.namespace.exec('sh', '-c', texts.join('\n'));
    const after = await steeringResource.read('v0', lab.ports, signal);
    expect(steeringResource.differences('v0', state, after)).toEqual([]);
    await bringAbout(steeringResource, 'v0', original, lab.ports);
  });

  it('sends an XPS mask to every send queue, and takes it back', async () => {
    await lab.namespace.exec('sh', '-c', 'ip link add v2 numtxqueues 2 numrxqueues 2 type veth peer name v3');
    const files = () => lab.namespace.exec('sh', '-c', 'cd /sys/class/net/v2/queues && grep . tx-*/xps_cpus');
    const before = await files();
    const { state, original } = await ask({ xps_cpus: '1' }, 'v2');
    const applied = await bringAbout(steeringResource, 'v2', state, lab.ports);
    expect(applied.differences).toEqual([]);
    expect(await files()).toBe('tx-0/xps_cpus:2\ntx-1/xps_cpus:2\n');
    const undone = await bringAbout(steeringResource, 'v2', original, lab.ports);
    expect(undone.differences).toEqual([]);
    expect(await files()).toBe(before);
    await lab.namespace.exec('ip', 'link', 'del', 'v2');
    await expect(steeringResource.read('v2', lab.ports, signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('sees that it may write, and no interface where there is none', async () => {
    expect(await steeringResource.read('v0', lab.ports, signal)).toMatchObject({ writable: true });
    await expect(steeringResource.read('none0', lab.ports, signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses an interface that /sys does not show, rather than another one of its name', async () => {
    const elsewhere = { ...lab.ports.kernel, read: async () => '4711\n' };
    const reading = steeringResource.read('v0', { ...lab.ports, kernel: elsewhere }, signal);
    await expect(reading).rejects.toMatchObject({ code: 'missing_kernel_feature' });
  });
});
