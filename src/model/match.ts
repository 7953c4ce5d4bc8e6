// What a match can mean on the wire: which address families it takes, and why it can take none.
import type { Match } from './names.ts';
import { familyOf, portProtocols } from './names.ts';

export type Family = 'ipv4' | 'ipv6';
export const families = ['ipv4', 'ipv6'] as const;

export const listOf = <Item>(value: Item | readonly Item[] | undefined): readonly Item[] => {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
};

const isList = <Item>(value: Item | readonly Item[]): value is readonly Item[] => Array.isArray(value);

const protocolFamilies = (match: Match): readonly Family[] => {
  if (match.proto === 'icmp') return ['ipv4'];
  if (match.proto === 'icmpv6') return ['ipv6'];
  return families;
};

const addressFamilies = (networks: readonly string[]): readonly Family[] =>
  networks.length === 0
    ? families
    : families.filter((family) => networks.some((network) => familyOf(network) === family));

/** The families a packet may have to be taken by this match; empty when none can. */
export const matchFamilies = (match: Match): Family[] => {
  const source = addressFamilies(listOf(match.src));
  const destination = addressFamilies(listOf(match.dst));
  return protocolFamilies(match).filter((family) => source.includes(family) && destination.includes(family));
};

export interface MatchProblem {
  field: keyof Match;
  message: string;
}

/** Everything that makes a match meaningless or partly dead; a list empty of problems can be rendered. */
export const matchProblems = (match: Match): MatchProblem[] => {
  const problems: MatchProblem[] = [];
  const hasPorts = match.sports !== undefined || match.dports !== undefined;
  if (hasPorts && (match.proto === undefined || !portProtocols.includes(match.proto))) {
    const message =
      match.proto === undefined
        ? `ports need a protocol that has them: set proto to one of ${portProtocols.join(', ')}`
        : `${match.proto} has no ports: use one of ${portProtocols.join(', ')}, or leave the ports out`;
    problems.push({ field: 'proto', message });
  }
  const source = addressFamilies(listOf(match.src));
  const destination = addressFamilies(listOf(match.dst));
  if (match.src !== undefined && match.dst !== undefined && source.join() !== destination.join()) {
    problems.push({
      field: 'dst',
      message: 'src and dst must be of the same address family: no packet has one of each',
    });
  }
  for (const field of ['src', 'dst'] as const) {
    const used = addressFamilies(listOf(match[field]));
    if (match[field] !== undefined && used.some((family) => !protocolFamilies(match).includes(family))) {
      problems.push({ field, message: `${match.proto ?? ''} does not run over the address family of ${field}` });
    }
  }
  return problems;
};
