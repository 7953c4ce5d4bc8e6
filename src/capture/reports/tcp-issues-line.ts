// The TCP issues of a capture in one line, for its summary and for find_tcp_issues, which tells them whole.
import type { EngineExports } from '../engine/engine.ts';
import { FAST_RETRANSMISSION, SPURIOUS_RETRANSMISSION } from '../engine/verdicts.ts';
import { presentIssues } from './tcp-issue-counts.ts';

/** `47 retransmissions`, `1 window full`. */
const counted = (type: string, count: number): string => {
  const words = type.replaceAll('_', ' ');
  const plural = /(retransmission|segment|window|ack|reset)$/i.test(words) ? `${words}s` : words;
  return `${count} ${(count === 1 ? words : plural).replace(/\back(s?)$/, 'ACK$1')}`;
};

/** Why not one header could be analysed. */
const reasonOf = (exports: EngineExports): string => {
  const [cut, malformed] = [exports.tcpCut() >>> 0, exports.tcpMalformed() >>> 0];
  if (cut === 0) return 'their headers contradict themselves';
  return malformed === 0 ? 'the capture cut their headers' : 'their headers are cut or contradict themselves';
};

const packetsText = (count: number): string => `${count} ${count === 1 ? 'packet' : 'packets'}`;

/** Null without TCP. What could not be analysed is never said to be without issues. Fast and spurious retransmissions are among the retransmissions. */
export const tcpIssuesLine = (exports: EngineExports): string | null => {
  const segments = exports.tcpSegments() >>> 0;
  if (segments === 0) return null;
  const missed = (exports.tcpCut() >>> 0) + (exports.tcpMalformed() >>> 0) + (exports.tcpHomeless() >>> 0);
  if (missed >= segments) return `None of ${segments} TCP packets could be analysed: ${reasonOf(exports)}`;
  const where = `${packetsText(segments - missed)}${missed === 0 ? '' : ` (${missed} more could not be analysed)`}`;
  const told = presentIssues(exports)
    .filter(({ verdict }) => verdict !== FAST_RETRANSMISSION && verdict !== SPURIOUS_RETRANSMISSION)
    .map(({ type, verdict }) => counted(type, exports.verdictCount(verdict) >>> 0));
  return told.length === 0 ? `No TCP issues in ${where}` : `TCP issues detected in ${where}: ${told.join(', ')}`;
};
