// IP addresses in their one canonical text (RFC 5952), and whether a prefix holds them. Only the standard notation is read here.
import ipaddr from 'ipaddr.js';
import type { IpVersion } from './probe.ts';

export interface Address {
  family: IpVersion;
  /** Canonical; with `%zone` where a link-local address has one. */
  text: string;
  /** 4 or 16, most significant first. */
  bytes: readonly number[];
}

export interface Prefix {
  family: IpVersion;
  bytes: readonly number[];
  length: number;
}

const zonePattern = /^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,63}$/;

/** 4 or 16 bytes as an address; an IPv4-mapped one is the IPv4 address it stands for, since that is what the kernel sends to. */
export const addressOf = (bytes: readonly number[], zone?: string): Address => {
  const mapped = bytes.length === 16 && bytes.every((byte, at) => at > 11 || byte === (at > 9 ? 255 : 0));
  if (mapped || bytes.length === 4) {
    const four = bytes.slice(-4);
    return { family: 4, text: four.join('.'), bytes: four };
  }
  const text = new ipaddr.IPv6([...bytes]).toRFC5952String();
  const linkLocal = bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
  return { family: 6, text: zone !== undefined && linkLocal ? `${text}%${zone}` : text, bytes: [...bytes] };
};

const fourBytes = (text: string): number[] | undefined => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
};

const groupsOf = (text: string): number[] | undefined => {
  const groups = text === '' ? [] : text.split(':');
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
};

/** The bytes of an IPv6 text without zone; `readTail` reads a dotted end. */
export const sixteenBytes = (
  text: string,
  readTail: (dotted: string) => readonly number[] | undefined,
): number[] | undefined => {
  const cut = text.lastIndexOf(':') + 1;
  const dotted = text.slice(cut).includes('.') ? readTail(text.slice(cut)) : [];
  if (cut === 0 || dotted === undefined) return undefined;
  const hex =
    dotted.length === 0
      ? text
      : `${text.slice(0, cut)}${[0, 2].map((at) => ((dotted[at] ?? 0) * 256 + (dotted[at + 1] ?? 0)).toString(16)).join(':')}`;
  const halves = hex.split('::').map(groupsOf);
  const [head, tail] = halves;
  if (head === undefined || halves.length > 2 || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])].flatMap((group) => [group >> 8, group & 255]);
};

/** An address in the standard notation of its family, IPv6 with or without zone; undefined for anything else. */
export const parseAddress = (text: string): Address | undefined => {
  if (text.length > 120) return undefined;
  if (!text.includes(':')) {
    const four = fourBytes(text);
    return four === undefined ? undefined : addressOf(four);
  }
  const [plain = '', zone, ...rest] = text.split('%');
  if (rest.length > 0 || (zone !== undefined && !zonePattern.test(zone))) return undefined;
  const bytes = sixteenBytes(plain, fourBytes);
  return bytes === undefined ? undefined : addressOf(bytes, zone);
};

/** `192.0.2.0/24`, `fd00::/8`; bits below the length are ignored. */
export const parsePrefix = (text: string): Prefix | undefined => {
  const [plain = '', length = '', ...rest] = text.split('/');
  const address = plain.includes('%') ? undefined : parseAddress(plain);
  if (address === undefined || rest.length > 0 || !/^[0-9]{1,3}$/.test(length)) return undefined;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const bits = address.family === 4 && plain.includes(':') ? Number(length) - 96 : Number(length);
  if (bits < 0 || bits > address.bytes.length * 8) return undefined;
  return { family: address.family, bytes: address.bytes, length: bits };
};

export const inPrefix = (address: Address, { family, bytes, length }: Prefix): boolean =>
  address.family === family &&
  address.bytes.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, length - at * 8));
    return (byte ^ (bytes[at] ?? 0)) >> (8 - bits) === 0;
  });
