// The XDP and tcx rungs among others: another's program stays, ours goes with its process, and who may attach them.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Namespace } from '../helpers/netns.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { addresses, connectPair, type Counting, startCounting } from './counters.ts';
import { joinedBpfTest as kernelTest } from './joined-test.ts';
import { bpfFeature, tcxFeature } from './features.ts';

const xdp = { rung: 'xdp', direction: 'incoming', talkers: 'none' } as const;
const tcx = (direction: 'incoming' | 'outgoing') => ({ rung: 'tcx', direction, talkers: 'none' }) as const;
const all = [xdp, tcx('incoming'), tcx('outgoing')];

const pings = async (namespace: Namespace, address: string): Promise<void> => {
  await namespace.exec('ping', '-q', '-i', '0.002', '-c', '100', address);
};

const placesSchema = z.array(z.number());

/** Whether an XDP program is attached to v0, and how many tcx programs are: incoming, outgoing. */
const attached = async (namespace: Namespace, observer: Counting): Promise<unknown> => [
  (await namespace.exec('ip', '-d', 'link', 'show', 'v0')).includes('xdp'),
  ...placesSchema.parse(JSON.parse(await observer.agent.ask('programs'))),
];

// D-33: theirs fails with EBUSY.
kernelTest('another XDP program stays, and tcx counts beside it', async ({ namespace, peer }) => {
  const foreign = await startCounting(namespace, [xdp, tcx('incoming')]);
  const ours = await startCounting(namespace, [xdp, tcx('incoming')]);
  expect(ours.opened).toMatchObject({ opened: [{ rung: 'tcx' }], error: { code: 'rung_taken' } });
  expect(ours.opened.error?.message).toBe(
    'Attaching generic XDP to v0 is not possible: another XDP program is attached to v0.',
  );
  await pings(peer, addresses.here[0]);
  expect((await foreign.read()).counted.map(({ packets }) => packets >= 100)).toEqual([true, true]);
  expect((await ours.read()).counted.map(({ packets }) => packets >= 100)).toEqual([true]);
  expect(await attached(namespace, ours)).toEqual([true, 2, 0]);
  await ours.agent.end();
  expect(await attached(namespace, foreign)).toEqual([true, 1, 0]);
  await foreign.agent.end();
});

kernelTest('close detaches at once, and more closes do nothing', async ({ namespace, peer }) => {
  expect(peer.name).not.toBe(namespace.name);
  const counting = await startCounting(namespace, all);
  expect(counting.opened).toMatchObject({ opened: [{ rung: 'xdp' }, { rung: 'tcx' }, { rung: 'tcx' }] });
  expect(await attached(namespace, counting)).toEqual([true, 1, 1]);
  await counting.agent.ask('close');
  expect(await attached(namespace, counting)).toEqual([false, 0, 0]);
  await counting.agent.ask('close');
  expect(await counting.agent.end()).toBe(0);
});

kernelTest('nothing is left when the process is killed', async ({ namespace, peer }) => {
  const observer = await startCounting(namespace, []);
  const pinging = pings(peer, addresses.here[0]);
  for (let round = 0; round < 5; round += 1) {
    const counting = await startCounting(namespace, all);
    expect(await attached(namespace, observer)).toEqual([true, 1, 1]);
    await counting.agent.kill();
    // The kernel frees a link of a dead process a moment later.
    let left = await attached(namespace, observer);
    for (let tries = 0; tries < 200 && JSON.stringify(left) !== '[false,0,0]'; tries += 1) {
      await sleep(25);
      left = await attached(namespace, observer);
    }
    expect(left).toEqual([false, 0, 0]);
  }
  await pinging;
  await observer.agent.end();
});

/** A user without any capability but these; by number, since older programs do not know the names. */
const userWith = (...capabilities: number[]): string[] => {
  const set = ['-all', ...capabilities.map((capability) => `+cap_${capability}`)].join(',');
  const ids = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
  return ['setpriv', ...ids, `--bounding-set=${set}`, `--inh-caps=${set}`, `--ambient-caps=${set}`];
};
const capability = { CAP_NET_ADMIN: 12, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

kernelTest('an ordinary user with three capabilities may count', async ({ namespace, peer, task, skip }) => {
  await requireFeature({ task, skip }, otherUsers);
  const counting = await startCounting(namespace, all, { wrapper: userWith(...Object.values(capability)) });
  expect(counting.opened).toMatchObject({ opened: [{ rung: 'xdp' }, { rung: 'tcx' }, { rung: 'tcx' }] });
  await pings(peer, addresses.here[0]);
  expect((await counting.read()).counted.map(({ packets }) => packets >= 100)).toEqual([true, true, true]);
  await counting.agent.end();
});

const lacking = {
  none: [],
  CAP_BPF: ['CAP_BPF'],
  CAP_NET_ADMIN: ['CAP_NET_ADMIN'],
  'CAP_BPF and CAP_NET_ADMIN': ['CAP_BPF', 'CAP_NET_ADMIN'],
} as const;

kernelTest.for(Object.entries(lacking))(
  'an ordinary user with %s is told what is missing',
  async ([, has], { namespace, peer, task, skip }) => {
    expect(peer.name).not.toBe(namespace.name);
    await requireFeature({ task, skip }, otherUsers);
    const wrapper = userWith(...has.map((name) => capability[name]));
    const missing = (['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'] as const).filter(
      (name) => !has.some((one) => one === name),
    );
    for (const counter of all) {
      const { opened, agent } = await startCounting(namespace, [counter], { wrapper });
      expect(opened).toMatchObject({
        opened: [],
        error: { code: 'not_permitted', details: { missing_capabilities: missing } },
      });
      expect(opened.error?.hint).toContain(missing.join(', '));
      await agent.end();
    }
  },
);

kernelTest('an MTU of 9000, and loopback', async ({ namespace, openNamespace, task, skip }) => {
  await requireFeature({ task, skip }, bpfFeature);
  await requireFeature({ task, skip }, tcxFeature);
  const peer = await openNamespace();
  await connectPair(namespace, peer, 9000);
  const big = await startCounting(namespace, all);
  await peer.exec('ping', '-q', '-i', '0.01', '-s', '8972', '-M', 'do', '-c', '50', addresses.here[0]);
  for (const counts of (await big.read()).counted) {
    expect(counts.protocols.find(({ family, protocol }) => family === 'ipv4' && protocol === 1)).toMatchObject({
      packets: 50,
      bytes: 50 * 9014,
    });
    expect(counts.sizes.at(-1)).toBe(50);
  }
  await big.agent.end();

  const lo = await startCounting(namespace, all, { iface: 'lo' });
  await namespace.exec('ping', '-q', '-i', '0.01', '-c', '50', '::1');
  for (const counts of (await lo.read()).counted)
    expect(counts).toMatchObject({
      packets: 100,
      bytes: 100 * 118,
      multicast: 0,
      protocols: [{ family: 'ipv6', protocol: 58, packets: 100 }],
    });
  await lo.agent.end();
});

kernelTest('an interface that goes away while it is counted', async ({ namespace, peer }) => {
  const counting = await startCounting(namespace, all);
  await pings(peer, addresses.here[0]);
  const before = (await counting.read()).counted.map(({ packets }) => packets);
  await namespace.exec('ip', 'link', 'delete', 'v0');
  // What was counted is still told.
  const { counted, link } = await counting.read();
  expect(link).toBeUndefined();
  expect(counted.map(({ packets }, index) => packets >= (before[index] ?? Infinity))).toEqual([true, true, true]);
  expect(await counting.agent.end()).toBe(0);
});
