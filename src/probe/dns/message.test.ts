// The codec against the library's (an independent one), and against bytes of every kind: it ends, and throws nothing.
import packet from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from './interpret.ts';
import { decodeMessage, maxRecords, type DnsMessage } from './message.ts';
import { answersQuestion, encodeQuery, questionFor } from './query.ts';
import { parseName } from './name.ts';
import { maxPointers } from './reader.ts';
import { maxSteps, Work } from './work.ts';

const labels = parseName('www.example.com');
const question = questionFor(labels, 'A');

const decoded = (bytes: Buffer): DnsMessage => {
  const message = decodeMessage(bytes);
  if ('malformed' in message) throw new Error(message.malformed);
  return message;
};

const sample = packet.encode({
  type: 'response',
  id: 7,
  flags: packet.RECURSION_DESIRED,
  questions: [{ type: 'A', name: 'www.example.com' }],
  answers: [
    { type: 'CNAME', name: 'www.example.com', ttl: 5, data: 'a.example.com' },
    { type: 'A', name: 'a.example.com', ttl: 9, data: '192.0.2.1' },
    { type: 'SRV', name: 'x.example.com', ttl: 9, data: { port: 1, target: 't.example.com', priority: 1, weight: 1 } },
    { type: 'TXT', name: 'a.example.com', ttl: 9, data: ['one', 'two'] },
  ],
});

describe('encodeQuery', () => {
  test('the library reads what was asked', () => {
    const query = packet.decode(encodeQuery(question, { id: 4711, edns: true, dnssec: true }));
    expect(query).toMatchObject({
      id: 4711,
      type: 'query',
      flag_rd: true,
      flag_ad: true,
      questions: [{ name: 'www.example.com', type: 'A', class: 'IN' }],
      additionals: [{ type: 'OPT', udpPayloadSize: 1232, flag_do: true }],
    });
    expect(packet.decode(encodeQuery(question, { id: 1, edns: false, dnssec: false })).additionals).toEqual([]);
  });

  test('the root has no labels', () => {
    const query = packet.decode(encodeQuery(questionFor(parseName('.'), 'NS'), { id: 1, edns: true, dnssec: false }));
    expect(query.questions).toMatchObject([{ name: '.', type: 'NS' }]);
  });
});

describe('answersQuestion', () => {
  test('only the id, the question and a response count; the case of letters does not', () => {
    expect(answersQuestion(sample, 7, question)).toBe(true);
    expect(answersQuestion(sample, 7, questionFor(parseName('WWW.Example.com'), 'A'))).toBe(true);
    expect(answersQuestion(sample, 8, question)).toBe(false);
    expect(answersQuestion(sample, 7, questionFor(labels, 'AAAA'))).toBe(false);
    expect(answersQuestion(sample, 7, questionFor(parseName('example.com'), 'A'))).toBe(false);
    expect(answersQuestion(encodeQuery(question, { id: 7, edns: true, dnssec: false }), 7, question)).toBe(false);
  });
});

describe('decodeMessage', () => {
  test('records, aliases and what is about other names', () => {
    const message = decoded(sample);
    expect(message.answers).toMatchObject([
      { value: 'a.example.com' },
      { value: '192.0.2.1' },
      { port: 1 },
      { value: 'onetwo' },
    ]);
    expect(interpret(message, labels, 'A')).toMatchObject({
      records: [{ value: '192.0.2.1' }],
      chain: [{ target: 'a.example.com' }],
      unrelated: 1,
    });
  });

  test('a record whose data does not fit its type is shown as bytes', () => {
    const bytes = packet.encode({
      type: 'response',
      answers: [{ type: 'A', name: 'x', ttl: 1, data: '192.0.2.1' }],
    });
    bytes.writeUInt16BE(28, bytes.length - 14);
    expect(decoded(bytes).answers).toMatchObject([{ type: 'AAAA', value: '\\# 4 c0000201' }]);
  });

  test('odd bytes in names are escaped, so that no two names look alike', () => {
    const head = Buffer.from([0, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    const record = Buffer.from([4, 46, 27, 0x41, 0xc3, 0, 0, 16, 0, 1, 0, 0, 0, 1, 0, 1, 0]);
    expect(decoded(Buffer.concat([head, record])).answers[0]?.name).toBe('\\.\\027A\\195');
  });

  test('a compressed name that loops is malformed', () => {
    const head = Buffer.from([0, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    for (const pointer of [12, 14, 200, 0x3fff]) {
      const record = Buffer.from([0xc0 | (pointer >> 8), pointer & 255, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0]);
      expect(decodeMessage(Buffer.concat([head, record]))).toHaveProperty('malformed');
    }
  });

  test('a chain of many thousand pointers ends early', () => {
    // The first record's data is the chain, each pointer naming the one before it; the second record's name is its end.
    const chain = Buffer.alloc(16_000);
    for (let at = 0; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 | (at === 0 ? 12 : 21 + at), at);
    const head = Buffer.from([0, 1, 0x80, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
    const first = Buffer.from([0, 0, 16, 0, 1, 0, 0, 0, 1, chain.length >> 8, chain.length & 255]);
    const second = (pointers: number): Buffer => {
      const target = 23 + 2 * (pointers - 1);
      return Buffer.from([0xc0 | (target >> 8), target & 255, 0, 16, 0, 1, 0, 0, 0, 1, 0, 0]);
    };
    expect(decodeMessage(Buffer.concat([head, first, chain, second(maxPointers - 1)]))).toHaveProperty(
      'answers.length',
      2,
    );
    expect(decodeMessage(Buffer.concat([head, first, chain, second(maxPointers)]))).toHaveProperty('malformed');
    const bytes = Buffer.concat([head, first, chain, second(8000)]);
    expect(decodeMessage(bytes)).toHaveProperty('malformed');
  });

  /** NS records that each hold one more label than the one before, then records whose two names are the deepest, up to 64 KB. */
  const deepAnswer = (depth: number): Buffer => {
    const record = (owner: number, data: Buffer): Buffer =>
      Buffer.concat([Buffer.from([0xc0 | (owner >> 8), owner & 255, 0, 2, 0, 1, 0, 0, 0, 1, 0, data.length]), data]);
    const pointer = (to: number): Buffer => Buffer.from([0xc0 | (to >> 8), to & 255]);
    const parts: Buffer[] = [Buffer.from([0, 7, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 1, 120, 0, 0, 2, 0, 1])];
    let [size, deepest, count] = [19, 12, 0];
    const add = (part: Buffer): void => {
      parts.push(part);
      size += part.length;
      count += 1;
    };
    for (; count < depth; deepest = size - 4) add(record(12, Buffer.concat([Buffer.from([1, 97]), pointer(deepest)])));
    while (size < 65_500) add(record(deepest, pointer(deepest)));
    const bytes = Buffer.concat(parts);
    bytes.writeUInt16BE(count, 6);
    return bytes;
  };

  test('64 KB of deep names take few steps, and only so many records are read', () => {
    const work = new Work();
    const message = decodeMessage(deepAnswer(maxPointers - 1), work);
    expect(message).toHaveProperty('answers.length', maxRecords);
    expect(message).toHaveProperty('answers[499].name', `${'a.'.repeat(maxPointers - 1)}x`);
    expect(message).toHaveProperty(
      'recordsLeftOut',
      expect.toSatisfy((count: number) => count > 3000),
    );
    expect(work.steps).toBeLessThan(10_000);
    const refused = new Work();
    expect(decodeMessage(deepAnswer(100), refused)).toHaveProperty('malformed', 'a name has too many pointers');
    expect(refused.steps).toBeLessThan(1000);
  });

  test('a message that keeps its reader busy is refused as a whole', () => {
    // Service bindings of nothing but empty strings; long names that are each written anew.
    const svcb = Buffer.concat([Buffer.from([0, 1, 0, 0, 1, 0xea, 0x60]), Buffer.alloc(60_000)]);
    const bindings = Buffer.concat([
      Buffer.from([0, 7, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 64, 0, 1, 0, 0, 0, 1]),
      Buffer.from([svcb.length >> 8, svcb.length & 255]),
      svcb,
    ]);
    const long = Buffer.concat([Buffer.alloc(254, Buffer.from([1, 97])), Buffer.from([0])]);
    const owners = Buffer.concat(
      Array.from({ length: 240 }, () => [long, Buffer.from([0, 16, 0, 1, 0, 0, 0, 1, 0, 0])]).flat(),
    );
    const names = Buffer.concat([Buffer.from([0, 7, 0x81, 0x80, 0, 0, 0, 240, 0, 0, 0, 0]), owners]);
    for (const bytes of [bindings, names]) {
      const work = new Work();
      expect(decodeMessage(bytes, work)).toEqual({ malformed: 'it takes more work to read than any real answer' });
      expect(work.steps).toBeLessThanOrEqual(maxSteps + 127);
    }
  });

  test('a text of 64 KB in strings of any length is read', () => {
    const strings = Buffer.alloc(65_000, Buffer.concat([Buffer.from([64]), Buffer.alloc(64, 'x')]));
    const record = Buffer.from([0, 0, 16, 0, 1, 0, 0, 0, 1, strings.length >> 8, strings.length & 255]);
    const bytes = Buffer.concat([Buffer.from([0, 7, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0]), record, strings]);
    expect(decoded(bytes).answers).toMatchObject([{ value: `${'x'.repeat(2000)}…` }]);
  });

  test('no bytes make it throw', () => {
    const valid = fc.constant(sample);
    const mutated = fc
      .tuple(
        valid,
        fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { maxLength: 12 }),
        fc.nat(sample.length),
      )
      .map(([bytes, changes, length]) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy.writeUInt8(value, at);
        return copy.subarray(0, length);
      });
    const header = fc
      .tuple(fc.uint8Array({ minLength: 0, maxLength: 600 }), fc.nat(3), fc.nat(3))
      .map(([rest, questions, answers]) =>
        Buffer.concat([Buffer.from([0, 7, 0x81, 0x80, 0, questions, 0, answers, 0, 1, 0, 1]), rest]),
      );
    const anything = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(anything, header, mutated), fc.constantFrom('A', 'CNAME', 'ANY', 'SOA'), (bytes, type) => {
        answersQuestion(bytes, 7, question);
        const message = decodeMessage(bytes);
        if (!('malformed' in message)) interpret(message, labels, type);
      }),
      { numRuns: 20_000 },
    );
  });

  test('data of every known type, whatever its bytes, is shown in plain text', () => {
    const types = fc.constantFrom(
      1,
      2,
      5,
      6,
      12,
      13,
      15,
      16,
      28,
      33,
      35,
      39,
      43,
      44,
      46,
      47,
      48,
      52,
      64,
      65,
      99,
      257,
      9999,
    );
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 80 }), (type, data) => {
        const head = Buffer.from([0, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 97, 0]);
        const record = Buffer.from([type >> 8, type & 255, 0, 1, 0, 0, 0, 1, 0, data.length, ...data]);
        const text = JSON.stringify(decoded(Buffer.concat([head, record])).answers);
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]|\\u00/);
      }),
      { numRuns: 5000 },
    );
  });
});
