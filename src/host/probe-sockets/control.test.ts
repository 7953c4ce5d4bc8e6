import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeAddress, encodeAddress } from './address.ts';
import { readControl } from './control.ts';

const message = (level: number, type: number, value: Buffer): Buffer => {
  const header = Buffer.alloc(16);
  header.writeBigUInt64LE(BigInt(16 + value.length), 0);
  header.writeInt32LE(level, 8);
  header.writeInt32LE(type, 12);
  return Buffer.concat([header, value, Buffer.alloc((8 - (value.length % 8)) % 8)]);
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

const address = (family: 4 | 6, text: string): Buffer => {
  const encoded = encodeAddress(family, { address: text, port: 33_434, scope: 3 });
  if (encoded === undefined) throw new Error(`${text} should be encoded`);
  return encoded;
};

it('addresses survive the way there and back', () => {
  expect(decodeAddress(address(4, '192.0.2.7'))).toEqual({ address: '192.0.2.7', port: 33_434, scope: 0 });
  expect(decodeAddress(address(6, 'fe80::1'))).toEqual({ address: 'fe80::1', port: 33_434, scope: 3 });
  expect(decodeAddress(address(6, 'fe80::1%eth0'))?.address).toBe('fe80::1');
});

it('an address of the other family, or none, is not encoded', () => {
  for (const [family, text] of [
    [4, 'fd00::1'],
    [6, '192.0.2.1'],
    [4, 'host'],
  ] as const) {
    expect(encodeAddress(family, { address: text, port: 0, scope: 0 })).toBeUndefined();
  }
});

it('reads time, hop limit and an error with its offender', () => {
  const time = Buffer.alloc(16);
  time.writeBigInt64LE(1_700_000_000n, 0);
  time.writeBigInt64LE(5_000_000n, 8);
  const error = Buffer.alloc(16);
  error.writeUInt32LE(90, 0);
  error.writeUInt8(3, 4);
  error.writeUInt8(2, 5);
  error.writeUInt32LE(1280, 8);
  const control = Buffer.concat([
    message(1, 35, time),
    message(99, 99, Buffer.alloc(3)),
    message(41, 52, int32(61)),
    message(41, 25, Buffer.concat([error, address(6, 'fd01::2')])),
  ]);
  expect(readControl(control)).toEqual({
    received: { seconds: 1_700_000_000n, nanoseconds: 5_000_000 },
    hopLimit: 61,
    error: {
      errno: 90,
      origin: 'icmp6',
      type: 2,
      code: 0,
      info: 1280,
      offender: { address: 'fd01::2', port: 33_434, scope: 3 },
    },
  });
});

it('stops at a length that cannot be', () => {
  const broken = message(0, 2, int32(64));
  for (const length of [0n, 15n, 4096n, 2n ** 63n]) {
    broken.writeBigUInt64LE(length, 0);
    expect(readControl(Buffer.concat([broken, message(0, 2, int32(7))])).hopLimit).toBeUndefined();
  }
});

it('no bytes make it fail', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      readControl(Buffer.from(bytes));
      decodeAddress(Buffer.from(bytes));
    }),
  );
});
