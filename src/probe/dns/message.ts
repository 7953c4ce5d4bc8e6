// A stranger's bytes as a DNS message (RFC 1035, EDNS of RFC 6891), or the reason why they are none.
import { classIn, optType } from './query.ts';
import { keyOf, showName, type Labels } from './name.ts';
import { Reader } from './reader.ts';
import { decodeRdata, opaque, type Rdata } from './rdata.ts';
import { typeName } from './record-types.ts';
import { MalformedMessage, TooMuchWork, Work } from './work.ts';
import { plainText } from '../../model/plain-text.ts';

const extendedErrorOption = 15;

/** Of all sections together; real answers have a few dozen. */
export const maxRecords = 500;

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
  /** Records beyond maxRecords that the message says it has; nobody has read them. */
  recordsLeftOut: number;
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
    if (!(error instanceof MalformedMessage) || error instanceof TooMuchWork) throw error;
    // One record that is wrong does not spoil the others: its bytes are shown as they are.
    return opaque(start.rest());
  }
};

const toRecord = ({ labels, type, ttl, data }: Envelope): DnsRecord => {
  const name = showName(labels);
  return {
    name,
    key: keyOf(name),
    type: typeName(type),
    // RFC 2181, 8: with the top bit set it is zero.
    ttl: ttl > 0x7fffffff ? 0 : ttl,
    ...decodeData(type, data),
  };
};

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

interface Sections {
  answers: readonly Envelope[];
  authorities: readonly Envelope[];
  additionals: readonly Envelope[];
  leftOut: number;
}

/** No more than maxRecords, of the sections in their order. Throws MalformedMessage. */
const readSections = (reader: Reader, counts: readonly number[], cut: boolean): Sections => {
  const sections: Envelope[][] = [[], [], []];
  const wanted = counts.reduce((sum, count) => sum + count, 0);
  let room = maxRecords;
  try {
    for (const [index, section] of sections.entries()) {
      const count = Math.min(room, counts[index] ?? 0);
      while (section.length < count) section.push(readEnvelope(reader));
      room -= count;
    }
  } catch (error) {
    // What was truncated may end in the middle of a record.
    if (!(error instanceof MalformedMessage) || error instanceof TooMuchWork || !cut) throw error;
  }
  const [answers = [], authorities = [], additionals = []] = sections;
  return { answers, authorities, additionals, leftOut: Math.max(0, wanted - maxRecords) };
};

const read = (bytes: Buffer, work: Work): DnsMessage => {
  const reader = Reader.of(bytes, 0, work);
  reader.u16();
  const bits = reader.u16();
  const [questions, ...counts] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  const flag = (bit: number): boolean => (bits & bit) !== 0;
  const flags = { aa: flag(0x400), tc: flag(0x200), rd: flag(0x100), ra: flag(0x80), ad: flag(0x20), cd: flag(0x10) };
  for (let index = 0; index < questions; index += 1) {
    reader.name();
    reader.u32();
  }
  const { answers, authorities, additionals, leftOut } = readSections(reader, counts, flags.tc);
  const opt = additionals.find((entry) => entry.type === optType);
  return {
    flags,
    rcode: (bits & 15) | ((opt === undefined ? 0 : opt.ttl >>> 24) << 4),
    answers: recordsOf(answers),
    authorities: recordsOf(authorities),
    additionalCount: additionals.length,
    recordsLeftOut: leftOut,
    extendedErrors: extendedErrorsOf(opt),
  };
};

/** The message, or why the bytes are none. Never throws, whatever the bytes; takes at most maxSteps, counted in `work`. */
export const decodeMessage = (bytes: Buffer, work = new Work()): DnsMessage | { malformed: string } => {
  try {
    return read(bytes, work);
  } catch (error) {
    if (error instanceof MalformedMessage) return { malformed: error.message };
    throw error;
  }
};
