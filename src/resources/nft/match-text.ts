// Matches as nft expressions, one per address family where the family matters.
import type { Family } from '../../model/match.ts';
import { families, listOf, matchFamilies } from '../../model/match.ts';
import type { ClassMatch, Protocol } from '../../model/names.ts';
import { dscpValue, portProtocols } from '../../model/names.ts';
import type { AddressInterval } from './intervals.ts';
import { formatNetwork, formatNumbers, mergeIntervals, parseNetwork, parseNumbers } from './intervals.ts';

/** One member stands alone: nft 1.1 turns a set of one into its member, so we never write one. */
const oneOrSet = (members: readonly string[]): string => {
  const [only] = members;
  return members.length === 1 && only !== undefined ? only : `{ ${members.join(', ')} }`;
};

export const numbersText = (numbers: readonly (string | number)[]): string =>
  oneOrSet(
    mergeIntervals(numbers.map((number) => parseNumbers(String(number)) ?? { low: 0n, high: 0n })).map(formatNumbers),
  );

const bitsOf = { ipv4: 32, ipv6: 128 } as const;
const headerOf = { ipv4: 'ip', ipv6: 'ip6' } as const;
export const headerName = (family: Family): 'ip' | 'ip6' => headerOf[family];

/** Intervals of one family; undefined when no restriction is left (no addresses given, or all of the family). */
const addressesText = (networks: readonly string[], family: Family): string | undefined => {
  const bits = bitsOf[family];
  const parsed = networks.map(parseNetwork).filter((found): found is AddressInterval => found?.bits === bits);
  const merged = mergeIntervals(parsed).map((interval) => ({ ...interval, bits }));
  const whole = merged.some(({ low, high }) => low === 0n && high === (1n << BigInt(bits)) - 1n);
  return merged.length === 0 || whole ? undefined : oneOrSet(merged.map(formatNetwork));
};

export const protocolText = (protocol: Protocol | undefined): string[] =>
  protocol === undefined ? [] : [`meta l4proto ${protocol}`];

const transportText = ({ proto, sports, dports }: ClassMatch): string[] => {
  if (proto === undefined || !portProtocols.includes(proto) || (sports === undefined && dports === undefined))
    return protocolText(proto);
  return [
    ...(sports === undefined ? [] : [`${proto} sport ${numbersText(sports)}`]),
    ...(dports === undefined ? [] : [`${proto} dport ${numbersText(dports)}`]),
  ];
};

export interface FamilyMatch {
  /** Undefined where one expression serves both families. */
  family: Family | undefined;
  text: string;
}

/** `perFamily`: the action that follows names the family's header itself, so both families need their own rule, and that header is dependency enough. */
export const matchTexts = (match: ClassMatch, perFamily: boolean): FamilyMatch[] => {
  const { dscp: _dscp, mark: _mark, ...plain } = match;
  const taken = matchFamilies(plain);
  const sources = listOf(match.src);
  const destinations = listOf(match.dst);
  const values = listOf(match.dscp).map(dscpValue);
  const mark = match.mark === undefined ? [] : [`meta mark ${String(match.mark)}`];
  const common = transportText(match);
  const onlyByProtocol = sources.length === 0 && destinations.length === 0;
  if (!perFamily && values.length === 0 && onlyByProtocol) {
    return [{ family: undefined, text: [...common, ...mark].join(' ') }];
  }
  return families
    .filter((family) => taken.includes(family))
    .map((family) => {
      const header = headerOf[family];
      const source = addressesText(sources, family);
      const destination = addressesText(destinations, family);
      const addresses = [
        ...(source === undefined ? [] : [`${header} saddr ${source}`]),
        ...(destination === undefined ? [] : [`${header} daddr ${destination}`]),
      ];
      const marks = values.length === 0 ? [] : [`${header} dscp ${numbersText(values)}`];
      const named = perFamily || addresses.length > 0 || marks.length > 0;
      const parts = [...(named ? [] : [`meta nfproto ${family}`]), ...addresses, ...common, ...marks, ...mark];
      return { family, text: parts.join(' ') };
    });
};
