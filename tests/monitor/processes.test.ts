// Counting by socket at the root cgroup: what each socket sent and received through one interface, and nothing of another one.
import { expect } from 'vitest';
import * as z from 'zod';
import { kernelTest } from '../helpers/kernel-test.ts';
import { requireFeature } from '../helpers/skip.ts';
import { startWrapped } from './agent.ts';
import { addresses, connectPair, indexOf } from './counters.ts';
import { bpfFeature, cgroupFeature, mountedCgroupFeature } from './features.ts';

/** `ip netns exec` mounts a /sys of its own, without cgroups: one is mounted for the agent alone, or the one it was started beside is used. */
const withCgroups = ['sh', '-c', 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', 'sh'];

/** Any text with this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

const countsSchema = z.array(
  z.object({ direction: z.string(), socketCookie: z.string(), packets: z.string(), bytes: z.string() }),
);

kernelTest.for([
  ['mounted here', withCgroups],
  ['mounted where it was started', []],
] as const)(
  'counts by socket what goes through one interface, cgroups %s',
  async ([, wrapper], { namespace, openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    await requireFeature({ task, skip }, wrapper.length > 0 ? cgroupFeature : mountedCgroupFeature);
    const peer = await openNamespace();
    await connectPair(namespace, peer);
    const index = String(await indexOf(namespace, 'v0'));
    const agent = startWrapped(namespace, wrapper, 'processes-agent.ts', index);
    const { note, error } = z
      .object({ note: z.string().optional(), error: z.unknown().optional() })
      .parse(JSON.parse(await agent.line()));
    expect(error).toBeUndefined();
    await namespace.exec('ping', '-q', '-i', '0.002', '-c', '100', addresses.there[0]);
    await namespace.exec('ping', '-q', '-i', '0.002', '-c', '50', addresses.there[1]);
    await namespace.exec('ping', '-q', '-i', '0.002', '-c', '70', '127.0.0.1');
    // Another namespace, whose interface has the same index.
    await peer.exec('ping', '-q', '-i', '0.002', '-c', '30', addresses.here[0]);
    const counts = countsSchema.parse(JSON.parse(await agent.ask('read')));
    const line = ({ direction, packets, bytes }: (typeof counts)[number]): string => `${direction} ${packets} ${bytes}`;
    const ours = ['incoming 100 8400', 'outgoing 100 8400', 'incoming 50 5200', 'outgoing 50 5200'].sort();
    expect(
      counts
        .map(line)
        .filter((told) => ours.includes(told))
        .sort(),
    ).toEqual(ours);
    // This side's answers to the peer belong to no process: the kernel sends them by a socket of its own, one for each processor.
    const rest = counts.filter((count) => !ours.includes(line(count)));
    const echoes = (direction: string, size: number): number =>
      rest
        .filter((count) => count.direction === direction && Number(count.bytes) === size * Number(count.packets))
        .reduce((sum, { packets }) => sum + Number(packets), 0);
    expect(echoes('outgoing', 84)).toBeGreaterThanOrEqual(30);
    if (note === undefined)
      expect([echoes('outgoing', 84), echoes('incoming', 84), echoes('outgoing', 104)]).toEqual([30, 0, 0]);
    const cookies = new Set(counts.filter(({ packets }) => packets === '100').map(({ socketCookie }) => socketCookie));
    expect(cookies.size).toBe(1);
    expect(cookies).not.toContain('0');
    expect(await agent.end()).toBe(0);
  },
);

kernelTest('without cgroups it says what is missing', async ({ namespace }) => {
  // In a PID namespace of its own it does not see who started it.
  const alone = ['unshare', '--pid', '--fork', '--mount-proc'];
  const agent = startWrapped(namespace, alone, 'processes-agent.ts', '1');
  expect(JSON.parse(await agent.line())).toMatchObject({
    error: { code: 'missing_kernel_feature', hint: containing('/sys/fs/cgroup') },
  });
  expect(await agent.end()).toBe(0);
});
