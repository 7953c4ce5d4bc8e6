import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import type { QueuedError } from './control.ts';
import {
  buildEcho,
  buildPayload,
  internetChecksum,
  meaningOf,
  readEchoReply,
  readQuotedEcho,
  type EchoRules,
} from './packets.ts';

const cookie = Buffer.from('0123456789abcdef', 'hex');
const raw4: EchoRules = { family: 4, id: 0x1234, cookie, withIpHeader: true };
const raw6: EchoRules = { family: 6, id: 0x1234, cookie, withIpHeader: false };

const withChecksum = (packet: Buffer, type: number): Buffer => {
  packet.writeUInt8(type, 0);
  packet.writeUInt16BE(0, 2);
  packet.writeUInt16BE(internetChecksum(packet), 2);
  return packet;
};

/** What a host answers: the request with another type, behind an IP header of that many words. */
const reply4 = (words = 5): Buffer => {
  const packet = withChecksum(buildEcho(4, 0x1234, 7, buildPayload(56, cookie)), 0);
  const header = Buffer.alloc(words * 4);
  header.writeUInt8(0x40 | words, 0);
  header.writeUInt8(57, 8);
  return Buffer.concat([header, packet]);
};

it('a request has the checksum of RFC 1071, also with an odd length', () => {
  for (const size of [0, 1, 7, 56, 1473]) {
    expect(internetChecksum(buildEcho(4, 0xffff, 65_535, buildPayload(size, cookie)))).toBe(0);
  }
});

it('a reply gives its sequence number and TTL, behind IP options too', () => {
  expect(readEchoReply(reply4(), raw4)).toEqual({ sequence: 7, hopLimit: 57 });
  expect(readEchoReply(reply4(15), raw4)).toEqual({ sequence: 7, hopLimit: 57 });
});

/** A byte of the reply replaced, and its checksum right again. */
const changed = (offset: number, value: number): Buffer => {
  const packet = reply4();
  packet.writeUInt8(value, offset);
  return Buffer.concat([packet.subarray(0, 20), withChecksum(packet.subarray(20), packet.readUInt8(20))]);
};

const corrupted = (): Buffer => {
  const packet = reply4();
  packet.writeUInt8(0x99, 60);
  return packet;
};

test.each([
  ['another id', changed(24, 0x99)],
  ['another cookie', changed(28, 0x99)],
  ['a request', changed(20, 8)],
  ['another code', changed(21, 1)],
  ['a wrong checksum', corrupted()],
  ['IP version 6', changed(0, 0x65)],
  ['an IP header shorter than it may be', changed(0, 0x44)],
  ['an IP header longer than the packet', reply4().subarray(0, 20)],
  ['no whole ICMP header', reply4().subarray(0, 24)],
  ['a payload cut within the cookie', reply4().subarray(0, 32)],
  ['nothing', Buffer.alloc(0)],
])('%s is no reply', (_what, packet) => {
  expect(readEchoReply(packet, raw4)).toBeUndefined();
});

it('a reply of the other family is none', () => {
  expect(readEchoReply(reply4().subarray(20), raw6)).toBeUndefined();
});

it('an error’s quote gives the sequence number of our own request only', () => {
  const quote = buildEcho(6, 0x1234, 9, Buffer.alloc(0));
  expect(readQuotedEcho(quote, raw6)).toBe(9);
  expect(readQuotedEcho(quote, { ...raw6, id: 0x1235 })).toBeUndefined();
  expect(readQuotedEcho(quote, { ...raw6, family: 4 })).toBeUndefined();
  expect(readQuotedEcho(quote.subarray(0, 7), raw6)).toBeUndefined();
});

it('as much of the payload as is quoted must be ours, unless a router filled it up with zeros', () => {
  const quote = buildEcho(4, 0x1234, 9, buildPayload(56, cookie));
  for (const length of [8, 12, 16, 64]) expect(readQuotedEcho(quote.subarray(0, length), raw4)).toBe(9);
  expect(readQuotedEcho(Buffer.concat([quote.subarray(0, 8), Buffer.alloc(100)]), raw4)).toBe(9);
  for (const offset of [8, 11, 15]) {
    const forged = Buffer.from(quote);
    forged.writeUInt8(forged.readUInt8(offset) ^ 0x80, offset);
    expect(readQuotedEcho(forged, raw4)).toBeUndefined();
    expect(readQuotedEcho(forged.subarray(0, offset + 1), raw4)).toBeUndefined();
  }
});

const queued = (origin: QueuedError['origin'], type: number, code: number, info = 0): QueuedError => ({
  errno: 0,
  origin,
  type,
  code,
  info,
  offender: undefined,
});

test.each([
  [queued('icmp', 11, 0), { kind: 'time_exceeded', code: 0, mtu: null }],
  [queued('icmp', 3, 1), { kind: 'unreachable', code: 1, mtu: null }],
  [queued('icmp', 3, 4, 1400), { kind: 'too_big', code: 4, mtu: 1400 }],
  [queued('icmp', 3, 4, 0), { kind: 'too_big', code: 4, mtu: null }],
  [queued('icmp6', 2, 0, 1280), { kind: 'too_big', code: 0, mtu: 1280 }],
  [queued('icmp6', 1, 4), { kind: 'unreachable', code: 4, mtu: null }],
  [queued('icmp6', 3, 0), { kind: 'time_exceeded', code: 0, mtu: null }],
  [queued('icmp', 5, 0), undefined],
  [queued('icmp6', 4, 0), undefined],
  [queued('local', 3, 1), undefined],
])('%j', (error, meaning) => {
  expect(meaningOf(error)).toEqual(meaning);
});

it('no bytes make it fail', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      for (const rules of [raw4, raw6]) {
        readEchoReply(Buffer.from(bytes), rules);
        readQuotedEcho(Buffer.from(bytes), rules);
      }
    }),
  );
});
