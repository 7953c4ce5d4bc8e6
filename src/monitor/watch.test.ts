import { expect, test } from 'vitest';
import { quietLink } from '../../tests/monitor/link-sample.ts';
import { NetError } from '../model/errors.ts';
import type { LinkStatistics, Rung } from '../model/traffic.ts';
import { watch, type EarlyEnd, type Tick } from './watch.ts';

const link = (iface: string, ifindex: number): LinkStatistics => ({ ...quietLink, iface, ifindex });

interface Scene {
  durationMs: number;
  intervalMs: number;
  rung?: Rung;
  /** Packets counted at a time, and the interfaces there then; the clock starts at 0. */
  packetsAt?: (ms: number) => number;
  linksAt?: (ms: number) => LinkStatistics[];
  /** Milliseconds that each wait takes longer than asked for. */
  lateMs?: number;
  /** What is read after the first reading takes so long. */
  afterFirstMs?: number;
  /** What happened, in order. */
  told?: string[];
}

const run = async ({
  durationMs,
  intervalMs,
  rung = 'xdp',
  packetsAt,
  linksAt,
  lateMs = 0,
  afterFirstMs = 0,
  told,
}: Scene) => {
  let clock = 0;
  const ticks: Tick[] = [];
  const watched = await watch(
    {
      opened: [
        {
          direction: 'incoming',
          refused: [],
          counter: {
            rung,
            note: '',
            talkers: async () => undefined,
            close: async () => undefined,
            read: async () => {
              const packets = packetsAt?.(clock) ?? clock;
              told?.push(`read ${clock}`);
              if (packets < 0) throw new NetError('not_found', 'gone', 'gone');
              return {
                packets: BigInt(packets),
                bytes: BigInt(packets) * 100n,
                wirePackets: undefined,
                wireBytes: undefined,
                protocols: undefined,
                multicast: undefined,
                broadcast: undefined,
                sizes: undefined,
              };
            },
          },
        },
      ],
      iface: 'v0',
      ifindex: 7,
      statistics: async () => linksAt?.(clock) ?? [link('v0', 7)],
      durationMs,
      intervalMs,
      afterFirst: async () => {
        told?.push('after first');
        clock += afterFirstMs;
      },
      beforeLast: async () => {
        told?.push('before last');
      },
      onTick: (tick) => {
        ticks.push(tick);
      },
      now: () => clock,
      wait: async (ms) => {
        clock += ms + lateMs;
      },
    },
    new AbortController().signal,
  );
  return { watched, ticks };
};

test('each interval is measured, and the last one takes a short rest with it', async () => {
  const { watched } = await run({ durationMs: 5400, intervalMs: 1000 });
  const [incoming] = watched.directions;
  expect(incoming?.intervals.map(({ seconds }) => seconds)).toEqual([1, 1, 1, 1, 1.4]);
  expect(incoming?.counts.packets).toBe(5400n);
  expect([watched.seconds, watched.ended]).toEqual([5.4, undefined]);
});

test('what is read beside the counters is read inside of their window', async () => {
  const told: string[] = [];
  await run({ durationMs: 2000, intervalMs: 1000, told });
  expect(told).toEqual(['read 0', 'after first', 'read 1000', 'before last', 'read 2000']);
});

test('a window that is over before it is looked at has one interval, of the time it took', async () => {
  const { watched } = await run({ durationMs: 1000, intervalMs: 200, afterFirstMs: 1500 });
  expect(watched.directions[0]?.intervals).toEqual([{ seconds: 1.501, packets: 1501, bytes: 150_100 }]);
});

test('a timer that fires early makes no interval of its own', async () => {
  const { watched } = await run({ durationMs: 3000, intervalMs: 1000, lateMs: -0.4, packetsAt: Math.floor });
  const lengths = watched.directions[0]?.intervals.map(({ seconds }) => Math.round(seconds * 100)) ?? [];
  expect(lengths).toEqual([100, 100, 100]);
});

test('a slow host has longer intervals and fewer of them, with the right rates', async () => {
  const { watched } = await run({ durationMs: 3000, intervalMs: 500, lateMs: 300 });
  const [incoming] = watched.directions;
  expect(watched.seconds).toBeGreaterThanOrEqual(3);
  for (const { seconds, packets } of incoming?.intervals ?? []) expect(packets / seconds).toBeCloseTo(1000);
});

test.each<[string, EarlyEnd, Partial<Scene>]>([
  ['goes away', 'vanished', { linksAt: (ms) => (ms < 2500 ? [link('v0', 7)] : [link('lo', 1)]) }],
  ['comes back as another', 'recreated', { linksAt: (ms) => (ms < 2500 ? [link('v0', 7)] : [link('v0', 8)]) }],
  [
    'is renamed under nft',
    'renamed',
    { rung: 'nft', linksAt: (ms) => (ms < 2500 ? [link('v0', 7)] : [link('w0', 7)]) },
  ],
  ['has its counters set back', 'reset', { packetsAt: (ms) => (ms < 2500 ? ms : 5) }],
  ['has no counter left', 'reset', { packetsAt: (ms) => (ms < 2500 ? ms : -1) }],
])('an interface that %s ends the window with what was seen', async (_what, ended, scene) => {
  const { watched, ticks } = await run({ durationMs: 9000, intervalMs: 1000, ...scene });
  expect(watched.ended).toBe(ended);
  expect(watched.directions[0]?.counts.packets).toBe(2000n);
  expect(ticks.length).toBe(2);
});

test('a renamed interface is counted on by what holds on to the device', async () => {
  const linksAt = (ms: number): LinkStatistics[] => [link(ms < 2500 ? 'v0' : 'w0', 7)];
  const { watched } = await run({ durationMs: 4000, intervalMs: 1000, linksAt });
  expect([watched.ended, watched.nameNow, watched.directions[0]?.counts.packets]).toEqual([undefined, 'w0', 4000n]);
});

test('another interface that takes the name is not taken for it', async () => {
  const other = { ...link('v0', 5), rxDropped: 9n };
  const linksAt = (ms: number): LinkStatistics[] => (ms < 2500 ? [link('v0', 7)] : [other, link('w0', 7)]);
  const { watched } = await run({ durationMs: 4000, intervalMs: 1000, linksAt });
  expect(watched.last).toMatchObject({ iface: 'w0', rxDropped: 0n });
});

test('an interface that is gone before the first reading is an error', async () => {
  await expect(run({ durationMs: 4000, intervalMs: 1000, linksAt: () => [] })).rejects.toMatchObject({
    code: 'not_found',
  });
});
