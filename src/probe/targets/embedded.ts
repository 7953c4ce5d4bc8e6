// IPv4 addresses that an IPv6 address carries: a translator or tunnel on the way may deliver to them.
import { addressOf, inPrefix, parsePrefix, type Address, type Prefix } from '../../model/address.ts';

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is no prefix`);
  return parsed;
};

/** Positions of the four bytes below each prefix; RFC 6052 leaves byte 8 out. */
const carriers: readonly { prefix: Prefix; positions: readonly (readonly number[])[]; inverted?: boolean }[] = [
  // IPv4-compatible (RFC 4291 2.5.5.1) and IPv4-translated (RFC 2765).
  { prefix: prefix('::/96'), positions: [[12, 13, 14, 15]] },
  { prefix: prefix('::ffff:0:0:0/96'), positions: [[12, 13, 14, 15]] },
  // NAT64, well-known and local use (RFC 6052, RFC 8215): the local prefix may be cut at 48, 56, 64 or 96 bits.
  { prefix: prefix('64:ff9b::/96'), positions: [[12, 13, 14, 15]] },
  {
    prefix: prefix('64:ff9b:1::/48'),
    positions: [
      [6, 7, 9, 10],
      [7, 9, 10, 11],
      [9, 10, 11, 12],
      [12, 13, 14, 15],
    ],
  },
  // 6to4 (RFC 3056).
  { prefix: prefix('2002::/16'), positions: [[2, 3, 4, 5]] },
  // Teredo (RFC 4380): its server plain, its client inverted.
  { prefix: prefix('2001::/32'), positions: [[4, 5, 6, 7]] },
  { prefix: prefix('2001::/32'), positions: [[12, 13, 14, 15]], inverted: true },
];

const isatap = ({ bytes }: Address): boolean =>
  ((bytes[8] ?? 0) & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;

const pick = ({ bytes }: Address, positions: readonly number[], inverted: boolean): Address =>
  addressOf(positions.map((at) => (bytes[at] ?? 0) ^ (inverted ? 255 : 0)));

/** Empty for IPv4, and for IPv6 that carries none. */
export const embeddedIpv4 = (address: Address): Address[] => {
  if (address.family === 4) return [];
  const found = carriers
    .filter((carrier) => inPrefix(address, carrier.prefix))
    .flatMap(({ positions, inverted = false }) => positions.map((four) => pick(address, four, inverted)));
  // ISATAP (RFC 5214) is known by its interface identifier.
  return isatap(address) ? [...found, pick(address, [12, 13, 14, 15], false)] : found;
};
