import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOf, inPrefix, parseAddress, parsePrefix } from './address.ts';

test.each([
  ['192.0.2.1', '192.0.2.1', 4],
  ['0.0.0.0', '0.0.0.0', 4],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1', 6],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', 6],
  ['::', '::', 6],
  ['1::', '1::', 6],
  ['::192.0.2.1', '::c000:201', 6],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201', 6],
  ['::ffff:192.0.2.1', '192.0.2.1', 4],
  ['fe80::1%eth0', 'fe80::1%eth0', 6],
  ['2001:db8::1%eth0', '2001:db8::1', 6],
])('%s is %s', (text, canonical, family) => {
  expect(parseAddress(text)).toMatchObject({ text: canonical, family });
});

test.each([
  ...['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.4.', '0x1.2.3.4', '1', ' 1.2.3.4', '1.2.3.-4'],
  ...[
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.04',
    '1.2.3.4::',
    '::1%',
    '::1%a%b',
    '::1/64',
  ],
])('%j is no address in the standard notation', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test('every IPv6 address comes back from its canonical text', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = groups.flatMap((word) => [word >> 8, word & 255]);
      const address = addressOf(bytes);
      expect(parseAddress(address.text)).toEqual(address);
      expect(parseAddress(groups.map((word) => word.toString(16)).join(':'))).toEqual(address);
    }),
  );
});

test.each([
  ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'], ['9.255.255.255', '11.0.0.0', '::a00:1']],
  ['192.0.2.128/25', ['192.0.2.128', '192.0.2.255'], ['192.0.2.127']],
  ['0.0.0.0/0', ['255.255.255.255'], ['::']],
  ['192.0.2.1/32', ['192.0.2.1'], ['192.0.2.0']],
  ['fe80::/10', ['fe80::1%eth0', 'febf::'], ['fec0::', 'fe7f::']],
  ['2001:db8:8000::/33', ['2001:db8:8000::1'], ['2001:db8:7fff::']],
  ['::/0', ['2001:db8::1'], ['10.0.0.1']],
  ['::ffff:10.0.0.0/104', ['10.9.9.9'], ['11.0.0.1']],
])('%s holds %j and not %j', (text, inside, outside) => {
  const prefix = parsePrefix(text);
  const holds = (address: string): boolean | undefined => {
    const parsed = parseAddress(address);
    return prefix === undefined || parsed === undefined ? undefined : inPrefix(parsed, prefix);
  };
  expect(inside.map(holds)).toEqual(inside.map(() => true));
  expect(outside.map(holds)).toEqual(outside.map(() => false));
});

test.each([
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/8/8',
  '10.0.0/8',
  'a/8',
  '10.0.0.0/-1',
  'fe80::1%eth0/64',
])('%s is no prefix', (text) => {
  expect(parsePrefix(text)).toBeUndefined();
});
