// What a caller wrote as a target: an address in whatever notation, or a name. Anything else is refused here, before it is resolved.
import { domainToASCII } from 'node:url';
import { addressOf, sixteenBytes, type Address } from '../../model/address.ts';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { endsInNumber, ipv4Readings } from './ipv4-notation.ts';

/** `readings`: what different programs make of one notation, the one to connect to first; all of them are checked. */
export type Target = { kind: 'address'; readings: readonly [Address, ...Address[]] } | { kind: 'name'; name: string };

export const shown = (target: string): string => JSON.stringify(plainText(target, 100));

const refuse = (target: string, what: string, hint?: string): NetError =>
  new NetError(
    'invalid_argument',
    `${shown(target)} is no target: ${what}.`,
    hint ?? 'Pass a host name such as www.example.com, or an IPv4 or IPv6 address.',
  );

const decodePercent = (text: string): string => {
  // In an IPv6 address it introduces the zone.
  if (!text.includes('%') || text.slice(0, text.indexOf('%')).includes(':')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Refused below for the % that is left.
    return text;
  }
};

/** Full-width digits, letters and dots as resolvers fold them (UTS 46). */
const foldWidth = (text: string): string => text.normalize('NFKC').replace(/[\u3002\uff0e\uff61]/g, '.');

const checkCharacters = (target: string, text: string): void => {
  if (text === '') throw refuse(target, 'it is empty');
  if (text.startsWith('-')) throw refuse(target, 'it begins with a hyphen, as only an option does');
  if (/[\s\p{C}]/u.test(text)) {
    throw refuse(target, 'it holds spaces, control or invisible characters', 'Pass the bare name or address.');
  }
  if (/[/\\@#?]/.test(text)) {
    throw refuse(
      target,
      'it looks like a URL',
      'Pass only its host: for https://www.example.com/path that is www.example.com.',
    );
  }
  if (text.length > 300) throw refuse(target, 'it is longer than 253 characters');
};

const first = (readings: readonly Address[]): Target | undefined => {
  const [preferred, ...others] = readings;
  return preferred === undefined ? undefined : { kind: 'address', readings: [preferred, ...others] };
};

const zoneOf = (target: string, text: string | undefined): string | undefined => {
  // RFC 6874 writes the % of a zone as %25.
  const zone = text?.replace(/^25(?=.)/, '');
  if (zone !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_.:+-]{0,63}$/.test(zone)) {
    throw refuse(target, 'the part after % is no interface', 'Write a zone as in fe80::1%eth0.');
  }
  return zone;
};

const readIpv6 = (target: string, text: string): Target => {
  const [plain = '', zoneText, ...rest] = text.split('%');
  const zone = zoneOf(target, rest.length > 0 ? '' : zoneText);
  const lower = plain.toLowerCase().replace(/\.$/, '');
  const tail = lower.slice(lower.lastIndexOf(':') + 1);
  const tails = tail.includes('.') ? ipv4Readings(tail) : [[]];
  const readings = tails.flatMap((four) => {
    const bytes = sixteenBytes(lower, () => four);
    return bytes === undefined ? [] : [addressOf(bytes, zone)];
  });
  const read = first(readings);
  if (read !== undefined) return read;
  const [, host, port] = /^([^:]+|\[.*\]):([0-9]{0,5})$/.exec(text) ?? [];
  if (host !== undefined) {
    const alone = plainText(host.replace(/^\[|\]$/g, ''), 100);
    throw refuse(
      target,
      'it has a port',
      `Pass the port apart: ${alone} as the target, ${port === undefined || port === '' ? 'its number' : port} as the port.`,
    );
  }
  throw refuse(target, 'not an IPv6 address');
};

const nameOf = (target: string, text: string, wildcard: boolean): string => {
  if (/[:%[\]]/.test(text)) throw refuse(target, 'a name has no such characters');
  const name = (/^[\u0021-\u007e]*$/.test(text) ? text : domainToASCII(text)).toLowerCase();
  if (name === '') throw refuse(target, 'not a name that can be written in ASCII (IDNA)');
  if (name.length > 253) throw refuse(target, 'it is longer than 253 characters');
  const labels = name.split('.');
  if (labels.includes('')) throw refuse(target, 'two dots stand side by side, or one at its beginning');
  if (labels.some((label) => label.length > 63)) throw refuse(target, 'a label is longer than 63 characters');
  const checked = wildcard && labels[0] === '*' ? labels.slice(1) : labels;
  if (!checked.every((label) => /^[a-z0-9_-]+$/.test(label))) {
    throw refuse(target, 'a name has letters, digits, hyphens, underscores and dots');
  }
  return name;
};

/** Throws invalid_argument. `wildcard`: a first label `*` is a name too, as in DNS zones. Names come out lower case, without the dot at the end. */
export const readTarget = (target: string, { wildcard = false } = {}): Target => {
  checkCharacters(target, target);
  const folded = foldWidth(decodePercent(target));
  checkCharacters(target, folded);
  const bare = /^\[[^[\]]*\]$/.test(folded) ? folded.slice(1, -1) : folded;
  if (bare.includes(':')) return readIpv6(target, bare);
  const ended = (/^[\u0021-\u007e]*$/.test(bare) ? bare : domainToASCII(bare)).toLowerCase().replace(/\.$/, '');
  const address = first(ipv4Readings(ended).map((bytes) => addressOf(bytes)));
  if (address !== undefined) return address;
  if (endsInNumber(ended)) throw refuse(target, 'it is written like an IPv4 address, but is none');
  return { kind: 'name', name: nameOf(target, ended, wildcard) };
};
