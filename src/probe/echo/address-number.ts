// Addresses as numbers, for counting through prefixes and for writing runs of them short.
import { addressOf, parseAddress, parsePrefix } from '../../model/address.ts';
import type { IpVersion } from '../../model/probe.ts';

export interface NumberedAddress {
  family: IpVersion;
  value: bigint;
}

const valueOf = (bytes: readonly number[]): bigint => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** Undefined for a name, an address with a zone, or anything else. */
export const toNumber = (text: string): NumberedAddress | undefined => {
  const address = text.includes('%') ? undefined : parseAddress(text);
  return address === undefined ? undefined : { family: address.family, value: valueOf(address.bytes) };
};

export const toText = ({ family, value }: NumberedAddress): string => {
  const length = family === 4 ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn));
  return addressOf(bytes).text;
};

/** The first address of a prefix and how many it has. */
export const spanOf = (prefix: string): { first: NumberedAddress; size: bigint } | undefined => {
  const parsed = parsePrefix(prefix);
  if (parsed === undefined) return undefined;
  const { family, bytes, length } = parsed;
  const size = 1n << BigInt(bytes.length * 8 - length);
  const value = valueOf(bytes);
  return { first: { family, value: value - (value % size) }, size };
};
