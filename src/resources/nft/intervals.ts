// Ports and addresses as closed integer intervals: parsed, merged and printed in one form, whatever spelling they came in.

export interface Interval {
  low: bigint;
  high: bigint;
}

/** Sorted, with overlapping and adjacent intervals made one: nft 0.9.8 refuses overlaps, later versions merge them by themselves. */
export const mergeIntervals = (intervals: readonly Interval[]): Interval[] => {
  const sorted = [...intervals].sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  const merged: Interval[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && next.low <= last.high + 1n) {
      if (next.high > last.high) last.high = next.high;
    } else merged.push({ ...next });
  }
  return merged;
};

/** A decimal or hexadecimal number, or two of them joined by a dash. */
export const parseNumbers = (text: string): Interval | undefined => {
  const found = /^(0x[0-9a-f]+|[0-9]+)(?:-(0x[0-9a-f]+|[0-9]+))?$/i.exec(text);
  if (found?.[1] === undefined) return undefined;
  return { low: BigInt(found[1]), high: BigInt(found[2] ?? found[1]) };
};

const parseIpv4 = (text: string): bigint | undefined => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
};

const parseGroups = (text: string): bigint[] | undefined => {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4 >> 16n, ipv4 & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
};

const parseIpv6 = (text: string): bigint | undefined => {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return undefined;
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0n), ...tail].reduce(
    (sum, group) => sum * 65536n + group,
    0n,
  );
};

export interface AddressInterval extends Interval {
  bits: 32 | 128;
}

const parseAddress = (text: string): { value: bigint; bits: 32 | 128 } | undefined => {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return { value: ipv4, bits: 32 };
  const ipv6 = parseIpv6(text);
  return ipv6 === undefined ? undefined : { value: ipv6, bits: 128 };
};

/** An address, a prefix (host bits are ignored) or a range `low-high` of either family. */
export const parseNetwork = (text: string): AddressInterval | undefined => {
  const [first = '', length] = text.split('/');
  if (length !== undefined) {
    const address = parseAddress(first);
    if (address === undefined || !/^[0-9]{1,3}$/.test(length) || Number(length) > address.bits) return undefined;
    const host = (1n << BigInt(address.bits - Number(length))) - 1n;
    return { low: address.value & ~host, high: address.value | host, bits: address.bits };
  }
  const [from = '', to] = first.split('-');
  const low = parseAddress(from);
  const high = to === undefined ? low : parseAddress(to);
  if (low === undefined || high?.bits !== low.bits) return undefined;
  return { low: low.value, high: high.value, bits: low.bits };
};

/** As RFC 5952 writes it, but never with a dotted tail. */
const formatIpv6 = (value: bigint): string => {
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  );
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
};

export const formatAddress = (value: bigint, bits: 32 | 128): string =>
  bits === 128 ? formatIpv6(value) : [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');

/** A single address or prefix where the interval is one, else `low-high`. */
export const formatNetwork = ({ low, high, bits }: AddressInterval): string => {
  if (low === high) return formatAddress(low, bits);
  const size = high - low + 1n;
  const isPrefix = (size & (size - 1n)) === 0n && low % size === 0n;
  if (!isPrefix) return `${formatAddress(low, bits)}-${formatAddress(high, bits)}`;
  return `${formatAddress(low, bits)}/${String(bits - (size.toString(2).length - 1))}`;
};

export const formatNumbers = ({ low, high }: Interval): string =>
  low === high ? String(low) : `${String(low)}-${String(high)}`;

/** The mask of a prefix length as nft writes it after `&`. */
export const formatMask = (length: number, bits: 32 | 128): string =>
  formatAddress(((1n << BigInt(length)) - 1n) << BigInt(bits - length), bits);
