// A measurement as network_monitor answers it, with what a reader must know about the window.
import * as z from 'zod';
import { plainText } from '../../model/plain-text.ts';
import type { TrafficDirection } from '../../model/traffic.ts';
import type { EarlyEnd, Watched } from '../../monitor/watch.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { historySchema, type HistoryView } from './history-view.ts';
import { directionSchema, directionView, type DirectionView } from './direction-view.ts';
import { methodSchema, methodView, rungsUsed } from './method-view.ts';
import type { Measured, MonitorRequest } from './session.ts';

export const monitorOutput = resultSchema({
  interface: z.string(),
  duration_s: z.number().describe('As measured'),
  intervals: z.number(),
  ended_early: z.string().nullable(),
  incoming: directionSchema.nullable(),
  outgoing: directionSchema.nullable(),
  method: methodSchema,
  softnet: z.strictObject({ dropped: z.number(), time_squeezed: z.number() }).nullable().describe('Of the whole host'),
  history: historySchema.optional(),
  notes: z.array(z.string()),
  untrusted: untrustedSchema,
});
export type MonitorAnswer = z.input<typeof monitorOutput>;

const endings: Readonly<Record<EarlyEnd, (name: string, now: string) => string>> = {
  vanished: (name) => `The interface ${name} went away; this is what was seen before.`,
  recreated: (name) => `The interface ${name} was removed and made anew; this is what was seen of the old one.`,
  renamed: (name, now) =>
    `The interface ${name} was renamed to ${now}, and nft counts by name; this is what was seen before.`,
  reset: (name) => `The counters of ${name} were set back; this is what was seen before.`,
};

/** Null when the whole window was seen. */
export const endingOf = ({ ended, nameNow }: Watched, name: string): string | null =>
  ended === undefined ? null : endings[ended](name, plainText(nameNow ?? 'another name', 20));

const rate = ({ packets_per_second: packets, bits_per_second: bits }: DirectionView): string =>
  `${packets} packets/s, ${(bits / 1e6).toFixed(2)} Mbit/s`;

/** A ranking that may lack one of the largest says so. */
const exceededNotes = ({ byDirection }: Measured): string[] =>
  [...byDirection].flatMap(([direction, { counted }]) =>
    counted?.exceeded === undefined
      ? []
      : [
          `${direction}: more talkers came than the table holds (${counted.exceeded}), so top_talkers may lack a large one; its packets are in other_packets.`,
        ],
  );

const notesOf = (measured: Measured): string[] => {
  const { watched, link } = measured;
  const { last, ended } = watched;
  return [
    ...(link.up
      ? []
      : [`${plainText(link.iface, 20)} is down: nothing passes until ip link set ${plainText(link.iface, 20)} up.`]),
    ...(last !== undefined && ended === undefined && last.iface !== link.iface
      ? [`The interface was renamed to ${plainText(last.iface, 20)} in the window; it was counted throughout.`]
      : []),
    ...(link.up && last !== undefined && !last.up ? ['The interface went down in the window.'] : []),
    ...exceededNotes(measured),
  ];
};

export const answerOf = (measured: Measured, request: MonitorRequest): MonitorAnswer => {
  const { watched, opened, byDirection, softnet, link, processNote } = measured;
  const name = plainText(link.iface, 20);
  const view = (direction: TrafficDirection): DirectionView | null => {
    const seen = watched.directions.find((each) => each.direction === direction);
    const counter = opened.find((each) => each.direction === direction)?.counter;
    if (seen === undefined || counter === undefined) return null;
    return directionView(seen, {
      rung: counter.rung,
      talkers: byDirection.get(direction) ?? { counted: undefined, processes: undefined },
      limit: request.topTalkers,
      first: watched.first,
      last: watched.last,
    });
  };
  const [incoming, outgoing] = [view('incoming'), view('outgoing')];
  const ended = endingOf(watched, name);
  const seconds = Math.round(watched.seconds * 1000) / 1000;
  const parts = [
    ...(incoming === null ? [] : [`in ${rate(incoming)}`]),
    ...(outgoing === null ? [] : [`out ${rate(outgoing)}`]),
  ];
  return {
    success: true,
    summary: `${name} over ${seconds.toFixed(1)} s: ${parts.join('; ')} (counted by ${rungsUsed(opened)}).${ended === null ? '' : ` ${ended}`}`,
    interface: name,
    duration_s: seconds,
    intervals: Math.max(0, ...watched.directions.map(({ intervals }) => intervals.length)),
    ended_early: ended,
    incoming,
    outgoing,
    method: methodView(opened, processNote === undefined ? [] : [processNote]),
    softnet: softnet === undefined ? null : { dropped: softnet.dropped, time_squeezed: softnet.timeSqueezed },
    notes: notesOf(measured),
    untrusted:
      request.by === 'process' ? request.directions.map((direction) => `${direction}.top_talkers[].process`) : [],
  };
};

export const historyAnswer = (name: string, history: HistoryView): MonitorAnswer => {
  const mbps = (bits: number): string => (bits / 1e6).toFixed(2);
  const { incoming, outgoing, seconds } = history;
  return {
    success: true,
    summary: `${name} over the last ${seconds} s: in ${mbps(incoming.bits_per_second.mean)} Mbit/s, out ${mbps(outgoing.bits_per_second.mean)} Mbit/s on the average.`,
    interface: name,
    duration_s: seconds,
    intervals: seconds,
    ended_early: null,
    incoming: null,
    outgoing: null,
    method: { rung: 'proc', note: 'From the interface’s own counters, read once a second by the server.', refused: [] },
    softnet: null,
    history,
    notes: [],
    untrusted: [],
  };
};
