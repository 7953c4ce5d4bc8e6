import { expect, test } from 'vitest';
import { NetError } from '../../model/errors.ts';
import type { History } from '../../model/history.ts';
import { historyView } from './history-view.ts';

const sample = (second: number) => ({
  at: second * 1000,
  inPacketsPerSecond: second,
  inBytesPerSecond: second * 100,
  outPacketsPerSecond: 0,
  outBytesPerSecond: 0,
});
const history = (seconds: number): History => ({
  interfaces: () => ['eth0', 'x\u001b[2J'],
  read: (iface) =>
    iface === 'eth0'
      ? {
          interval_s: 1,
          samples: Array.from({ length: seconds }, (_, index) => sample(index + 1)),
          missing: [{ from: 0, to: 1000, reason: 'late' }],
        }
      : undefined,
});

test('rates over the window, and points of wider steps where there are many', () => {
  const view = historyView(history(120), 'eth0', 120);
  expect(view).toMatchObject({
    seconds: 120,
    step_s: 2,
    incoming: { packets_per_second: { mean: 61, min: 1, max: 120, p95: 114 }, bits_per_second: { max: 96_000 } },
    missing: [{ from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T00:00:01.000Z', reason: 'late' }],
  });
  expect(view.points).toHaveLength(60);
  expect(view.points[0]).toEqual(['1970-01-01T00:00:02.000Z', 1200, 0]);
});

test.each<[string, History | undefined, string, string, string]>([
  ['no history', undefined, 'eth0', 'invalid_argument', '--history'],
  ['an interface that is not watched', history(3), 'eth9', 'not_found', 'Watched: eth0, x[2J.'],
  ['nothing seen yet', history(0), 'eth0', 'not_found', 'ask again'],
])('%s', (_what, given, iface, code, hint) => {
  const refused = (): unknown => {
    try {
      return historyView(given, iface, 60);
    } catch (error) {
      return error;
    }
  };
  const error = refused();
  expect(error).toMatchObject({ code });
  expect(error instanceof NetError ? error.hint : '').toContain(hint);
});
