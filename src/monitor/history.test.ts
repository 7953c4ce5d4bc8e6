import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { quietLink } from '../../tests/monitor/link-sample.ts';
import type { LinkStatistics } from '../model/traffic.ts';
import { counterStep } from './counter-step.ts';
import { createHistory, mostInterfaces, type HistoryRecorder } from './history.ts';
import { createRing } from './ring.ts';
import { startSampler } from './sampler.ts';

const link = (changes: Partial<LinkStatistics> = {}): LinkStatistics => ({ ...quietLink, ...changes });

const wall = 1_700_000_000_000;
/** Seconds since the beginning, of which the host slept some. */
const at = (seconds: number, slept = 0) => ({
  wall: wall + seconds * 1000,
  boot: 5000 + seconds * 1000,
  running: (seconds - slept) * 1000,
});

const watch = (names?: string[], preferred?: () => string | undefined): HistoryRecorder =>
  createHistory({ names, ...(preferred === undefined ? {} : { preferred }) });

describe('a counter', () => {
  it.each([
    [5n, 5n, 0n],
    [5n, 9n, 4n],
    [2n ** 32n - 10n, 5n, 15n],
    [2n ** 32n + 10n, 5n, undefined],
    [2n ** 31n, 5n, undefined],
    [2n ** 32n - 10n, 2n ** 31n, undefined],
    [2n ** 63n, 2n ** 63n + 7n, 7n],
  ])('from %s to %s went %s', (before, after, step) => {
    expect(counterStep(before, after)).toBe(step);
  });
});

describe('a ring', () => {
  it('keeps the newest rows in order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true })), fc.integer({ min: 1, max: 9 }), (values, capacity) => {
        const ring = createRing(capacity, 2);
        for (const value of values) ring.push([value, -value]);
        expect(ring.rows()).toEqual(values.slice(-capacity).map((value) => [value, -value]));
      }),
    );
  });
});

describe('the history', () => {
  it('has means by the second, in both directions', () => {
    const history = watch();
    history.add(at(0), [link({ rxPackets: 10n })]);
    expect(history.read('eth0', 60)).toEqual({ interval_s: 1, samples: [], missing: [] });
    history.add(at(1), [link({ rxPackets: 110n, rxBytes: 5000n, txPackets: 1n, txBytes: 60n })]);
    history.add(at(3), [link({ rxPackets: 110n, rxBytes: 5000n, txPackets: 5n, txBytes: 100n })]);
    expect(history.read('eth0', 60)?.samples).toEqual([
      {
        at: wall + 1000,
        inPacketsPerSecond: 100,
        inBytesPerSecond: 5000,
        outPacketsPerSecond: 1,
        outBytesPerSecond: 60,
      },
      { at: wall + 3000, inPacketsPerSecond: 0, inBytesPerSecond: 0, outPacketsPerSecond: 2, outBytesPerSecond: 20 },
    ]);
    expect(history.read('eth0', 60)?.missing).toEqual([]);
    expect(history.read('eth0', 2)?.samples).toHaveLength(1);
    expect(history.read('eth1', 60)).toBeUndefined();
  });

  it('keeps an hour', () => {
    const history = watch();
    for (let second = 0; second <= 4000; second += 1)
      history.add(at(second), [link({ rxPackets: BigInt(second) * 7n })]);
    const samples = history.read('eth0', 3600)?.samples ?? [];
    expect(samples).toHaveLength(3600);
    expect(samples[0]?.at).toBe(wall + 401_000);
    expect(new Set(samples.map(({ inPacketsPerSecond }) => inPacketsPerSecond))).toEqual(new Set([7]));
  });

  it('goes round with counters of 32 bits and says when they began anew', () => {
    const history = watch();
    history.add(at(0), [link({ rxBytes: 2n ** 32n - 100n, rxPackets: 5n })]);
    history.add(at(1), [link({ rxBytes: 400n, rxPackets: 6n })]);
    history.add(at(2), [link({ rxBytes: 0n, rxPackets: 0n })]);
    history.add(at(3), [link({ rxBytes: 10n, rxPackets: 1n })]);
    const { samples, missing } = history.read('eth0', 60) ?? {};
    expect(samples?.map(({ inBytesPerSecond }) => inBytesPerSecond)).toEqual([500, 10]);
    expect(missing).toEqual([{ from: wall + 1000, to: wall + 2000, reason: 'reset' }]);
  });

  it('says that the host slept, and that a reading came late', () => {
    const history = watch();
    history.add(at(0), [link()]);
    history.add(at(1), [link()]);
    history.add(at(601, 599), [link({ rxPackets: 9n })]);
    history.add(at(602, 599), [link({ rxPackets: 9n })]);
    history.add(at(620, 599), [link({ rxPackets: 900n })]);
    const { samples, missing } = history.read('eth0', 3600) ?? {};
    expect(samples?.map((sample) => sample.at)).toEqual([wall + 1000, wall + 602_000]);
    expect(missing).toEqual([
      { from: wall + 1000, to: wall + 601_000, reason: 'suspended' },
      { from: wall + 602_000, to: wall + 620_000, reason: 'late' },
    ]);
    // Only what lies in the time asked for.
    expect(history.read('eth0', 10)?.missing).toEqual([{ from: wall + 610_000, to: wall + 620_000, reason: 'late' }]);
  });

  it('has times by the clock as it is set now', () => {
    const history = watch();
    history.add(at(0), [link()]);
    history.add(at(1), [link()]);
    history.add({ ...at(2), wall: wall + 2000 + 3_600_000 }, [link()]);
    expect(history.read('eth0', 60)?.samples.map((sample) => sample.at)).toEqual([wall + 3_601_000, wall + 3_602_000]);
  });

  it('goes on over an interface that vanishes and comes back as another one', () => {
    const history = watch();
    history.add(at(0), [link({ rxPackets: 1000n })]);
    history.add(at(1), [link({ rxPackets: 1010n })]);
    history.add(at(2), []);
    history.add(at(3), []);
    history.add(at(4), [link({ ifindex: 9, rxPackets: 3n })]);
    history.add(at(5), [link({ ifindex: 9, rxPackets: 8n })]);
    history.add(at(6), [link({ ifindex: 10, rxPackets: 900n })]);
    const { samples, missing } = history.read('eth0', 60) ?? {};
    expect(samples?.map(({ inPacketsPerSecond }) => inPacketsPerSecond)).toEqual([10, 5]);
    expect(missing).toEqual([
      { from: wall + 1000, to: wall + 3000, reason: 'absent' },
      { from: wall + 3000, to: wall + 4000, reason: 'replaced' },
      { from: wall + 5000, to: wall + 6000, reason: 'replaced' },
    ]);
  });

  it('follows an interface to its new name, also when two change theirs', () => {
    const history = watch();
    history.add(at(0), [link(), link({ iface: 'eth1', ifindex: 3 })]);
    history.add(at(1), [link({ rxPackets: 5n }), link({ iface: 'eth1', ifindex: 3, rxPackets: 70n })]);
    history.add(at(2), [link({ iface: 'eth1', rxPackets: 10n }), link({ iface: 'eth0', ifindex: 3, rxPackets: 140n })]);
    const rates = (name: string) => history.read(name, 60)?.samples.map(({ inPacketsPerSecond }) => inPacketsPerSecond);
    expect(rates('eth1')).toEqual([5, 5]);
    expect(rates('eth0')).toEqual([70, 70]);
    history.add(at(3), [link({ iface: 'wan0', rxPackets: 10n })]);
    expect(rates('wan0')).toEqual([5, 5, 0]);
    expect(history.interfaces().toSorted()).toEqual(['eth0', 'wan0']);
  });

  it('watches what is up and no loopback, or what it was told', () => {
    const links = [
      link({ iface: 'lo', ifindex: 1, loopback: true }),
      link(),
      link({ iface: 'down0', ifindex: 3, up: false }),
    ];
    const usual = watch();
    usual.add(at(0), links);
    expect(usual.interfaces()).toEqual(['eth0']);
    const told = watch(['lo', 'down0', 'nosuch0']);
    told.add(at(0), links);
    expect(told.interfaces()).toEqual(['lo', 'down0']);
  });

  it('is bounded: the default route’s and what is watched already go before others, what is gone makes room', () => {
    const many = (from: number, count: number): LinkStatistics[] =>
      Array.from({ length: count }, (_, index) => link({ iface: `v${from + index}`, ifindex: from + index }));
    const history = watch(undefined, () => 'v1999');
    history.add(at(0), many(1000, 1000));
    expect(history.interfaces()).toHaveLength(mostInterfaces);
    expect(history.interfaces()).toContain('v1999');
    history.add(at(1), [...many(10, 5), ...many(1000, 1000)]);
    expect(history.interfaces()).not.toContain('v10');
    history.add(at(2), many(1003, 997));
    expect(history.interfaces()).not.toContain('v1000');
    expect(history.interfaces()).toContain('v1033');
    expect(history.interfaces()).toHaveLength(mostInterfaces);
  });

  it('keeps at most a hundred gaps', () => {
    const history = watch();
    for (let second = 0; second < 1000; second += 1) history.add(at(second), second % 2 === 0 ? [link()] : []);
    expect(history.read('eth0', 3600)?.missing.length).toBeLessThanOrEqual(100);
  });
});

describe('the sampler', () => {
  it('reads once a second, says a failure once, and goes on after it', async () => {
    vi.useFakeTimers();
    try {
      let second = 0;
      let broken = false;
      const warnings: string[] = [];
      const sampler = startSampler({
        names: undefined,
        statistics: () =>
          broken ? Promise.reject(new Error('no answer')) : Promise.resolve([link({ rxPackets: BigInt(second) })]),
        preferred: () => Promise.resolve('eth0'),
        now: () => at(second),
        warn: (message) => warnings.push(message),
      });
      const pass = async (): Promise<void> => {
        second += 1;
        await vi.advanceTimersByTimeAsync(1000);
      };
      await vi.advanceTimersByTimeAsync(1);
      await pass();
      await pass();
      expect(sampler.read('eth0', 60)?.samples).toHaveLength(2);
      broken = true;
      for (let count = 0; count < 5; count += 1) await pass();
      broken = false;
      await pass();
      await pass();
      expect(warnings).toEqual(['history: no answer']);
      expect(sampler.read('eth0', 60)?.samples).toHaveLength(3);
      expect(sampler.read('eth0', 60)?.missing).toEqual([{ from: wall + 2000, to: wall + 8000, reason: 'late' }]);
      sampler.stop();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
