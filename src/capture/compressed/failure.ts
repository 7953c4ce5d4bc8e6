// Why unpacking stopped before the end of the file.
export interface Failure {
  kind: 'truncated' | 'corrupt';
  /** A sentence without its end. */
  reason: string;
  /** In the compressed file. */
  offset: number;
}

/** What was unpacked, then why no more came; undefined when all did. */
export type Unpacked = AsyncGenerator<Uint8Array, Failure | undefined, undefined>;
