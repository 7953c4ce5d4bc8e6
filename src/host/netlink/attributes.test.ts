import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attribute,
  attributesByType,
  nestedAttribute,
  readAttributes,
  textAttribute,
  textOf,
  u32Attribute,
  u32Of,
  u8Of,
} from './attributes.ts';

describe('attributes', () => {
  it('are written as the kernel lays them out: length, type, value, padding to four bytes', () => {
    expect(textAttribute(3, 'v0').toString('hex')).toBe('07000300763000' + '00');
    expect(u32Attribute(4, 1500).toString('hex')).toBe('08000400dc050000');
    expect(u32Attribute(4, 0xfffffff1).toString('hex')).toBe('08000400f1ffffff');
    expect(nestedAttribute(2, [u32Attribute(6, 9)]).toString('hex')).toBe('0c000280' + '0800060009000000');
  });

  it('come back as they were written, in order', () => {
    const list = fc.array(fc.tuple(fc.integer({ min: 0, max: 0x3fff }), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(list, (written) => {
        const bytes = Buffer.concat(written.map(([type, value]) => attribute(type, Buffer.from(value))));
        expect(readAttributes(bytes).map(({ type, value }) => [type, [...value]])).toEqual(
          written.map(([type, value]) => [type, [...value]]),
        );
      }),
    );
  });

  it('of hostile bytes never reach beyond them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const all = Buffer.from([0xaa, ...bytes, 0xbb]);
        const inner = all.subarray(1, 1 + bytes.length);
        for (const { value } of readAttributes(inner)) {
          expect(value.byteOffset).toBeGreaterThanOrEqual(inner.byteOffset);
          expect(value.byteOffset + value.length).toBeLessThanOrEqual(inner.byteOffset + inner.length);
          u8Of(value);
          u32Of(value);
          textOf(value);
          readAttributes(value);
        }
      }),
    );
  });

  it.each([
    ['a length below its own header', '03000100ffffffff'],
    ['a length of zero', '0000000000000000'],
    ['a length beyond the end', '09000100aabbccdd'],
    ['half a header', '080001'],
  ])('end at %s', (_what, hex) => {
    expect(readAttributes(Buffer.from(hex, 'hex'))).toEqual([]);
  });

  it('behind a broken one are left out, those before it stay', () => {
    const bytes = Buffer.concat([u32Attribute(4, 7), Buffer.from('ff000100', 'hex'), u32Attribute(5, 8)]);
    expect(readAttributes(bytes).map(({ type }) => type)).toEqual([4]);
  });

  it('too short for their number are as if they were not there', () => {
    expect(u32Of(Buffer.from([1, 2, 3]))).toBeUndefined();
    expect(u8Of(Buffer.alloc(0))).toBeUndefined();
    expect(textOf(undefined)).toBeUndefined();
    expect(textOf(Buffer.from('eth0'))).toBe('eth0');
    expect(textOf(Buffer.from('eth0\0junk'))).toBe('eth0');
  });

  it('that stand twice count by the last', () => {
    expect(u32Of(attributesByType(Buffer.concat([u32Attribute(4, 1), u32Attribute(4, 2)])).get(4))).toBe(2);
  });
});
