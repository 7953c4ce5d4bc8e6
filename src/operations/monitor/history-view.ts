// What the server's history knows of an interface: rates over the last seconds, read from its own counters once a second.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { gapReasons, type History, type RateHistory } from '../../model/history.ts';
import { plainText } from '../../model/plain-text.ts';
import { quantile } from '../../monitor/rates.ts';

/** Points and gaps that an answer holds: a longer history is told in wider steps. */
const maxPoints = 60;
const maxGaps = 10;

const rate = z.strictObject({ mean: z.number(), min: z.number(), max: z.number(), p95: z.number() });
const side = z.strictObject({ packets_per_second: rate, bits_per_second: rate });

export const historySchema = z.strictObject({
  seconds: z.number().describe('With samples'),
  step_s: z.number().describe('Of the points, which are means'),
  incoming: side,
  outgoing: side,
  points: z
    .array(z.tuple([z.string(), z.number(), z.number()]))
    .describe('End of the step (UTC), bits per second in and out'),
  missing: z.array(z.strictObject({ from: z.string(), to: z.string(), reason: z.enum(gapReasons) })),
});
export type HistoryView = z.input<typeof historySchema>;

const rateOf = (values: readonly number[]): z.input<typeof rate> => ({
  mean: Math.round(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)),
  min: Math.round(Math.min(...values)),
  max: Math.round(Math.max(...values)),
  p95: Math.round(quantile(values, 0.95)),
});

const time = (at: number): string => new Date(at).toISOString();

const pointsOf = ({ samples }: RateHistory, each: number): HistoryView['points'] => {
  const points: [string, number, number][] = [];
  for (let first = 0; first < samples.length; first += each) {
    const some = samples.slice(first, first + each);
    const mean = (values: readonly number[]): number => rateOf(values).mean;
    points.push([
      time(some.at(-1)?.at ?? 0),
      mean(some.map((sample) => sample.inBytesPerSecond * 8)),
      mean(some.map((sample) => sample.outBytesPerSecond * 8)),
    ]);
  }
  return points;
};

const unknown = (iface: string, history: History): NetError =>
  new NetError(
    'not_found',
    `The history does not watch ${plainText(iface, 20)}.`,
    `Watched: ${history
      .interfaces()
      .slice(0, 20)
      .map((name) => plainText(name, 20))
      .join(', ')}. The setting history_interfaces chooses them.`,
  );

/** Throws invalid_argument without a history, not_found for an interface that is not watched or was not seen yet. */
export const historyView = (history: History | undefined, iface: string, seconds: number): HistoryView => {
  if (history === undefined) {
    throw new NetError(
      'invalid_argument',
      'history_s needs a history, and this process keeps none.',
      'Start the server with --history; it then keeps the last hour. Without history_s the traffic of now is measured.',
    );
  }
  const read = history.read(iface, seconds);
  if (read === undefined) throw unknown(iface, history);
  const { samples, missing, interval_s: interval } = read;
  if (samples.length === 0) {
    throw new NetError(
      'not_found',
      `The history has no sample of ${plainText(iface, 20)} in the last ${seconds} s.`,
      'It has just begun, or the interface was absent or down; ask again in some seconds.',
    );
  }
  const each = Math.ceil(samples.length / maxPoints);
  return {
    seconds: samples.length * interval,
    step_s: each * interval,
    incoming: {
      packets_per_second: rateOf(samples.map((sample) => sample.inPacketsPerSecond)),
      bits_per_second: rateOf(samples.map((sample) => sample.inBytesPerSecond * 8)),
    },
    outgoing: {
      packets_per_second: rateOf(samples.map((sample) => sample.outPacketsPerSecond)),
      bits_per_second: rateOf(samples.map((sample) => sample.outBytesPerSecond * 8)),
    },
    points: pointsOf(read, each),
    missing: missing.slice(-maxGaps).map(({ from, to, reason }) => ({ from: time(from), to: time(to), reason })),
  };
};
