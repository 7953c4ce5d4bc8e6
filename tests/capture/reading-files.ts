// Captures in memory for tests of reading: classic files of small UDP packets, and sources that count what is read of them.
import type { CaptureSource } from '../../src/model/ports.ts';

/** Ethernet, IPv4 (without checksum) and UDP, `payload` bytes of content. */
export const udpPacket = (number: number, payload = 20): Buffer => {
  const packet = Buffer.alloc(42 + payload);
  packet.write('0200000000020200000000010800', 'hex');
  packet.writeUInt16BE(0x4500, 14);
  packet.writeUInt16BE(28 + payload, 16);
  packet.writeUInt16BE(0x4011, 22);
  packet.write('0a0000010a000002', 26, 'hex');
  packet.writeUInt16BE(10_000 + (number % 50), 34);
  packet.writeUInt16BE(20_000, 36);
  packet.writeUInt16BE(8 + payload, 38);
  return packet;
};

export const pcapHeader = (): Buffer => {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  return header;
};

export const pcapRecord = (packet: Uint8Array, number: number, captured = packet.length): Buffer => {
  const record = Buffer.alloc(16);
  record.writeUInt32LE(1_700_000_000 + number);
  record.writeUInt32LE(captured, 8);
  record.writeUInt32LE(captured, 12);
  return Buffer.concat([record, packet]);
};

export const pcapFile = (packets: number, payload = 20): Buffer =>
  Buffer.concat([
    pcapHeader(),
    ...Array.from({ length: packets }, (_, index) => pcapRecord(udpPacket(index, payload), index)),
  ]);

export interface CountedSource extends CaptureSource {
  reads: number;
  closed: boolean;
}

let identities = 0;

/** `mostAtOnce`: bytes a read gives at most. */
export const sourceOf = (bytes: Uint8Array, mostAtOnce = Infinity, identity?: string): CountedSource => {
  identities += 1;
  const source: CountedSource = {
    path: '/captures/a.pcap',
    sizeBytes: bytes.length,
    identity: identity ?? `memory ${identities}`,
    reads: 0,
    closed: false,
    read: (into, position) => {
      if (source.closed) throw new Error('read after it was closed');
      source.reads += 1;
      const piece = bytes.subarray(position, position + Math.min(into.length, mostAtOnce));
      into.set(piece);
      return Promise.resolve(piece.length);
    },
    close: () => {
      source.closed = true;
      return Promise.resolve();
    },
  };
  return source;
};
