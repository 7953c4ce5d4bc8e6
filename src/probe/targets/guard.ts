// The target guard: resolves a target once, checks the name and every address, and gives the address to connect to.
import { parseAddress, type Address } from '../../model/address.ts';
import { NetError } from '../../model/errors.ts';
import type { Security } from '../../model/ports.ts';
import type { CheckedTarget, IpVersion, TargetGuard } from '../../model/probe.ts';
import { bounded, doesNotResolve, notResolved, type Resolver } from './resolver.ts';
import { reverseNameAddress } from './reverse-name.ts';
import { createTargetRules, type TargetRules } from './rules.ts';
import { createSystemResolver } from './system-resolver.ts';
import { readTarget, shown } from './target-text.ts';
import { createTurns } from './turns.ts';
import { checkZone, systemInterfaces, type Interfaces } from './zones.ts';

/** Milliseconds a name may take to resolve, once it is its turn. */
const resolveTimeoutMs = 5000;
/** Names that are resolved at a time; two questions each. */
const maxLookups = 64;

/** `"2852039166" (169.254.169.254)`: what was written, and what it means where that differs. */
const spelled = (target: string, address: Address): string =>
  target === address.text ? address.text : `${shown(target)} (${address.text})`;

type Readings = readonly [Address, ...Address[]];

/** What is only asked about may be wherever an operator has not blocked it. */
const checkAsked = (target: string, readings: Readings, rules: TargetRules): Address => {
  for (const reading of readings) rules.refuseAddress(reading, spelled(target, reading));
  const [address] = readings;
  // A notation with two readings is allowed only if both are.
  if (!readings.every(rules.allowsAddress)) throw rules.notAllowed(spelled(target, address));
  return address;
};

/** What is connected to is one host besides. */
const checkReadings = (target: string, readings: Readings, rules: TargetRules): Address => {
  for (const reading of readings) rules.refuseManyHosts(reading, spelled(target, reading));
  return checkAsked(target, readings, rules);
};

const checkedTarget = (target: string, address: Address, all: readonly Address[]): CheckedTarget => ({
  target,
  address: address.text,
  family: address.family,
  addresses: all.map(({ text }) => text),
});

const otherFamily = (target: string, family: IpVersion): NetError =>
  new NetError(
    'invalid_argument',
    `${shown(target)} is not an IPv${family} address, but family says IPv${family}.`,
    'Leave out family, or pass a name or an address of that family.',
  );

const canonical = (texts: readonly string[], family: IpVersion | undefined): Address[] => {
  const byText = new Map<string, Address>();
  for (const text of texts) {
    const address = parseAddress(text);
    if (address === undefined) {
      throw new NetError('internal', `The resolver gave ${shown(text)}, which is no address.`, 'Pass an address.');
    }
    if (family === undefined || family === address.family) byText.set(address.text, address);
  }
  return [...byText.values()];
};

export interface GuardOptions {
  /** For each look-up, not counting the time it waits for its turn. */
  timeoutMs?: number;
  interfaces?: Interfaces;
}

/** Checks by the operator's rules; throws invalid_argument for a pattern in them that is none. The resolver is asked once a check. */
export const createTargetGuard = (
  security: Security,
  resolve: Resolver = createSystemResolver(),
  { timeoutMs = resolveTimeoutMs, interfaces = systemInterfaces }: GuardOptions = {},
): TargetGuard => {
  const lookups = createTurns(maxLookups);
  const rules = createTargetRules(security);

  const checkByName = async (
    target: string,
    name: string,
    family: IpVersion | undefined,
    signal: AbortSignal | undefined,
  ): Promise<CheckedTarget> => {
    rules.refuseName(name, shown(target));
    const byName = rules.allowsName(name);
    if (!byName && !rules.mayAllowByAddress) throw rules.notAllowed(shown(target));
    const late = (): NetError => notResolved('timeout', `${name} was not resolved within ${timeoutMs / 1000} s.`);
    const texts = await lookups(() => bounded((look) => resolve(name, family, look), timeoutMs, late, signal), signal);
    const addresses = canonical(texts, family);
    const [address] = addresses;
    if (address === undefined) throw doesNotResolve(name, family);
    for (const each of addresses) {
      rules.refuseManyHosts(each, spelled(target, each));
      rules.refuseAddress(each, spelled(target, each));
    }
    const outside = byName ? undefined : addresses.find((each) => !rules.allowsAddress(each));
    if (outside !== undefined) throw rules.notAllowed(spelled(target, outside));
    checkZone(address, interfaces);
    return checkedTarget(target, address, addresses);
  };

  return {
    check: async (target, { family, signal } = {}) => {
      const read = readTarget(target);
      if (read.kind === 'name') return checkByName(target, read.name, family, signal);
      const address = checkReadings(target, read.readings, rules);
      if (family !== undefined && family !== address.family) throw otherFamily(target, family);
      checkZone(address, interfaces);
      return checkedTarget(target, address, [address]);
    },
    checkAddress: (text) => {
      const read = readTarget(text);
      if (read.kind === 'name') {
        throw new NetError(
          'invalid_argument',
          `${shown(text)} is a name; an address is wanted here.`,
          'Pass an IPv4 or IPv6 address.',
        );
      }
      const address = checkReadings(text, read.readings, rules);
      return checkedTarget(text, address, [address]);
    },
    checkName: (text) => {
      // The root of DNS.
      if (text === '.') return;
      const read = readTarget(text, { wildcard: true });
      if (read.kind === 'address') {
        checkAsked(text, read.readings, rules);
        return;
      }
      const reversed = reverseNameAddress(read.name);
      if (reversed !== undefined) {
        checkAsked(text, [reversed], rules);
        return;
      }
      rules.refuseName(read.name, shown(text));
      if (!rules.allowsName(read.name)) throw rules.notAllowed(shown(text));
    },
  };
};
