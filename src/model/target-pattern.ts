// Patterns for targets: an address, a CIDR prefix, or a glob over the whole name or the canonical address; never case sensitive.
import { inPrefix, parseAddress, parsePrefix, type Address } from './address.ts';
import { NetError } from './errors.ts';

export interface TargetPattern {
  /** As it was written. */
  text: string;
  /** `name` is lower case, without the dot at its end. */
  matchesName(name: string): boolean;
  matchesAddress(address: Address): boolean;
  /** Whether an address can ever match. */
  speaksOfAddresses: boolean;
}

/** `*` any characters, `?` one. Each star is tried once at every place, so the time is bounded by the product of the lengths. */
export const globMatches = (glob: string, text: string): boolean => {
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < text.length) {
    if (glob[at] === '*') {
      star = at;
      resume = position;
      at += 1;
    } else if (glob[at] === '?' || glob[at] === text[position]) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      position = resume;
    } else return false;
  }
  while (glob[at] === '*') at += 1;
  return at === glob.length;
};

const refuse = (text: string, what: string): NetError =>
  new NetError(
    'invalid_argument',
    `${JSON.stringify(text.slice(0, 100))} is no pattern for targets: ${what}.`,
    'Write a name with * and ? such as *.example.com, an address, or a prefix such as 10.0.0.0/8 or fd00::/8.',
  );

const addressPattern = (text: string, matchesAddress: (address: Address) => boolean): TargetPattern => ({
  text,
  matchesName: () => false,
  matchesAddress,
  speaksOfAddresses: true,
});

/** Throws invalid_argument. */
export const parseTargetPattern = (text: string): TargetPattern => {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1');
  if (plain === '') throw refuse(text, 'it is empty');
  if (plain.length > 253) throw refuse(text, 'it is longer than 253 characters');
  if (plain.includes('/')) {
    const prefix = parsePrefix(plain);
    if (prefix === undefined) throw refuse(text, 'not an IPv4 or IPv6 prefix');
    return addressPattern(text, (address) => inPrefix(address, prefix));
  }
  const address = parseAddress(plain);
  if (address !== undefined) {
    // A zone says on which link, not which address.
    return addressPattern(text, ({ bytes }) => bytes.join() === address.bytes.join());
  }
  const glob = plain.replace(/\.$/, '');
  if (!/^[a-z0-9_*?.:-]+$/.test(glob)) {
    throw refuse(
      text,
      'a name has letters, digits, dots, hyphens and underscores (an international one in its xn-- form)',
    );
  }
  if (!/[*?]/.test(glob) && (glob.includes(':') || /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/.test(glob))) {
    throw refuse(text, 'it looks like an address but is none in the usual notation');
  }
  // `10.*` speaks of addresses: the name 10.example.com is none.
  const ofAddresses = glob.includes(':') || /^[0-9.*?]+$/.test(glob);
  const ofNames = !glob.includes(':') && !/^[0-9.*?]*[0-9][0-9.*?]*$/.test(glob);
  return {
    text,
    matchesName: (name) => ofNames && globMatches(glob, name),
    matchesAddress: ({ text: shown }) => ofAddresses && globMatches(glob, shown.split('%')[0] ?? ''),
    speaksOfAddresses: ofAddresses,
  };
};
