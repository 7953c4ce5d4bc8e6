// A DNS question: to bytes, and whether bytes that came are an answer to it.
import { nameKey, type Labels } from './name.ts';
import { Reader } from './reader.ts';
import { typeNumber } from './record-types.ts';
import { MalformedMessage } from './work.ts';

/** UDP answers larger than this come over TCP, since they would be fragmented somewhere (dnsflagday.net/2020). */
const udpPayloadBytes = 1232;
export const classIn = 1;
export const optType = 41;

export interface Question {
  labels: Labels;
  type: number;
}

export interface QueryOptions {
  id: number;
  edns: boolean;
  /** Asks for signatures (DO) and for the resolver's own judgement (AD, RFC 6840 5.7). */
  dnssec: boolean;
}

export const questionFor = (labels: Labels, type: string): Question => ({ labels, type: typeNumber(type) });

export const encodeQuery = ({ labels, type }: Question, { id, edns, dnssec }: QueryOptions): Buffer => {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x0100 | (dnssec ? 0x0020 : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(edns ? 1 : 0, 10);
  const name = Buffer.concat(labels.flatMap((label) => [Buffer.from([label.length]), label]));
  const question = Buffer.from([0, type >> 8, type & 255, 0, classIn]);
  const opt = Buffer.from([
    0,
    0,
    optType,
    udpPayloadBytes >> 8,
    udpPayloadBytes & 255,
    0,
    0,
    dnssec ? 0x80 : 0,
    0,
    0,
    0,
  ]);
  return Buffer.concat([header, name, question, ...(edns ? [opt] : [])]);
};

/**
 * Whether bytes answer this question: id, response bit, opcode and the question itself (names in either case). An error that
 * repeats no question is taken too, as a server that could not read ours has none to repeat.
 */
export const answersQuestion = (bytes: Buffer, id: number, { labels, type }: Question): boolean => {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id) return false;
  const flags = bytes.readUInt16BE(2);
  if ((flags & 0xf800) !== 0x8000) return false;
  if (bytes.readUInt16BE(4) === 0) return (flags & 15) !== 0;
  try {
    const reader = Reader.of(bytes, 12);
    const key = nameKey(reader.name());
    return key === nameKey(labels) && reader.u16() === type && reader.u16() === classIn;
  } catch (error) {
    if (error instanceof MalformedMessage) return false;
    throw error;
  }
};
