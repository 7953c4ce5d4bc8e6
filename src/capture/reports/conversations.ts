// Conversations: what two endpoints sent each other by one protocol, largest first. Values of the engine's flow table, read for those shown only.
import type { Engine, EngineExports } from '../engine/engine.ts';
import { topOf } from './top.ts';
import { connectionAt, type ConnectionDetail } from './tcp-connection.ts';
import { issuesOfFlow, tcpStateOf, type TcpState } from './tcp-flow.ts';
import { addressAt, secondsOf, timeOrNull, transportOf } from './values.ts';

export const sortKeys = ['bytes', 'packets', 'duration', 'start'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface Conversation {
  /** The endpoint that sent its first packet. */
  src_ip: string;
  src_port: number;
  dst_ip: string;
  dst_port: number;
  protocol: string;
  packets: number;
  /** On the wire. */
  bytes: number;
  packets_forward: number;
  packets_reverse: number;
  bytes_forward: number;
  bytes_reverse: number;
  /** Seconds since 1970; null: none of its packets has a time. */
  start_time: number | null;
  /** Seconds after the capture's first packet. */
  start_offset_s: number | null;
  /** Of those packets that have a time; null: none has. */
  duration_seconds: number | null;
  /** Of TCP. */
  state?: TcpState;
  /** TCP verdicts of its packets by name, those it has. */
  tcp_issues?: Record<string, number>;
}

export const bytesOf = (exports: EngineExports, flow: number): number =>
  exports.flowBytes(flow, 0) + exports.flowBytes(flow, 1);

export const nanosecondsOf = (exports: EngineExports, flow: number): bigint =>
  exports.flowLastTime(flow) - exports.flowFirstTime(flow);

const keys: Readonly<Record<SortKey, (exports: EngineExports, flow: number) => number>> = {
  bytes: bytesOf,
  packets: (exports, flow) => exports.flowPackets(flow, 0) + exports.flowPackets(flow, 1),
  // Behind all others without any time.
  duration: (exports, flow) =>
    timeOrNull(exports.flowFirstTime(flow)) === null ? -1 : Number(nanosecondsOf(exports, flow)),
  start: (exports, flow) => {
    const first = timeOrNull(exports.flowFirstTime(flow));
    return first === null ? -Number.MAX_VALUE : -Number(first - exports.firstTime());
  },
};

/** Numbers of the first `wanted` flows in that order, of one IP protocol or all. */
export const rankFlows = (
  { exports }: Engine,
  { sortBy, wanted, protocol }: { sortBy: SortKey; wanted: number; protocol: number | undefined },
): number[] => {
  const key = keys[sortBy];
  return topOf(exports.flowCount(), wanted, (flow) =>
    exports.flowUsed(flow) !== 0 && (protocol === undefined || exports.flowProtocol(flow) === protocol)
      ? key(exports, flow)
      : Number.NaN,
  );
};

export const conversationAt = (engine: Engine, flow: number): Conversation => {
  const { exports } = engine;
  const family = exports.flowFamily(flow);
  const first = timeOrNull(exports.flowFirstTime(flow));
  return {
    src_ip: addressAt(engine, exports.flowSource(flow), family),
    src_port: exports.flowSourcePort(flow),
    dst_ip: addressAt(engine, exports.flowDestination(flow), family),
    dst_port: exports.flowDestinationPort(flow),
    protocol: transportOf(exports.flowProtocol(flow)),
    packets: exports.flowPackets(flow, 0) + exports.flowPackets(flow, 1),
    bytes: bytesOf(exports, flow),
    packets_forward: exports.flowPackets(flow, 0),
    packets_reverse: exports.flowPackets(flow, 1),
    bytes_forward: exports.flowBytes(flow, 0),
    bytes_reverse: exports.flowBytes(flow, 1),
    start_time: first === null ? null : secondsOf(first),
    start_offset_s: first === null ? null : secondsOf(first - exports.firstTime()),
    duration_seconds: first === null ? null : secondsOf(nanosecondsOf(exports, flow)),
    ...(exports.flowProtocol(flow) === 6 ? { state: tcpStateOf(exports, flow), ...issuesOfFlow(exports, flow) } : {}),
  };
};

export interface ConversationDetail {
  /** As Wireshark's tcp.stream, udp.stream. */
  stream: number;
  first_packet: number;
  tcp?: ConnectionDetail;
}

export const detailAt = ({ exports }: Engine, flow: number): ConversationDetail => ({
  stream: exports.flowStream(flow),
  first_packet: exports.flowFirstNumber(flow),
  ...(exports.flowProtocol(flow) === 6 ? { tcp: connectionAt(exports, flow) } : {}),
});

/** Conversations by protocol, such as `{"TCP": 3, "UDP": 1}`; those put out to make room are among them. */
export const countConversations = ({ exports }: Engine): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (let protocol = 0; protocol < 256; protocol++) {
    const seen = exports.flowsSeen(protocol) >>> 0;
    if (seen > 0) counts[transportOf(protocol)] = seen;
  }
  return counts;
};

export interface PutOut {
  conversations: number;
  packets: number;
  bytes: number;
}

/** Conversations put out of the full table: counted, but no longer told apart. Null: none. */
export const putOutOf = ({ exports }: Engine): PutOut | null =>
  exports.otherFlows() === 0
    ? null
    : {
        conversations: exports.otherFlows() >>> 0,
        packets: exports.otherPackets() >>> 0,
        bytes: exports.otherBytes(),
      };
