// One direction of an answer: what was counted, its rates, and who talked. What the rung cannot count is null.
import * as z from 'zod';
import { plainText } from '../../model/plain-text.ts';
import {
  rungs,
  sizeClasses,
  trafficFamilies,
  type LinkStatistics,
  type ProtocolCount,
  type TrafficDirection,
} from '../../model/traffic.ts';
import { protocolName } from '../../monitor/protocol-names.ts';
import { bitRate, packetRate, type Rate } from '../../monitor/rates.ts';
import type { WatchedDirection } from '../../monitor/watch.ts';
import type { Talkers } from './session.ts';

/** Protocols listed; what is smaller is one entry. */
const maxProtocols = 10;

const extremes = z.strictObject({ min: z.number(), max: z.number(), p95: z.number() });

export const directionSchema = z.strictObject({
  rung: z.enum(rungs),
  packets: z.number(),
  bytes: z.number(),
  packets_per_second: z.number().describe('Mean; its min, max and p95 over the intervals are in rates'),
  bits_per_second: z.number(),
  rates: z.strictObject({ packets_per_second: extremes, bits_per_second: extremes }),
  wire_packets: z.number().nullable().describe('Each segment of a GSO packet counted'),
  wire_bytes: z.number().nullable(),
  families: z.record(z.string(), z.number()).nullable().describe('Packets'),
  protocols: z
    .array(z.strictObject({ protocol: z.string(), packets: z.number(), bytes: z.number(), percent: z.number() }))
    .nullable()
    .describe('percent: of the bytes'),
  multicast: z.number().nullable(),
  broadcast: z.number().nullable(),
  sizes: z.record(z.string(), z.number()).nullable().describe('Packets by bytes of the frame'),
  drops: z.number().nullable().describe('Of the interface, in the window'),
  errors: z.number().nullable(),
  top_talkers: z
    .array(
      z.strictObject({
        address: z.string().optional(),
        protocol: z.string().optional(),
        port: z.number().optional(),
        process: z.string().nullable().optional(),
        pid: z.number().nullable().optional(),
        packets: z.number().nullable(),
        bytes: z.number(),
      }),
    )
    .nullable(),
  talkers: z.number().nullable().describe('How many are known'),
  other_packets: z.number().nullable().describe('Of no talker: no address or port, or the table was full'),
});
export type DirectionView = z.input<typeof directionSchema>;

const number = (count: bigint | undefined): number | null => (count === undefined ? null : Number(count));

const sizeNames = sizeClasses.map((low, index) => {
  const next = sizeClasses[index + 1];
  return next === undefined ? `${low}+` : `${low}-${next - 1}`;
});

const sizesOf = (sizes: readonly bigint[]): Record<string, number> =>
  Object.fromEntries(sizeNames.map((name, index) => [name, Number(sizes[index] ?? 0n)]));

const familiesOf = (protocols: readonly ProtocolCount[]): Record<string, number> =>
  Object.fromEntries(
    trafficFamilies.map((family) => [
      family,
      protocols.filter((each) => each.family === family).reduce((sum, { packets }) => sum + Number(packets), 0),
    ]),
  );

const labelOf = ({ family, protocol }: ProtocolCount): string =>
  protocol === undefined
    ? family === 'arp'
      ? 'arp'
      : `${family}-unknown`.replace('other-unknown', 'other')
    : protocolName(protocol);

/** TCP over either family is one; the families tell them apart. Shares are of all bytes counted. */
export const protocolsOf = (protocols: readonly ProtocolCount[]): NonNullable<DirectionView['protocols']> => {
  const sums = new Map<string, { packets: number; bytes: number }>();
  for (const each of protocols) {
    const label = labelOf(each);
    const sum = sums.get(label);
    sums.set(label, {
      packets: Number(each.packets) + (sum?.packets ?? 0),
      bytes: Number(each.bytes) + (sum?.bytes ?? 0),
    });
  }
  const all = [...sums.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [...sums]
    .filter(([, { packets }]) => packets > 0)
    .sort(([, one], [, other]) => other.bytes - one.bytes)
    .map(([protocol, { packets, bytes }]) => ({ protocol, packets, bytes }));
  const tail = rows.slice(maxProtocols);
  const rest = {
    protocol: `${tail.length} others`,
    packets: tail.reduce((sum, { packets }) => sum + packets, 0),
    bytes: tail.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  return [...rows.slice(0, maxProtocols), ...(tail.length === 0 ? [] : [rest])].map((row) => ({
    ...row,
    percent: all === 0 ? 0 : Math.round((row.bytes / all) * 1000) / 10,
  }));
};

export const talkerRows = ({ counted, processes }: Talkers, limit: number): DirectionView['top_talkers'] => {
  if (processes !== undefined) {
    return processes.slice(0, limit).map(({ pid, process, packets, bytes }) => ({
      process: process === null ? null : plainText(process, 64),
      pid: pid ?? null,
      packets: packets ?? null,
      bytes,
    }));
  }
  if (counted === undefined) return null;
  return counted.talkers.slice(0, limit).map(({ address, protocol, port, packets, bytes }) => ({
    ...(address === undefined ? {} : { address }),
    ...(protocol === undefined ? {} : { protocol: protocolName(protocol) }),
    ...(port === undefined ? {} : { port }),
    packets: Number(packets),
    bytes: Number(bytes),
  }));
};

const withoutMean = ({ min, max, p95 }: Rate): z.input<typeof extremes> => ({ min, max, p95 });

type Field = 'rxDropped' | 'txDropped' | 'rxErrors' | 'txErrors';

const grown = (first: LinkStatistics | undefined, last: LinkStatistics | undefined, field: Field): number | null =>
  first === undefined || last === undefined ? null : Math.max(0, Number(last[field] - first[field]));

interface Shown {
  rung: DirectionView['rung'];
  talkers: Talkers;
  limit: number;
  first: LinkStatistics | undefined;
  last: LinkStatistics | undefined;
}

export const directionView = (
  { direction, counts, intervals }: WatchedDirection,
  { rung, talkers, limit, first, last }: Shown,
): DirectionView => {
  const [packets, bits] = [packetRate(intervals), bitRate(intervals)];
  const side: Readonly<Record<TrafficDirection, readonly [Field, Field]>> = {
    incoming: ['rxDropped', 'rxErrors'],
    outgoing: ['txDropped', 'txErrors'],
  };
  const [drops, errors] = side[direction];
  const { counted, processes } = talkers;
  return {
    rung,
    packets: Number(counts.packets),
    bytes: Number(counts.bytes),
    packets_per_second: packets.mean,
    bits_per_second: bits.mean,
    rates: { packets_per_second: withoutMean(packets), bits_per_second: withoutMean(bits) },
    wire_packets: number(counts.wirePackets),
    wire_bytes: number(counts.wireBytes),
    families: counts.protocols === undefined ? null : familiesOf(counts.protocols),
    protocols: counts.protocols === undefined ? null : protocolsOf(counts.protocols),
    multicast: number(counts.multicast),
    broadcast: number(counts.broadcast),
    sizes: counts.sizes === undefined ? null : sizesOf(counts.sizes),
    drops: grown(first, last, drops),
    errors: grown(first, last, errors),
    top_talkers: limit === 0 ? null : talkerRows(talkers, limit),
    talkers: processes?.length ?? counted?.total ?? null,
    other_packets: number(counted?.otherPackets),
  };
};
