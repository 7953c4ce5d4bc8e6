// How much of a capture an answer speaks of.

export type Ending = 'end_of_file' | 'max_packets' | 'truncated' | 'corrupt';

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
