// Captures of DNS made by hand: messages, the packets around them, and a classic capture file.
import { encode, type Packet } from 'dns-packet';

export interface Endpoint {
  address: string;
  port: number;
}

export interface CraftedPacket {
  /** Seconds. */
  time: number;
  bytes: Buffer;
  /** Bytes on the wire where the capture kept fewer. */
  original?: number;
}

export const client: Endpoint = { address: '10.0.0.1', port: 40_000 };
export const resolver: Endpoint = { address: '192.0.2.53', port: 53 };

const addressBytes = (address: string): Buffer => {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [before = '', after = ''] = address.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const middle = address.includes('::') ? 8 - groups(before).length - groups(after).length : 0;
  const all = [...groups(before), ...Array.from({ length: middle }, () => 0), ...groups(after)];
  return Buffer.from(all.flatMap((group) => [group >>> 8, group & 255]));
};

const ipPacket = (from: string, to: string, protocol: number, payload: Uint8Array): Buffer => {
  const ethernet = Buffer.from('02000000000202000000000108000000', 'hex').subarray(0, 14);
  const addresses = Buffer.concat([addressBytes(from), addressBytes(to)]);
  if (from.includes(':')) {
    ethernet.writeUInt16BE(0x86dd, 12);
    const header = Buffer.from([0x60, 0, 0, 0, 0, 0, protocol, 64]);
    header.writeUInt16BE(payload.length, 4);
    return Buffer.concat([ethernet, header, addresses, payload]);
  }
  const header = Buffer.from([0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0]);
  header.writeUInt16BE(20 + payload.length, 2);
  return Buffer.concat([ethernet, header, addresses, payload]);
};

export const udp = (time: number, from: Endpoint, to: Endpoint, payload: Uint8Array): CraftedPacket => {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return { time, bytes: ipPacket(from.address, to.address, 17, Buffer.concat([header, payload])) };
};

/** A segment that acknowledges nothing; flags as in the header, PSH unless told. */
export const tcp = (
  time: number,
  from: Endpoint,
  to: Endpoint,
  sequence: number,
  payload: Uint8Array,
  flags = 0x08,
): CraftedPacket => {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  header[12] = 0x50;
  header[13] = flags;
  header.writeUInt16BE(65_535, 14);
  return { time, bytes: ipPacket(from.address, to.address, 6, Buffer.concat([header, payload])) };
};

/** ICMP's answer that nobody listens on the port, with the packet in it. */
export const portUnreachable = (
  time: number,
  { bytes }: CraftedPacket,
  from: Endpoint,
  to: Endpoint,
): CraftedPacket => ({
  time,
  bytes: ipPacket(
    from.address,
    to.address,
    1,
    Buffer.concat([Buffer.from([3, 3, 0, 0, 0, 0, 0, 0]), bytes.subarray(14)]),
  ),
});

/** Keeps the packet's first bytes only. */
export const cutTo = (packet: CraftedPacket, bytes: number): CraftedPacket => ({
  time: packet.time,
  bytes: packet.bytes.subarray(0, bytes),
  original: packet.bytes.length,
});

/** The two bytes of length that TCP wants before a message. */
export const framed = (message: Uint8Array): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
};

type QuestionType = 'A' | 'AAAA' | 'PTR' | 'MX' | 'TXT';

export const query = (id: number, name: string, type: QuestionType = 'A', more: Partial<Packet> = {}): Buffer =>
  Buffer.from(encode({ type: 'query', id, flags: 0x0100, questions: [{ type, name, class: 'IN' }], ...more }));

/** An answer with its question and no records; `code` is the header's response code. */
export const response = (
  id: number,
  name: string,
  code = 0,
  type: QuestionType = 'A',
  more: Partial<Packet> = {},
): Buffer => {
  const message = Buffer.from(
    encode({ type: 'response', id, flags: 0x0180, questions: [{ type, name, class: 'IN' }], ...more }),
  );
  message[3] = ((message[3] ?? 0) & 0xf0) | code;
  return message;
};

/** A classic capture of Ethernet packets in microseconds. */
export const captureFile = (packets: readonly CraftedPacket[]): Buffer => {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  const records = packets.flatMap(({ time, bytes, original }) => {
    const record = Buffer.alloc(16);
    const microseconds = Math.round(time * 1e6);
    record.writeUInt32LE(Math.floor(microseconds / 1e6), 0);
    record.writeUInt32LE(microseconds % 1e6, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(original ?? bytes.length, 12);
    return [record, bytes];
  });
  return Buffer.concat([header, ...records]);
};
