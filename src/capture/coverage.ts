// How much of a capture an answer speaks of.
import type { Failure } from './compressed/failure.ts';
import type { Compression } from './compressed/formats.ts';
import { faultText } from './fault-texts.ts';

/** `stopped`: what was asked for was found before the end. */
export type Ending = 'end_of_file' | 'max_packets' | 'stopped' | 'truncated' | 'corrupt';

export interface Coverage {
  packets_read: number;
  /** Bytes of the uncompressed file that were read as whole records. */
  bytes_read: number;
  /** Size on disk. */
  file_size_bytes: number;
  /** Nothing of the file was left out. */
  complete: boolean;
  ended: Ending;
  /** Null when complete; else why and at which byte of the (uncompressed) file. */
  reason: string | null;
}

/** How the reading of a file ended. */
export interface End {
  packets: number;
  /** Bytes read as whole records, and bytes after them that were seen. */
  taken: number;
  rest: number;
  /** Bytes that a block says it has after the last one seen. */
  missing: number;
  maxPackets: number | undefined;
  /** The reader had enough. */
  stopped: boolean;
  /** Of faults.ts, and where. */
  fault: number;
  faultOffset: number;
  compression: Compression | undefined;
  failure: Failure | undefined;
  /** Bytes that the file had when it was opened and that could not be read; of a compressed file not known. */
  unread: number;
}

const how = ({ packets, taken, rest, maxPackets, stopped, ...end }: End): { ended: Ending; reason: string | null } => {
  if (end.fault !== 0) {
    return { ended: 'corrupt', reason: `At byte ${end.faultOffset} stands ${faultText(end.fault)}.` };
  }
  if (stopped) return { ended: 'stopped', reason: `What was asked for was found by packet ${packets}.` };
  if (maxPackets !== undefined && packets >= maxPackets && rest > 0)
    return { ended: 'max_packets', reason: `Only the first ${packets} packets were asked for.` };
  if (end.failure !== undefined) {
    const { kind, reason, offset } = end.failure;
    return { ended: kind, reason: `At byte ${offset} of the compressed file ${reason}.` };
  }
  if (rest > 0) return { ended: 'truncated', reason: `The file ends within the record that begins at byte ${taken}.` };
  if (end.missing > 0)
    return { ended: 'truncated', reason: `The file ends ${end.missing} bytes before the end of its last block.` };
  if (end.unread > 0)
    return { ended: 'truncated', reason: `The file became ${end.unread} bytes shorter while it was read.` };
  return { ended: 'end_of_file', reason: null };
};

export const coverageOf = (end: End, fileSizeBytes: number): Coverage => {
  const { ended, reason } = how(end);
  return {
    packets_read: end.packets,
    bytes_read: end.taken,
    file_size_bytes: fileSizeBytes,
    complete: ended === 'end_of_file',
    ended,
    reason,
  };
};
