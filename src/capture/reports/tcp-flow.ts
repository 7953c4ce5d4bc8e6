// What became of one TCP conversation, and which verdicts its packets have.
import type { EngineExports } from '../engine/engine.ts';
import * as verdicts from '../engine/verdicts.ts';

export type TcpState = 'refused' | 'reset' | 'closed' | 'established' | 'unanswered' | 'opening' | 'midstream';

/** Bits of `flowStage`. */
const SYN_REVERSE = 1;
const SYN = 2;
const SYN_ACK = 4;
const ESTABLISHED = 8;
const FIN = 16;
const RST = 32;
const REFUSED = 64;

export const hasSyn = (exports: EngineExports, flow: number): boolean => (exports.flowStage(flow) & SYN) !== 0;
export const hasFin = (exports: EngineExports, flow: number): boolean => (exports.flowStage(flow) & FIN) !== 0;

/** The direction of the client's packets, as a SYN or SYN+ACK in the file tells; undefined without one. */
export const clientDirection = (exports: EngineExports, flow: number): 0 | 1 | undefined => {
  const stage = exports.flowStage(flow);
  if ((stage & SYN) !== 0) return (stage & SYN_REVERSE) === 0 ? 0 : 1;
  const opened = [0, 1].map((direction) => exports.flowWindowScale(flow, direction) > -2);
  if ((stage & SYN_ACK) === 0 || opened[0] === opened[1]) return undefined;
  return opened[0] === true ? 1 : 0;
};

/** `midstream`: the capture has neither its beginning nor its end. */
export const tcpStateOf = (exports: EngineExports, flow: number): TcpState => {
  const stage = exports.flowStage(flow);
  if ((stage & REFUSED) !== 0) return 'refused';
  if ((stage & RST) !== 0) return 'reset';
  if ((stage & FIN) !== 0) return 'closed';
  if ((stage & ESTABLISHED) !== 0) return 'established';
  const bare = exports.flowOnlySyn(flow);
  if (bare !== 0 && exports.flowPackets(flow, 1) === 0) return bare === 2 ? 'opening' : 'unanswered';
  return (stage & (SYN | SYN_ACK)) === 0 ? 'midstream' : 'opening';
};

/** Names as find_tcp_issues has them. Only what hurts: window updates and keep-alives are ordinary. */
export const hurting: readonly (readonly [verdict: number, name: string])[] = [
  [verdicts.RETRANSMISSION, 'retransmission'],
  [verdicts.OUT_OF_ORDER, 'out_of_order'],
  [verdicts.DUPLICATE_ACK, 'duplicate_ack'],
  [verdicts.LOST_SEGMENT, 'lost_segment'],
  [verdicts.ZERO_WINDOW, 'zero_window'],
  [verdicts.WINDOW_FULL, 'window_full'],
];

/** Its number among the flows with findings; 0: none. */
export const recordOf = (exports: EngineExports, flow: number): number => {
  for (let index = 1; index <= exports.findingsCount(); index++) {
    if (exports.findingsRecord(index) === flow) return index;
  }
  return 0;
};

/** Counts of both directions; nothing when it has none. */
export const issuesOfFlow = (exports: EngineExports, flow: number): { tcp_issues?: Record<string, number> } => {
  const record = recordOf(exports, flow);
  if (record === 0) return {};
  const counts = hurting.flatMap(([verdict, name]): [string, number][] => {
    const count = exports.findingsOf(record, verdict, 0) + exports.findingsOf(record, verdict, 1);
    return count > 0 ? [[name, count]] : [];
  });
  return counts.length > 0 ? { tcp_issues: Object.fromEntries(counts) } : {};
};
