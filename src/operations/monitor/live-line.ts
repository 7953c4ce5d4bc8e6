// An interval of the live view as a line of JSON: what passed in it, and who talked since the start.
import { plainText } from '../../model/plain-text.ts';
import type { DirectionCounts, TrafficDirection } from '../../model/traffic.ts';
import { difference } from '../../monitor/rates.ts';
import type { Tick } from '../../monitor/watch.ts';
import { protocolsOf, talkerRows } from './direction-view.ts';
import type { Running } from './session.ts';

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Null is for what the rung cannot tell. To be called with every interval, in order. */
export const createLines = (): ((tick: Tick, running: Running) => Promise<string>) => {
  const before = new Map<TrafficDirection, DirectionCounts>();
  return async ({ directions }, running) => {
    const { link, opened, topTalkers } = running;
    const sides: [TrafficDirection, object][] = [];
    for (const { direction, interval, total } of directions) {
      const { seconds, packets, bytes } = interval;
      const earlier = before.get(direction);
      const { protocols } = earlier === undefined ? total : difference(earlier, total);
      before.set(direction, total);
      const side = {
        rung: opened.find((one) => one.direction === direction)?.counter.rung,
        packets,
        bytes,
        packets_per_second: rounded(packets / seconds),
        bits_per_second: rounded((bytes * 8) / seconds),
        protocols: protocols === undefined ? null : protocolsOf(protocols),
        top_talkers_since_start: talkerRows(await running.talkers(direction), topTalkers),
      };
      sides.push([direction, side]);
    }
    return JSON.stringify({
      time: new Date().toISOString(),
      interface: plainText(link.iface, 20),
      seconds: Math.round((directions[0]?.interval.seconds ?? 0) * 1000) / 1000,
      ...Object.fromEntries(sides),
    });
  };
};
