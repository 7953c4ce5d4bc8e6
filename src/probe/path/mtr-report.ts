// Reads the report of the mtr program (`mtr -n -j`) into the same rows as rounds of our own; text that is no report is an error.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import type { MtrHop } from './mtr.ts';

const number = z.number();
const reportSchema = z.object({
  report: z.object({
    hubs: z
      .array(
        z.object({
          // A number since 0.94, a string before.
          count: z.coerce.number().int().min(1).max(255),
          host: z.string(),
          'Loss%': number,
          Snt: number.int().min(0),
          Last: number,
          Avg: number,
          Best: number,
          Wrst: number,
          StDev: number,
        }),
      )
      .max(255),
  }),
});

const notAReport = (cause?: unknown): NetError =>
  new NetError('step_failed', 'mtr gave something else than its report.', 'Look at what `mtr -n -j TARGET` prints.', {
    cause,
  });

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notAReport(error);
  }
};

/** `???` is how mtr writes a hop that did not answer. */
export const parseMtrReport = (text: string, target: string): MtrHop[] => {
  const parsed = reportSchema.safeParse(parseJson(text));
  if (!parsed.success) throw notAReport(parsed.error);
  return parsed.data.report.hubs.map((hub) => {
    const received = Math.round(hub.Snt * (1 - hub['Loss%'] / 100));
    const ip = hub.host === '???' ? null : plainText(hub.host, 64);
    const told = (value: number): number | null => (received > 0 ? value : null);
    return {
      hop_number: hub.count,
      ip,
      addresses: ip === null ? [] : [ip],
      sent: hub.Snt,
      received,
      loss_percent: hub['Loss%'],
      last_ms: told(hub.Last),
      avg_ms: told(hub.Avg),
      best_ms: told(hub.Best),
      worst_ms: told(hub.Wrst),
      stddev_ms: told(hub.StDev),
      jitter_ms: null,
      is_destination: ip === target,
      error: null,
      typical_ms: told(hub.Avg),
    };
  });
};
