import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textAttribute, u32Attribute } from './attributes.ts';
import { readLink } from './links.ts';
import { encodeRequest, NLMSG_DONE, NLMSG_ERROR, readAnswer, readMessages } from './messages.ts';
import { readFilter } from './traffic-control.ts';

const message = (type: number, flags: number, ...body: Buffer[]): Buffer => encodeRequest({ type, flags, body }, 7);
const errno = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const answerOf = (bytes: Buffer): unknown => readMessages(bytes).map(readAnswer)[0];
/** The request's header as an answer repeats it: 48 bytes long, though only 16 are here when it is capped. */
const repeated = encodeRequest({ type: 44, flags: 5, body: [Buffer.alloc(32)] }, 7);

describe('messages', () => {
  it('have the header of nlmsghdr', () => {
    expect(message(18, 0x301, Buffer.from('aabb', 'hex')).toString('hex')).toBe(
      '12000000' + '1200' + '0103' + '07000000' + '00000000' + 'aabb',
    );
  });

  it('of hostile bytes are read without reaching beyond them, by every reader', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(2, 3, 16, 44), (bytes, type) => {
        const whole = Buffer.from(bytes);
        for (const found of [...readMessages(whole), { type, flags: 0x200, sequence: 1, body: whole }]) {
          readAnswer(found);
          readLink(found);
          readFilter(found);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['less than a header', '0c000000120001030700000000000000'],
    ['beyond the end', '11000000120001030700000000000000'],
  ])('that say they have %s end the list', (_what, hex) => {
    expect(readMessages(Buffer.from(hex, 'hex'))).toEqual([]);
  });
});

describe('the kernel’s answer', () => {
  it('is success with errno 0', () => {
    expect(answerOf(message(NLMSG_ERROR, 0x100, errno(0), repeated.subarray(0, 16)))).toEqual({ errno: 0, text: '' });
    expect(answerOf(message(NLMSG_DONE, 2, errno(0)))).toEqual({ errno: 0, text: '' });
  });

  it('tells why, behind a request that is repeated whole or cut to its header', () => {
    const why = textAttribute(1, 'Exclusivity flag on, cannot modify');
    const expected = { errno: 17, text: 'Exclusivity flag on, cannot modify' };
    expect(answerOf(message(NLMSG_ERROR, 0x200, errno(-17), repeated, why))).toEqual(expected);
    expect(answerOf(message(NLMSG_ERROR, 0x300, errno(-17), repeated.subarray(0, 16), why))).toEqual(expected);
    expect(answerOf(message(NLMSG_DONE, 0x202, errno(-17), why))).toEqual(expected);
  });

  it('without its flag has no text, whatever stands behind', () => {
    expect(answerOf(message(NLMSG_ERROR, 0, errno(-22), repeated, textAttribute(1, 'x')))).toEqual({
      errno: 22,
      text: '',
    });
  });

  it('that is too short is a protocol error', () => {
    expect(answerOf(message(NLMSG_ERROR, 0, Buffer.alloc(2)))).toEqual({ errno: 71, text: '' });
  });
});

describe('a link', () => {
  const header = (ifindex: number, flags: number): Buffer => {
    const bytes = Buffer.alloc(16);
    bytes.writeInt32LE(ifindex, 4);
    bytes.writeUInt32LE(flags, 8);
    return bytes;
  };
  const counters = (count: number): Buffer => {
    const bytes = Buffer.alloc(count * 8);
    for (let index = 0; index < count; index += 1) bytes.writeBigUInt64LE(BigInt(index) + (1n << 40n), index * 8);
    const attribute = Buffer.alloc(4);
    attribute.writeUInt16LE(4 + bytes.length, 0);
    attribute.writeUInt16LE(23, 2);
    return Buffer.concat([attribute, bytes]);
  };
  const read = (...parts: Buffer[]) => readMessages(message(16, 0, ...parts)).map(readLink)[0];

  it('has the kernel’s fields in their order, as many as this kernel has', () => {
    const link = read(header(3, 1), textAttribute(3, 'v0'), u32Attribute(4, 9000), counters(24));
    expect(link).toMatchObject({ iface: 'v0', ifindex: 3, up: true, loopback: false, mtu: 9000, carrier: undefined });
    const base = 1n << 40n;
    expect([link?.rxPackets, link?.txPackets, link?.rxBytes, link?.txBytes]).toEqual([
      base,
      base + 1n,
      base + 2n,
      base + 3n,
    ]);
    expect([link?.rxErrors, link?.txErrors, link?.rxDropped, link?.txDropped, link?.multicast]).toEqual(
      [4n, 5n, 6n, 7n, 8n].map((index) => base + index),
    );
    expect(link?.others['collisions']).toBe(base + 9n);
    expect(link?.others['rx_nohandler']).toBe(base + 23n);
    expect(Object.keys(link?.others ?? {})).toHaveLength(15);
    expect(read(header(3, 1), textAttribute(3, 'v0'), counters(30))?.others['rx_otherhost_dropped']).toBe(base + 24n);
  });

  it('without a name or counters is none', () => {
    expect(read(header(3, 1), counters(24))).toBeUndefined();
    expect(read(header(3, 1), textAttribute(3, 'v0'), counters(8))).toBeUndefined();
  });
});
