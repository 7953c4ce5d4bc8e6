// Counts the packets of a file that tcpdump writes, going on where the last count ended.
import type { FileHandle } from 'node:fs/promises';

const headerBytes = 24;
const recordBytes = 16;
/** No snap length is larger; a longer record means that this is no place where one starts. */
const maxRecord = 262_144;
const blockBytes = 1 << 20;

export interface Counted {
  packets: number;
  /** Behind the last whole record. */
  at: number;
}

export const nothingCounted: Counted = { packets: 0, at: 0 };

/** Microseconds in either byte order: tcpdump writes its own machine's. */
const littleEndian = (bytes: Buffer): boolean => bytes[0] === 0xd4;

export const countRecords = async (file: FileHandle, before: Counted): Promise<Counted> => {
  const header = Buffer.alloc(headerBytes);
  if ((await file.read(header, 0, headerBytes, 0)).bytesRead < headerBytes) return before;
  const little = littleEndian(header);
  const { size } = await file.stat();
  const block = Buffer.alloc(Math.min(blockBytes, size));
  let { packets, at } = before;
  if (at === 0) at = headerBytes;
  for (;;) {
    const { bytesRead } = await file.read(block, 0, block.length, at);
    let inside = 0;
    while (inside + recordBytes <= bytesRead) {
      const length = little ? block.readUInt32LE(inside + 8) : block.readUInt32BE(inside + 8);
      if (length > maxRecord || at + inside + recordBytes + length > size) return { packets, at: at + inside };
      inside += recordBytes + length;
      packets += 1;
    }
    // Nothing whole in the rest.
    if (inside === 0) return { packets, at };
    at += inside;
  }
};
