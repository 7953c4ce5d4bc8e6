// The counters of one interface, every one that rtnetlink has (`ip -s -s link`), flat and with the direction in the name.
import * as z from 'zod';

/** Drivers and kernels differ in what they count, so the names are not fixed beyond bytes, packets, errors and dropped. */
export const statisticsSchema = z
  .record(z.string(), z.number())
  .describe('rx_bytes, tx_dropped, rx_fifo_errors, tx_collisions, ...');
export type Statistics = z.infer<typeof statisticsSchema>;

interface Counters {
  rx: Readonly<Record<string, unknown>>;
  tx: Readonly<Record<string, unknown>>;
}

/** `{rx: {bytes: 1}}` -> `{rx_bytes: 1}`. */
export const flatStatistics = ({ rx, tx }: Counters): Statistics => {
  const flat: Statistics = {};
  for (const [direction, counters] of [
    ['rx', rx],
    ['tx', tx],
  ] as const) {
    for (const [name, value] of Object.entries(counters)) {
      if (typeof value === 'number' && /^[a-z_]{1,40}$/.test(name)) flat[`${direction}_${name}`] = value;
    }
  }
  return flat;
};
