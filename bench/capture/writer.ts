// Writes a classic capture file of any size in few writes: Ethernet, microseconds, little endian.
import { closeSync, openSync, writeSync } from 'node:fs';

const chunk = 8 * 1024 * 1024;
const largest = 65_536;

export interface CaptureWriter {
  /** Room for the next packet; valid until `commit`. */
  readonly bytes: Buffer;
  /** Where in `bytes` the next packet begins. */
  at(): number;
  /** Ends the packet that was written at `at()`. */
  commit(length: number): void;
  readonly packets: number;
  close(): void;
}

/** Each packet is `microseconds` after the one before. */
export const openWriter = (path: string, microseconds: number): CaptureWriter => {
  const fd = openSync(path, 'w');
  const bytes = Buffer.alloc(chunk);
  let used = 0;
  let packets = 0;
  let time = 0;
  bytes.writeUInt32LE(0xa1b2c3d4, 0);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt16LE(4, 6);
  bytes.writeUInt32LE(262_144, 16);
  bytes.writeUInt32LE(1, 20);
  used = 24;
  const flush = (): void => {
    writeSync(fd, bytes, 0, used);
    used = 0;
  };
  return {
    bytes,
    at: () => {
      if (used + 16 + largest > chunk) flush();
      return used + 16;
    },
    commit: (length) => {
      bytes.writeUInt32LE(1_700_000_000 + Math.floor(time / 1e6), used);
      bytes.writeUInt32LE(time % 1e6, used + 4);
      bytes.writeUInt32LE(length, used + 8);
      bytes.writeUInt32LE(length, used + 12);
      used += 16 + length;
      time += microseconds;
      packets += 1;
    },
    get packets() {
      return packets;
    },
    close: () => {
      flush();
      closeSync(fd);
    },
  };
};
