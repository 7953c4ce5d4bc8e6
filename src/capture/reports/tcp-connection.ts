// One TCP connection in detail, each direction by itself: round trips, bytes in flight, the window's factor, verdicts.
import type { EngineExports } from '../engine/engine.ts';
import { informationalKinds, issueKinds } from './tcp-issue-kinds.ts';
import { recordOf } from './tcp-flow.ts';
import { rounded } from './values.ts';

/** Of the data that this direction's sender sent. */
export interface DirectionDetail {
  /** One sample a round trip, of segments sent once (RFC 6298); null without any. */
  rtt_ms: { samples: number; min: number; average: number; max: number } | null;
  /** Null: no data, or none after an acknowledgment of the other side, from which it is counted. */
  max_bytes_in_flight: number | null;
  /** The exponent that its SYN offers (RFC 7323, 0 to 14); null: it offers none; absent: its SYN is not in the file. */
  window_scale?: number | null;
  /** Verdicts of its segments, those it has; RSTs too. */
  tcp_issues?: Record<string, number>;
}

export interface ConnectionDetail {
  /** From the SYN to the handshake's end; null: not seen. */
  handshake_rtt_ms: number | null;
  /** Sent by who sent the first packet, and by the other. */
  forward: DirectionDetail;
  reverse: DirectionDetail;
}

const kinds = [...issueKinds, ...informationalKinds];

const verdictsOf = (exports: EngineExports, record: number, direction: number): Pick<DirectionDetail, 'tcp_issues'> => {
  if (record === 0) return {};
  const counts = kinds
    .map(({ type, verdict }) => [type, exports.findingsOf(record, verdict, direction)] as const)
    .filter(([, count]) => count > 0);
  return counts.length === 0 ? {} : { tcp_issues: Object.fromEntries(counts) };
};

/** Null where packets have no time. */
const rttOf = (exports: EngineExports, flow: number, direction: number): DirectionDetail['rtt_ms'] => {
  const samples = exports.flowRttSamples(flow, direction);
  if (samples === 0 || exports.flowUntimed(flow) !== 0) return null;
  const ms = (microseconds: number): number => rounded(microseconds / 1000, 3);
  return {
    samples,
    min: ms(exports.flowRttLeast(flow, direction) >>> 0),
    average: ms(exports.flowRttSum(flow, direction) / samples),
    max: ms(exports.flowRttMost(flow, direction) >>> 0),
  };
};

const directionOf = (exports: EngineExports, flow: number, record: number, direction: number): DirectionDetail => {
  const scale = exports.flowWindowScale(flow, direction);
  const flight = exports.flowFlight(flow, direction) >>> 0;
  return {
    rtt_ms: rttOf(exports, flow, direction),
    max_bytes_in_flight: flight === 0 ? null : flight,
    ...(scale < -1 ? {} : { window_scale: scale < 0 ? null : scale }),
    ...verdictsOf(exports, record, direction),
  };
};

/** `flow` is of TCP. */
export const connectionAt = (exports: EngineExports, flow: number): ConnectionDetail => {
  const record = recordOf(exports, flow);
  const handshake = exports.flowUntimed(flow) === 0 ? exports.flowHandshake(flow) : 0;
  return {
    handshake_rtt_ms: handshake === 0 ? null : rounded(handshake / 1e6, 3),
    forward: directionOf(exports, flow, record, 0),
    reverse: directionOf(exports, flow, record, 1),
  };
};

/** Average RTT of the side whose data takes longer to be acknowledged, milliseconds; null without a sample. */
export const longestRttOf = (exports: EngineExports, flow: number): number | null => {
  const averages = [0, 1].flatMap((direction) => rttOf(exports, flow, direction)?.average ?? []);
  return averages.length === 0 ? null : Math.max(...averages);
};
