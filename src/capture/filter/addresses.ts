// IPv4 and IPv6 addresses and networks from text: strict, without names and without short forms of IPv4.

interface Network {
  bytes: Uint8Array;
  /** Undefined: one address. */
  prefix: number | undefined;
}

const ipv4Bytes = (text: string): number[] | undefined => {
  const parts = text.split('.');
  const numbers = parts.map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return parts.length === 4 && numbers.every((number) => number < 256) ? numbers : undefined;
};

const groups = (text: string): number[] | undefined => {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const dotted = index === parts.length - 1 && part.includes('.') ? ipv4Bytes(part) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255);
    else return undefined;
  }
  return bytes;
};

const ipv6Bytes = (text: string): number[] | undefined => {
  const halves = text.split('::');
  const [head, tail] = [groups(halves[0] ?? ''), groups(halves[1] ?? '')];
  if (head === undefined || tail === undefined || halves.length > 2) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...tail];
};

/** Undefined when it is none of that family; `prefix` may be beyond the address's bits, which is the caller's to refuse. */
export const networkOf = (text: string, version: 4 | 6): Network | undefined => {
  const [address = '', bits, more] = text.split('/');
  const bytes = version === 4 ? ipv4Bytes(address) : ipv6Bytes(address);
  if (bytes === undefined || more !== undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  return { bytes: Uint8Array.from(bytes), prefix: bits === undefined ? undefined : Number(bits) };
};

const byteRow = (bytes: Uint8Array): number[] => [...bytes];

/** As text (RFC 5952). */
export const addressText = (bytes: Uint8Array): string => {
  if (bytes.length === 4) return bytes.join('.');
  const row = byteRow(bytes);
  const words = Array.from({ length: 8 }, (_, index) => (row[index * 2] ?? 0) * 256 + (row[index * 2 + 1] ?? 0));
  let best = { from: 0, length: 1 };
  for (let from = 0; from < 8; from += 1) {
    let length = 0;
    while (from + length < 8 && words[from + length] === 0) length += 1;
    if (length > best.length) best = { from, length };
  }
  const hex = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':');
  if (best.length < 2) return hex(words);
  return `${hex(words.slice(0, best.from))}::${hex(words.slice(best.from + best.length))}`;
};
