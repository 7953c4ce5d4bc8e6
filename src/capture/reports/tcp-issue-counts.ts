// How often each TCP issue occurs, and whether that is an issue: by rate, and by what it does to a single flow.
import type { EngineExports } from '../engine/engine.ts';
import { RESET } from '../engine/verdicts.ts';
import { issueKinds, type Base, type IssueKind } from './tcp-issue-kinds.ts';
import { cuttingResets } from './tcp-resets.ts';
import { topOf } from './top.ts';

/** A flow with its own share this high, percent of its packets, and this often, is an effect of its own. */
const concentrated = { percent: 10, count: 10 };

export const countIn = (exports: EngineExports, index: number, verdict: number): number =>
  exports.findingsOf(index, verdict, 0) + exports.findingsOf(index, verdict, 1);

/** Entries of the engine's findings with the most of a verdict. */
export const worstOf = (exports: EngineExports, verdict: number, wanted: number): number[] =>
  topOf(exports.findingsCount(), wanted, (index) => {
    const count = exports.findingsRecord(index) === 0 ? 0 : countIn(exports, index, verdict);
    return count === 0 ? Number.NaN : count;
  });

/** How many of what a rate is a share of there are. */
export const baseOf = (exports: EngineExports, base: Base): number => {
  if (base === 'data segments') return exports.tcpDataSegments();
  if (base === 'data, SYN and FIN segments') return exports.tcpDataSegments() + exports.tcpBareSequenced();
  if (base === 'pure ACKs') return exports.tcpAcknowledgments();
  return base === 'segments' ? exports.tcpSegments() : exports.flowsSeen(6);
};

/** Whether one flow suffers much, however many others do not. */
export const hitsOneFlow = (exports: EngineExports, verdict: number): boolean => {
  const [index] = worstOf(exports, verdict, 1);
  if (index === undefined) return false;
  const flow = exports.findingsRecord(index);
  const packets = exports.flowPackets(flow, 0) + exports.flowPackets(flow, 1);
  const count = countIn(exports, index, verdict);
  return count >= concentrated.count && count * 100 >= concentrated.percent * packets;
};

/** Percent of what the kind is measured against. */
export const rateOf = (exports: EngineExports, { verdict, of }: IssueKind): number => {
  const count = verdict === RESET ? cuttingResets(exports) : exports.verdictCount(verdict);
  return Math.min(100, (count * 100) / Math.max(1, baseOf(exports, of)));
};

/** Whether what was found hurts; otherwise it is ordinary. RSTs do when one of them cut a connection. */
export const isIssue = (exports: EngineExports, kind: IssueKind): boolean => {
  const rate = rateOf(exports, kind);
  if (rate === 0) return false;
  return rate >= (kind.ordinaryBelow ?? 0) || hitsOneFlow(exports, kind.verdict);
};

export const presentIssues = (exports: EngineExports): IssueKind[] =>
  issueKinds.filter((kind) => isIssue(exports, kind));
