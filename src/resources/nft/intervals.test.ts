import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatAddress,
  formatMask,
  formatNetwork,
  formatNumbers,
  mergeIntervals,
  parseNetwork,
  parseNumbers,
} from './intervals.ts';

const respell = (text: string): string | undefined => {
  const network = parseNetwork(text);
  return network === undefined ? undefined : formatNetwork(network);
};

describe('networks', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.0-10.0.0.255', '10.0.0.0/24'],
    ['10.0.0.1-10.0.0.2', '10.0.0.1-10.0.0.2'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::/0', '::/0'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
    ['fd00:1:2:3:4:5:6:7/64', 'fd00:1:2:3::/64'],
    ['1::', '1::'],
  ])('%s is %s', (text, spelled) => {
    expect(respell(text)).toBe(spelled);
  });

  it.each([
    ...[
      '',
      '1.2.3',
      '1.2.3.256',
      '1.2.3.4.5',
      '1.2.3.4/33',
      '1.2.3.4/',
      '1.2.3.4/-1',
      ':::',
      '1::2::3',
      '::/129',
      'g::',
    ],
    ...['1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', 'fe80::1%eth0', '1.2.3.4-::1', 'name', '1.2.3.4 '],
  ])('%j is none', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it('come back from their own spelling', () => {
    const value = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
    fc.assert(
      fc.property(value, fc.constantFrom(32 as const, 128 as const), fc.nat(32), (seed, bits, length) => {
        const address = formatAddress(seed & ((1n << BigInt(bits)) - 1n), bits);
        expect(respell(address)).toBe(address);
        const prefix = respell(`${address}/${String(length)}`) ?? '';
        expect(respell(prefix)).toBe(prefix);
      }),
    );
  });
});

describe('numbers', () => {
  it.each([
    ['0x2e', '46'],
    ['0x00000001', '1'],
    ['80', '80'],
    ['5000-5100', '5000-5100'],
    ['0x1-0x2', '1-2'],
  ])('%s is %s', (text, spelled) => {
    const parsed = parseNumbers(text);
    expect(parsed === undefined ? undefined : formatNumbers(parsed)).toBe(spelled);
  });

  it.each(['', '-1', '1-', 'ef', '1:10', '0x', '1 2'])('%j is none', (text) => {
    expect(parseNumbers(text)).toBeUndefined();
  });
});

describe('merging', () => {
  it.each([
    {
      name: 'overlapping',
      given: [
        [1n, 5n],
        [3n, 9n],
      ],
      merged: [[1n, 9n]],
    },
    {
      name: 'adjacent',
      given: [
        [6n, 9n],
        [1n, 5n],
      ],
      merged: [[1n, 9n]],
    },
    {
      name: 'contained',
      given: [
        [1n, 9n],
        [2n, 3n],
      ],
      merged: [[1n, 9n]],
    },
    {
      name: 'apart',
      given: [
        [7n, 9n],
        [1n, 5n],
      ],
      merged: [
        [1n, 5n],
        [7n, 9n],
      ],
    },
  ])('$name', ({ given, merged }) => {
    const intervals = given.map(([low = 0n, high = 0n]) => ({ low, high }));
    expect(mergeIntervals(intervals).map(({ low, high }) => [low, high])).toEqual(merged);
  });
});

it.each([
  [24, 32, '255.255.255.0'],
  [1, 32, '128.0.0.0'],
  [31, 32, '255.255.255.254'],
  [64, 128, 'ffff:ffff:ffff:ffff::'],
  [48, 128, 'ffff:ffff:ffff::'],
] as const)('the mask of /%i of %i bits is %s', (length, bits, mask) => {
  expect(formatMask(length, bits)).toBe(mask);
});
