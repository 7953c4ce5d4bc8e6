// Throughput of each conversation: bytes on the wire, from the first header of the link layer, over the time from its first to its last packet.
import type { Engine } from '../engine/engine.ts';
import { bytesOf, conversationAt, nanosecondsOf } from './conversations.ts';
import { topOf } from './top.ts';
import { endpoint, mbpsOf, secondsOf, timeOrNull } from './values.ts';

export const throughputSorts = ['mbps_total', 'bytes_total'] as const;
export type ThroughputSort = (typeof throughputSorts)[number];

export interface FlowThroughput {
  src_ip: string;
  src_port: number;
  dst_ip: string;
  dst_port: number;
  protocol: string;
  packets_total: number;
  bytes_total: number;
  /** Null: none of its packets has a time. */
  duration_seconds: number | null;
  /** Seconds since 1970. */
  start_time: number | null;
  end_time: number | null;
  packets_forward: number;
  bytes_forward: number;
  packets_reverse: number;
  bytes_reverse: number;
  /** Null: shorter than the minimum, or with packets that have no time: its rate would mean nothing. */
  mbps_forward: number | null;
  mbps_reverse: number | null;
  mbps_total: number | null;
  /** The one that sent more, and to whom. */
  direction: string;
}

export interface Unrated {
  conversations: number;
  packets: number;
  bytes: number;
}

export interface Throughput {
  flows: FlowThroughput[];
  /** Conversations looked at. */
  analyzed: number;
  /** Without a rate, because they last less than the minimum, or because some of their packets have no time. */
  tooShort: Unrated;
  untimed: Unrated;
}

export interface ThroughputOptions {
  /** Flows before these. */
  start?: number;
  wanted: number;
  sortBy: ThroughputSort;
  /** Flows that last less have no rate. */
  minDurationS: number;
}

const flowAt = (engine: Engine, flow: number, shortest: bigint): FlowThroughput => {
  const { packets, bytes, ...shown } = conversationAt(engine, flow);
  const nanoseconds = nanosecondsOf(engine.exports, flow);
  const seconds = nanoseconds < shortest || engine.exports.flowUntimed(flow) !== 0 ? 0 : Number(nanoseconds) / 1e9;
  const last = timeOrNull(engine.exports.flowLastTime(flow));
  const source = endpoint(shown.src_ip, shown.src_port);
  const destination = endpoint(shown.dst_ip, shown.dst_port);
  return {
    src_ip: shown.src_ip,
    src_port: shown.src_port,
    dst_ip: shown.dst_ip,
    dst_port: shown.dst_port,
    protocol: shown.protocol,
    packets_total: packets,
    bytes_total: bytes,
    duration_seconds: shown.duration_seconds,
    start_time: shown.start_time,
    end_time: last === null ? null : secondsOf(last),
    packets_forward: shown.packets_forward,
    bytes_forward: shown.bytes_forward,
    packets_reverse: shown.packets_reverse,
    bytes_reverse: shown.bytes_reverse,
    mbps_forward: mbpsOf(shown.bytes_forward, seconds),
    mbps_reverse: mbpsOf(shown.bytes_reverse, seconds),
    mbps_total: mbpsOf(bytes, seconds),
    direction:
      shown.bytes_reverse > shown.bytes_forward ? `${destination} -> ${source}` : `${source} -> ${destination}`,
  };
};

export const throughputOf = (
  engine: Engine,
  { start = 0, wanted, sortBy, minDurationS }: ThroughputOptions,
): Throughput => {
  const { exports } = engine;
  const shortest = BigInt(Math.max(1, Math.round(minDurationS * 1e9)));
  let analyzed = 0;
  const tooShort: Unrated = { conversations: 0, packets: 0, bytes: 0 };
  const untimed: Unrated = { conversations: 0, packets: 0, bytes: 0 };
  const numbers = topOf(exports.flowCount(), start + wanted, (flow) => {
    if (exports.flowUsed(flow) === 0) return Number.NaN;
    analyzed += 1;
    const bytes = bytesOf(exports, flow);
    const nanoseconds = nanosecondsOf(exports, flow);
    const timed = exports.flowUntimed(flow) === 0;
    if (timed && nanoseconds >= shortest) return sortBy === 'bytes_total' ? bytes : bytes / Number(nanoseconds);
    const unrated = timed ? tooShort : untimed;
    unrated.conversations += 1;
    unrated.packets += exports.flowPackets(flow, 0) + exports.flowPackets(flow, 1);
    unrated.bytes += bytes;
    return sortBy === 'bytes_total' ? bytes : Number.NaN;
  });
  return { flows: numbers.slice(start).map((flow) => flowAt(engine, flow, shortest)), analyzed, tooShort, untimed };
};
