// A list of targets with prefixes spelled out, and lists of targets written short again.
import { NetError } from '../../model/errors.ts';
import { spanOf, toNumber, toText } from './address-number.ts';

const tooMany = (max: number, found: string): NetError =>
  new NetError(
    'limit_exceeded',
    `The targets are ${found}; at most ${max} are taken at once.`,
    `Split them: an IPv4 prefix of /22 or an IPv6 prefix of /118 is the largest that fits.`,
  );

/** Addresses of an IPv4 prefix without its network and broadcast addresses, where it has them. */
const hostsOf = (prefix: string, max: number): string[] | undefined => {
  const parsed = spanOf(prefix);
  if (parsed === undefined) return undefined;
  const { first, size } = parsed;
  const bare = first.family === 4 && size > 2n ? 1n : 0n;
  const count = size - 2n * bare;
  if (count > BigInt(max)) throw tooMany(max, `${count} addresses in ${prefix}`);
  return Array.from({ length: Number(count) }, (_, index) =>
    toText({ family: first.family, value: first.value + bare + BigInt(index) }),
  );
};

/** Throws limit_exceeded, and invalid_argument for what looks like a prefix and is none. */
export const expandTargets = (targets: readonly string[], max: number): string[] => {
  const expanded: string[] = [];
  for (const target of targets) {
    const hosts = target.includes('/') ? hostsOf(target.trim(), max) : [target];
    if (hosts === undefined) {
      throw new NetError(
        'invalid_argument',
        `The target ${JSON.stringify(target.slice(0, 60))} is no prefix of addresses.`,
        'Write a prefix as 192.0.2.0/24 or 2001:db8::/120, and give hosts without a scheme or path.',
      );
    }
    expanded.push(...hosts);
    if (expanded.length > max) throw tooMany(max, 'too many');
  }
  return expanded;
};

const showRun = (run: readonly string[]): string[] =>
  run.length > 2 ? [`${run[0] ?? ''}-${run.at(-1) ?? ''}`] : [...run];

/** Consecutive addresses become `first-last`; everything else stays, in the order given. */
export const shortList = (targets: readonly string[]): string[] => {
  const short: string[] = [];
  let run: string[] = [];
  let last: ReturnType<typeof toNumber>;
  for (const target of targets) {
    const number = toNumber(target);
    const follows = number !== undefined && number.family === last?.family && number.value === last.value + 1n;
    if (!follows) {
      short.push(...showRun(run));
      run = [];
    }
    run.push(target);
    last = number;
  }
  return [...short, ...showRun(run)];
};
