// A stranger's bytes as a DNS message (RFC 1035, EDNS of RFC 6891), or the reason why they are none.
import { classIn, optType } from './query.ts';
import { nameKey, showName, type Labels } from './name.ts';
import { MalformedMessage, Reader } from './reader.ts';
import { decodeRdata, opaque, type Rdata } from './rdata.ts';
import { typeName } from './record-types.ts';
import { plainText } from '../../model/plain-text.ts';

const extendedErrorOption = 15;

export interface DnsRecord extends Rdata {
  /** Owner as shown, and as compared. */
  name: string;
  key: string;
  type: string;
  ttl: number;
}

export interface ExtendedError {
  code: number;
  text: string;
}

export interface DnsMessage {
  flags: { aa: boolean; tc: boolean; rd: boolean; ra: boolean; ad: boolean; cd: boolean };
  /** With the upper bits of EDNS. */
  rcode: number;
  answers: readonly DnsRecord[];
  authorities: readonly DnsRecord[];
  additionalCount: number;
  /** RFC 8914. */
  extendedErrors: readonly ExtendedError[];
}

interface Envelope {
  labels: Labels;
  type: number;
  class: number;
  ttl: number;
  data: Reader;
}

const readEnvelope = (reader: Reader): Envelope => {
  const labels = reader.name();
  const [type, recordClass, ttl] = [reader.u16(), reader.u16(), reader.u32()];
  return { labels, type, class: recordClass, ttl, data: reader.part(reader.u16()) };
};

const decodeData = (type: number, data: Reader): Rdata => {
  const start = data.mark();
  try {
    return decodeRdata(type, data);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    // One record that is wrong does not spoil the others: its bytes are shown as they are.
    return opaque(start.rest());
  }
};

const toRecord = ({ labels, type, ttl, data }: Envelope): DnsRecord => ({
  name: showName(labels),
  key: nameKey(labels),
  type: typeName(type),
  // RFC 2181, 8: with the top bit set it is zero.
  ttl: ttl > 0x7fffffff ? 0 : ttl,
  ...decodeData(type, data),
});

const recordsOf = (section: readonly Envelope[]): DnsRecord[] =>
  section.filter((entry) => entry.class === classIn && entry.type !== optType).map(toRecord);

const extendedErrorsOf = (opt: Envelope | undefined): ExtendedError[] => {
  const found: ExtendedError[] = [];
  const options = opt?.data;
  while (options !== undefined && options.left > 0 && found.length < 8) {
    const code = options.u16();
    const option = options.part(options.u16());
    if (code === extendedErrorOption) {
      found.push({ code: option.u16(), text: plainText(option.rest().toString('utf8'), 200) });
    }
  }
  return found;
};

const read = (bytes: Buffer): DnsMessage => {
  const reader = new Reader(bytes);
  reader.u16();
  const bits = reader.u16();
  const counts = [reader.u16(), reader.u16(), reader.u16(), reader.u16()] as const;
  const flag = (bit: number): boolean => (bits & bit) !== 0;
  const flags = { aa: flag(0x400), tc: flag(0x200), rd: flag(0x100), ra: flag(0x80), ad: flag(0x20), cd: flag(0x10) };
  for (let index = 0; index < counts[0]; index += 1) {
    reader.name();
    reader.u32();
  }
  const sections: Envelope[][] = [[], [], []];
  try {
    for (const [index, section] of sections.entries()) {
      while (section.length < (counts[index + 1] ?? 0)) section.push(readEnvelope(reader));
    }
  } catch (error) {
    // What was truncated may end in the middle of a record.
    if (!(error instanceof MalformedMessage) || !flags.tc) throw error;
  }
  const [answers = [], authorities = [], additionals = []] = sections;
  const opt = additionals.find((entry) => entry.type === optType);
  return {
    flags,
    rcode: (bits & 15) | ((opt === undefined ? 0 : opt.ttl >>> 24) << 4),
    answers: recordsOf(answers),
    authorities: recordsOf(authorities),
    additionalCount: additionals.length,
    extendedErrors: extendedErrorsOf(opt),
  };
};

/** The message, or why the bytes are none. Never throws, whatever the bytes. */
export const decodeMessage = (bytes: Buffer): DnsMessage | { malformed: string } => {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof MalformedMessage) return { malformed: error.message };
    throw error;
  }
};
