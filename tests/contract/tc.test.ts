// The tc resource against this machine's kernel, on a veth, an ifb and a tap in a namespace of its own.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { obstacleOf, requireFeature, qdiscFeature, tapDevices } from '../helpers/skip.ts';
import { openNamespace } from '../helpers/netns.ts';
import type { Namespace } from '../helpers/netns.ts';
import { tcResource } from '../../src/resources/tc/resource.ts';
import { foreignRoots, tcCases } from './tc-cases.ts';
import {
  bringAbout,
  composeCase,
  dump,
  perform,
  read,
  roundTrip,
  sh,
  singleCommands,
  snapshotAt,
  takeOver,
} from './tc-round-trip.ts';
import type { Place } from './tc-round-trip.ts';

const devices = ['veth9', 'ifb9', 'tap9'] as const;
const tried = ['fq', 'fq_codel', 'cake', 'htb', 'tbf', 'sfq', 'netem'];

let namespace: Namespace;
let place: Place;

beforeAll(async () => {
  namespace = await openNamespace();
  await namespace.connect(namespace, { device: 'veth9' }, { device: 'peer9' });
  await namespace.addIfb('ifb9');
  if ((await obstacleOf(tapDevices)) === undefined) await namespace.addTap('tap9');
  const works = (kind: string): boolean => {
    const parameters = kind === 'tbf' ? ['rate', '1mbit', 'burst', '5000', 'latency', '10ms'] : [];
    return spawnSync('unshare', ['-n', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', kind, ...parameters]).status === 0;
  };
  place = {
    namespace: namespace.name,
    features: {
      qdiscs: ['pfifo_fast', 'pfifo', 'bfifo', 'ingress', ...tried.filter(works)],
      // The older of the two filters; the lab has both.
      classifiers: ['u32'],
      ...{ ifb: true, congestion_controls: [], conntrack: true, nftables: true, binaries: {} },
    },
  };
});
afterAll(() => namespace.remove());

const requireDevice = async (context: TestContext, device: string): Promise<void> => {
  if (device === 'tap9') await requireFeature(context, tapDevices);
};

/** The kinds a case needs are probed by their own means, so that a kernel that ought to have one cannot skip it. */
const requireKinds = async (context: TestContext, kinds: readonly string[]): Promise<void> => {
  // A tbf cannot be made without a rate and ingress not at the root: they are part of every kernel this runs on.
  for (const kind of kinds) if (kind !== 'tbf' && kind !== 'ingress') await requireFeature(context, qdiscFeature(kind));
};

describe.each([
  ['veth and ifb', ['veth9', 'ifb9']],
  ['tap', ['tap9']],
] as const)('a wish is made, read back and undone on %s', (_kinds, group) => {
  test.for(tcCases)('$name', async (entry, context) => {
    for (const device of group) await requireDevice(context, device);
    await requireKinds(context, entry.needs);
    for (const device of group) await roundTrip(place, device, entry);
  });
});

describe('a foreign root', () => {
  test.for(foreignRoots)('$name', async (entry, context) => {
    await requireKinds(context, entry.needs);
    await takeOver(place, 'ifb9', entry);
  });
});

const wish = {
  shaper: { egress_mbit: 20, ingress_mbit: 30 },
  htb_classes: [{ classid: '1:10', rate_mbit: 5, match: { dscp: 'EF' } }],
};

const compose = async (device: string, changes: Readonly<Record<string, unknown>> = wish) => {
  const observed = await read(place, device);
  const snapshot = snapshotAt(place, device, observed);
  const original = tcResource.current(device, observed, { snapshot, committed: undefined, takeover: false });
  return { observed, snapshot, original, ...composeCase(changes, device, snapshot, original) };
};

describe('half a tree', () => {
  test.for(devices)('stopped after any line, %s goes back or forward', async (device, context) => {
    await requireDevice(context, device);
    const before = dump(place, device);
    const { observed, state, original } = await compose(device);
    const steps = singleCommands(tcResource.commands(device, observed, state));
    expect(steps.length).toBeGreaterThan(10);
    for (let stop = 0; stop <= steps.length; stop += 1) {
      await perform(place, steps.slice(0, stop));
      await bringAbout(place, device, original);
      expect(dump(place, device), `undone after ${stop} lines`).toBe(before);
      await perform(place, steps.slice(0, stop));
      await bringAbout(place, device, state);
      expect(tcResource.differences(device, state, await read(place, device)), `made after ${stop} lines`).toEqual([]);
      const undo = singleCommands(tcResource.commands(device, await read(place, device), original));
      await perform(place, undo.slice(0, stop % (undo.length + 1)));
      await bringAbout(place, device, original);
      expect(dump(place, device), `undone after ${stop % (undo.length + 1)} lines of undoing`).toBe(before);
    }
  });
});

describe('what others made', () => {
  test('a clsact stays, egress can be shaped beside it, ingress is refused', async () => {
    sh(place, 'tc qdisc add dev veth9 clsact');
    sh(place, 'tc filter add dev veth9 ingress protocol ip pref 5 u32 match ip dport 9 0xffff flowid 1:1');
    const before = dump(place, 'veth9');
    await roundTrip(place, 'veth9', {
      changes: { shaper: { egress_mbit: 20 } },
      shows: [/^qdisc clsact/m, /^qdisc htb 1:/m],
    });
    const { findings } = await compose('veth9');
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'plan_refused', path: 'changes.shaper.ingress_mbit' }),
    );
    expect(dump(place, 'veth9')).toBe(before);
    sh(place, 'tc qdisc del dev veth9 clsact');
  });

  test('an ingress qdisc with a policer stays', async () => {
    sh(place, 'tc qdisc add dev ifb9 ingress');
    sh(place, 'tc filter add dev ifb9 parent ffff: protocol ip pref 5 u32 match ip dport 9 0xffff flowid 1:1');
    await roundTrip(place, 'ifb9', { changes: { shaper: { egress_mbit: 20 } }, shows: [/^qdisc ingress/m] });
    const { findings } = await compose('ifb9');
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'plan_refused', path: 'changes.shaper.ingress_mbit' }),
    );
    sh(place, 'tc qdisc del dev ifb9 ingress');
  });

  test('a link with the name of our ifb is refused', async () => {
    sh(place, 'ip link add nmifb-ifb9 type ifb');
    await expect(compose('ifb9')).rejects.toMatchObject({ code: 'plan_refused' });
    sh(place, 'ip link del nmifb-ifb9');
  });

  test('a filter, a class or a changed rate in our tree is a difference, and our undo takes it along', async () => {
    const before = dump(place, 'ifb9');
    const { state, original, snapshot } = await compose('ifb9');
    const intrusions = [
      'tc filter add dev ifb9 parent 1: protocol ip pref 5 u32 match ip dport 9 0xffff flowid 1:10',
      'tc class add dev ifb9 parent 1:1 classid 1:77 htb rate 1mbit',
      'tc class change dev ifb9 classid 1:10 parent 1:1 htb rate 6mbit',
      'tc qdisc replace dev ifb9 parent 1:10 handle 77: pfifo limit 9',
      'tc qdisc del dev ifb9 ingress',
      'tc qdisc del dev nmifb-ifb9 root',
      'ip link del nmifb-ifb9',
    ];
    for (const intrusion of intrusions) {
      await bringAbout(place, 'ifb9', state);
      sh(place, intrusion);
      const observed = await read(place, 'ifb9');
      expect(tcResource.differences('ifb9', state, observed), intrusion).not.toEqual([]);
      expect(
        () => tcResource.current('ifb9', observed, { snapshot, committed: state, takeover: false }),
        intrusion,
      ).toThrow(/left/);
      await bringAbout(place, 'ifb9', original);
      expect(dump(place, 'ifb9'), intrusion).toBe(before);
    }
  });

  test('an interface that is not there is named', async () => {
    await expect(read(place, 'nowhere9')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('properties', () => {
  const mbit = fc.integer({ min: 8, max: 2_000_000 }).map((thousandths) => thousandths / 1000);
  const tree = fc.record({
    shaper: fc.record({ egress_mbit: mbit }),
    htb_classes: fc.uniqueArray(
      fc.record({
        classid: fc.integer({ min: 2, max: 0xfffe }).map((minor) => `1:${minor.toString(16)}`),
        share: fc.integer({ min: 1, max: 100 }),
        priority: fc.integer({ min: 0, max: 7 }),
      }),
      { minLength: 1, maxLength: 6, selector: (entry) => entry.classid },
    ),
  });
  const bucket = fc.record(
    {
      rate_mbit: mbit,
      burst_bytes: fc.integer({ min: 3000, max: 1_000_000 }),
      latency_ms: fc.integer({ min: 1, max: 2000 }),
    },
    { requiredKeys: ['rate_mbit'] },
  );

  test(
    'every valid htb tree is taken by the kernel, read back without a difference, and undone',
    { timeout: 180_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(tree, async ({ shaper, htb_classes: list }) => {
          const total = list.reduce((sum, { share }) => sum + share, 0);
          const classes = list.map(({ classid, share, priority }) => ({
            ...{ classid, priority, match: { dscp: 'EF' } },
            rate_mbit: Math.max(0.008, (shaper.egress_mbit * share) / total / 2),
            ceil_mbit: shaper.egress_mbit,
          }));
          const fits = classes.reduce((sum, { rate_mbit: rate }) => sum + rate, 0) <= shaper.egress_mbit;
          fc.pre(fits);
          await roundTrip(place, 'ifb9', { changes: { shaper, htb_classes: classes }, shows: [/^qdisc htb 1: root/m] });
        }),
        { numRuns: 40 },
      );
    },
  );

  test('every valid tbf too', { timeout: 180_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(bucket, async (params) => {
        const changes = { qdisc: { type: 'tbf', params } };
        const { findings } = await compose('ifb9', changes);
        // The one refusal that these values can meet: a bucket of minutes or of a few microseconds.
        if (findings.some(({ message }) => /more than 60 s|less than 10 µs/.test(message))) return;
        await roundTrip(place, 'ifb9', { changes, shows: [/^qdisc tbf 1: root/m] });
      }),
      { numRuns: 40 },
    );
  });
});
