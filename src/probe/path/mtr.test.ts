import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainHops, simulatePath, type SimulatedHop } from '../../../tests/probe/simulated-path.ts';
import { NetError } from '../../model/errors.ts';
import { mtr, reportOf, type MtrReport } from './mtr.ts';
import { parseMtrReport } from './mtr-report.ts';
import { createProber } from './prober.ts';

const measure = async (hops: readonly SimulatedHop[], rounds = 10, open = true): Promise<MtrReport> => {
  const { signal } = new AbortController();
  const target = hops.at(-1)?.addresses[0] ?? '';
  const prober = createProber(simulatePath(hops, { open }), target, signal);
  const request = { target, rounds, intervalMs: 20, timeoutMs: 150, maxHops: 20 };
  try {
    return await mtr(prober, request, { signal, progress: () => undefined });
  } finally {
    prober.close();
  }
};

const withHop = (count: number, hop: number, change: Partial<SimulatedHop>): SimulatedHop[] =>
  plainHops(count).map((plain, index) => (index === hop - 1 ? { ...plain, ...change } : plain));

describe('mtr', () => {
  test('D-27: a router that answers a few probes only is marked, and the path has no loss', async () => {
    const report = await measure(withHop(4, 2, { silent: (n) => n > 3 }));
    expect(report).toMatchObject({ reached: true, targetLossPercent: 0, lossBeginsAt: null, issues: [] });
    expect(report.hops[1]).toMatchObject({ received: 4, sent: 10, loss_percent: 60, rate_limited: true });
    expect(report.hops.filter(({ rate_limited: marked }) => marked)).toHaveLength(1);
  });

  test('D-27: a hop that never answers stays in the list', async () => {
    const report = await measure(withHop(4, 2, { silent: () => true }));
    expect(report.hops.map(({ ip }) => ip)).toEqual(['192.0.2.1', null, '192.0.2.3', '192.0.2.4']);
    expect(report.hops[1]).toMatchObject({ loss_percent: 100, loss_is: 'icmp_silence', avg_ms: null });
  });

  test('loss that lasts to the target is named where it begins', async () => {
    const report = await measure(withHop(4, 3, { loses: (n) => n % 3 === 0 }), 40);
    expect(report.lossBeginsAt).toBe(3);
    expect(report.issues[0]).toContain('begins at hop 3');
  });

  test('statistics', async () => {
    const report = await measure(withHop(3, 3, { delayMs: 60 }));
    const target = report.hops[2];
    expect(target?.best_ms).toBeGreaterThan(50);
    expect(target?.worst_ms).toBeGreaterThanOrEqual(target?.best_ms ?? Infinity);
    expect(target?.stddev_ms).toBeGreaterThanOrEqual(0);
    expect(report.latencySteps).toContainEqual(expect.objectContaining({ hop_number: 3 }));
  });

  test('one round has no jitter and no spread', async () => {
    const { hops } = await measure(plainHops(2), 1);
    expect(hops.map(({ sent, jitter_ms, stddev_ms }) => [sent, jitter_ms, stddev_ms])).toEqual([
      [1, null, 0],
      [1, null, 0],
    ]);
  });

  test('a target that never answers is not reached, and nothing is called a rate limit behind the last answer', async () => {
    const report = await measure(withHop(3, 3, { silent: () => true }), 3);
    expect(report).toMatchObject({ reached: false, targetLossPercent: null });
    expect(report.hops.slice(2).some(({ rate_limited: marked }) => marked)).toBe(false);
  });
});

const hub = (count: number, host: string, loss: number) => ({
  ...{ count, host, 'Loss%': loss, Snt: 10 },
  ...{ Last: 1.5, Avg: 1.4, Best: 1.1, Wrst: 2, StDev: 0.2 },
});
const reportText = (...hubs: unknown[]): string =>
  JSON.stringify({ report: { mtr: { src: 'host', dst: '192.0.2.3', tests: 10 }, hubs } });

describe('parseMtrReport', () => {
  test('D-27: reached by the address, silent hops kept, rate limits marked', () => {
    const text = reportText(hub(1, '192.0.2.1', 50), hub(2, '???', 100), hub(3, '192.0.2.3', 0));
    const report = reportOf(parseMtrReport(text, '192.0.2.3'), { total: 3, udp: false });
    expect(report).toMatchObject({ reached: true, totalHops: 3, lossBeginsAt: null, issues: [] });
    expect(report.hops).toMatchObject([
      { ip: '192.0.2.1', loss_percent: 50, received: 5, rate_limited: true },
      { ip: null, loss_percent: 100, avg_ms: null, rate_limited: true },
      { ip: '192.0.2.3', is_destination: true, loss_is: 'none' },
    ]);
  });

  test('older programs write the count as text', () => {
    expect(parseMtrReport(reportText({ ...hub(1, '192.0.2.3', 0), count: '1' }), '192.0.2.3')).toHaveLength(1);
  });

  test('anything else is a clear error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => reportText(json)),
        ),
        (text) => {
          try {
            parseMtrReport(text, '192.0.2.3');
          } catch (error) {
            expect(error).toBeInstanceOf(NetError);
          }
        },
      ),
    );
    expect(() => parseMtrReport('mtr: unable to get raw sockets', '192.0.2.3')).toThrow(NetError);
  });
});
