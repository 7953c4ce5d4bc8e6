// What a value in an expression means for the field it is compared with; a value of another type is refused with how to write it.
import type { NetError } from '../../model/errors.ts';
import type { FieldType } from '../layers/layer.ts';
import { networkOf } from './addresses.ts';
import type { Literal } from './ast.ts';
import { filterFault, quoted } from './fault.ts';
import { bytesOfString } from './strings.ts';
import type { Constant } from './values.ts';

const written: Readonly<Record<FieldType, string>> = {
  uint: 'Write a number such as 443, 0x1bb, 0b1010 or 0644, without quotes.',
  boolean: 'Write 1, 0, True or False, without quotes.',
  ipv4: 'Write an IPv4 address or network such as 192.0.2.1 or 10.0.0.0/8, without quotes; IPv6 has fields of its own, ipv6.addr.',
  ipv6: 'Write an IPv6 address or network such as 2001:db8::1 or fe80::/10, without quotes.',
  ether: 'Write a hardware address such as 00:11:22:33:44:55, without quotes.',
  string: 'Write text in double quotes, such as "example.org".',
  bytes: 'Write bytes such as 16:03:01, or text in double quotes.',
  time: 'Write seconds such as 0.25, without quotes.',
  protocol: 'Write bytes such as 16:03:01, or text in double quotes.',
};

const typeName: Readonly<Record<FieldType, string>> = {
  uint: 'a number',
  boolean: 'true or false',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  ether: 'a hardware address',
  string: 'text',
  bytes: 'bytes',
  time: 'a time in seconds',
  protocol: 'bytes',
};

/** Names that Wireshark takes for numbers (IANA protocol numbers, DNS types). */
const numbers: ReadonlyMap<string, string> = new Map([
  ['icmp', 'As a protocol of IP write 1.'],
  ['igmp', 'As a protocol of IP write 2.'],
  ['tcp', 'As a protocol of IP write 6.'],
  ['udp', 'As a protocol of IP write 17.'],
  ['gre', 'As a protocol of IP write 47.'],
  ['esp', 'As a protocol of IP write 50.'],
  ['icmpv6', 'As a protocol of IP write 58.'],
  ['ospf', 'As a protocol of IP write 89.'],
  ['sctp', 'As a protocol of IP write 132.'],
  ['a', 'As a type of DNS write 1.'],
  ['cname', 'As a type of DNS write 5.'],
  ['mx', 'As a type of DNS write 15.'],
  ['txt', 'As a type of DNS write 16.'],
  ['aaaa', 'As a type of DNS write 28.'],
]);

const mismatch = ({ text, form, at }: Literal, type: FieldType): NetError =>
  filterFault(
    `${form === 'word' ? quoted(text) : `the string ${quoted(text)}`} is not ${typeName[type]}.`,
    at,
    [type === 'uint' ? (numbers.get(text.toLowerCase()) ?? []) : [], written[type]].flat().join(' '),
  );

const numberOf = ({ text, form }: Literal): number | bigint | undefined => {
  if (form === 'character') return text.charCodeAt(0) & 0xff;
  if (form === 'string' || !/^(0x[0-9a-f]{1,16}|0b[01]{1,64}|0[0-7]{1,21}|\d{1,20})$/i.test(text)) return undefined;
  const octal = /^0[0-7]+$/.test(text);
  const value = BigInt(octal ? `0o${text.slice(1)}` : text.toLowerCase());
  if (value > 0xffff_ffff_ffff_ffffn) return undefined;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
};

const booleanOf = (literal: Literal): number | undefined => {
  if (literal.form === 'word' && /^true$/i.test(literal.text)) return 1;
  if (literal.form === 'word' && /^false$/i.test(literal.text)) return 0;
  const number = numberOf(literal);
  return number === undefined ? undefined : Number(Number(number) !== 0);
};

const nanosecondsOf = ({ text, form }: Literal): bigint | undefined => {
  const [all, minus, seconds = '0', fraction = ''] = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (all === undefined || form !== 'word') return undefined;
  const value = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return minus === '-' ? -value : value;
};

const hex = (digits: string): Uint8Array =>
  Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );

/** aa:bb, aa-bb, aa.bb, aabb.ccdd, aabb, 0xaabb; one digit alone is a byte too. */
const bytesOf = ({ text, form }: Literal): Uint8Array | undefined => {
  if (form !== 'word') return bytesOfString(text);
  const digits = text.replace(/^0x/i, '');
  if (/^[0-9a-f]$/i.test(digits)) return hex(`0${digits}`);
  if (/^([0-9a-f]{2})+$/i.test(digits)) return hex(digits);
  const separated = /^[0-9a-f]{1,2}([:.-][0-9a-f]{1,2})+$/i.test(text);
  if (separated)
    return hex(
      text
        .split(/[:.-]/)
        .map((part) => part.padStart(2, '0'))
        .join(''),
    );
  return /^[0-9a-f]{4}([:.-][0-9a-f]{4})+$/i.test(text) ? hex(text.replaceAll(/[:.-]/g, '')) : undefined;
};

const bytesConstant = (value: Uint8Array | undefined): Constant | undefined =>
  value === undefined ? undefined : { kind: 'bytes', value, prefix: undefined };

const addressConstant = (literal: Literal, version: 4 | 6): Constant | undefined => {
  const network = literal.form === 'word' ? networkOf(literal.text, version) : undefined;
  if (network === undefined) return undefined;
  const { bytes, prefix } = network;
  const bits = bytes.length * 8;
  if (prefix !== undefined && prefix > bits)
    throw filterFault(`/${prefix} is longer than the address.`, literal.at, `A prefix is at most /${bits}.`);
  return { kind: 'bytes', value: bytes, prefix: prefix === bits ? undefined : prefix };
};

const read = (literal: Literal, type: FieldType): Constant | undefined => {
  switch (type) {
    case 'uint':
    case 'boolean': {
      const value = type === 'uint' ? numberOf(literal) : booleanOf(literal);
      return value === undefined ? undefined : { kind: 'number', value };
    }
    case 'time': {
      const nanoseconds = nanosecondsOf(literal);
      return nanoseconds === undefined ? undefined : { kind: 'time', nanoseconds };
    }
    case 'ipv4':
      return addressConstant(literal, 4);
    case 'ipv6':
      return addressConstant(literal, 6);
    case 'string':
      return { kind: 'string', value: literal.text };
    case 'ether': {
      const bytes = literal.form === 'word' ? bytesOf(literal) : undefined;
      return bytes?.length === 6 ? bytesConstant(bytes) : undefined;
    }
    case 'bytes':
    case 'protocol':
      return bytesConstant(bytesOf(literal));
  }
};

/** Throws invalid_argument when the value is not of the type. */
export const constantOf = (literal: Literal, type: FieldType): Constant => {
  const constant = read(literal, type);
  if (constant === undefined) throw mismatch(literal, type);
  return constant;
};
