// One spelling for what nft spells differently from us or from version to version (compared with 0.9.8, 1.0.6 and 1.1.3).
import { formatNetwork, formatNumbers, mergeIntervals, parseNetwork, parseNumbers } from './intervals.ts';

const numbersOf: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  l4proto: {
    icmp: 1,
    tcp: 6,
    udp: 17,
    dccp: 33,
    gre: 47,
    esp: 50,
    ah: 51,
    icmpv6: 58,
    'ipv6-icmp': 58,
    sctp: 132,
    udplite: 136,
  },
  nfproto: { ipv4: 2, ipv6: 10 },
  state: { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
};

/** Numbers in decimal, addresses as we print them; anything else stays as it is. */
const literal = (token: string): string => {
  const number = parseNumbers(token);
  if (number !== undefined) return formatNumbers(number);
  const network = parseNetwork(token);
  if (network !== undefined) return formatNetwork(network);
  // Of `dnat to`: nft writes ::a.b.c.d dotted.
  const [, address = '', rest = ''] = /^\[([^\]]+)\](:.+)$/.exec(token) ?? [];
  const inBrackets = parseNetwork(address);
  return inBrackets === undefined ? token : `[${formatNetwork(inBrackets)}]${rest}`;
};

/** An anonymous set's members, merged and sorted as far as they are all numbers or all addresses of one family. */
const canonicalSet = (members: readonly string[]): string => {
  const numbers = members.map(parseNumbers).filter((found) => found !== undefined);
  const networks = members.map(parseNetwork).filter((found) => found !== undefined);
  let merged = members.map(literal).toSorted();
  if (numbers.length === members.length) merged = mergeIntervals(numbers).map(formatNumbers);
  for (const bits of [32, 128] as const) {
    if (networks.length !== members.length || !networks.every((network) => network.bits === bits)) continue;
    merged = mergeIntervals(networks).map((interval) => formatNetwork({ ...interval, bits }));
  }
  return merged.length === 1 ? merged.join('') : `{ ${merged.join(', ')} }`;
};

const seconds = (duration: string): string | undefined => {
  const found = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration);
  if (found === null || duration === '') return undefined;
  const [days = 0, hours = 0, minutes = 0, rest = 0] = found
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  return `${String(((days * 24 + hours) * 60 + minutes) * 60 + rest)}s`;
};

/** A word whose meaning depends on the word before it. */
const afterKeyword = (keyword: string, value: string): string | undefined => {
  if (keyword === 'timeout') return seconds(value);
  const table = numbersOf[keyword];
  if (table === undefined) return undefined;
  const values = value.split(',').map((name) => table[name] ?? Number(name));
  return values.some(Number.isNaN) ? undefined : String(values.reduce((sum, part) => sum | part, 0));
};

/** Numbers back to the names that people know them by; a value that is several flags is a list of names. */
const nameOf = (keyword: string, text: string): string | undefined => {
  const names = Object.entries(numbersOf[keyword] ?? {});
  const value = Number(text);
  if (names.length === 0 || !Number.isInteger(value)) return undefined;
  if (keyword !== 'state') return names.find(([, number]) => number === value)?.[0];
  const flags = names.filter(([, number]) => (value & number) !== 0);
  return flags.reduce((sum, [, number]) => sum | number, 0) === value
    ? flags.map(([name]) => name).join(',')
    : undefined;
};

/** A canonical line as people write it: `ct state new` for `ct state 8`. For reading only, never compared. */
export const readableLine = (line: string): string => {
  const words = line.split(' ');
  return words.map((word, index) => nameOf(words[index - 1] ?? '', word) ?? word).join(' ');
};

const splitWords = (line: string): string[] => line.replace(/\s*,\s*/g, ',').match(/"[^"]*"|[{};]|[^\s{};"]+/g) ?? [];

/** A line of a listing as words joined by single blanks; two lines that mean the same to the kernel give the same text. */
export const canonicalLine = (line: string): string => {
  const tokens = splitWords(line);
  const words: string[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] ?? '';
    const before = words.at(-1) ?? '';
    if (token === '{' && !before.startsWith('@')) {
      const end = tokens.indexOf('}', index);
      const members = tokens
        .slice(index + 1, end < 0 ? undefined : end)
        .flatMap((member) => member.split(','))
        .filter((member) => member !== '');
      words.push(canonicalSet(members));
      index = end < 0 ? tokens.length : end;
    } else words.push(afterKeyword(before, token) ?? literal(token));
  }
  let text = words.filter((word) => word !== ';').join(' ');
  // `reject` alone, `icmpx port-unreachable`, and what `nft -n` makes of it are the same expression in an inet table.
  text = text.replace(/\breject with icmp\w* (type )?\S+/, 'reject');
  // nft up to 1.0 leaves out the default burst.
  text = text.replace(/(limit rate over \S+) burst 5 packets/, '$1');
  // The family check that an ip or ip6 expression brings with it is listed by some versions only.
  if (/\bip6? /.test(text)) text = text.replace(/\bmeta nfproto \d+ /, '');
  // As is the one that icmp and icmpv6 bring with them.
  text = text.replace(/\bmeta nfproto (2 meta l4proto 1|10 meta l4proto 58)\b/, (_all, pair: string) =>
    pair.slice(pair.indexOf(' ') + 1),
  );
  return text;
};
