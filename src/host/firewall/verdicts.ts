// What a ruleset does on the whole: who is filtered at which hook, where NAT is, which rules drop, which ports a plain rule lets in.
import type { Chain, Counted, Nat, Rule, Table } from './model.ts';

export const packetFamilies = ['ipv4', 'ipv6'] as const;
export const filterHooks = ['input', 'forward', 'output'] as const;
export type FilterHook = (typeof filterHooks)[number];

export interface HookVerdict {
  /** A policy or a rule, also one of a chain it leads to, drops or rejects something. */
  filtered: boolean;
  /** What happens to a packet that no other rule takes; `accept` too where there is no chain. */
  default: 'accept' | 'drop' | 'reject';
  chains: number;
}

export interface Located {
  table: Table;
  rule: Rule;
}

const inFamily = (table: Table, family: (typeof packetFamilies)[number]): boolean =>
  table.family === 'inet' || table.family === (family === 'ipv4' ? 'ip' : 'ip6');

const rulesByChain = (table: Table): Map<string, Rule[]> => {
  const chains = new Map<string, Rule[]>();
  for (const rule of table.rules) {
    const rules = chains.get(rule.chain);
    if (rules === undefined) chains.set(rule.chain, [rule]);
    else rules.push(rule);
  }
  return chains;
};

/** Rules up to the one that lets nothing past it. */
const untilEnd = (rules: readonly Rule[]): readonly Rule[] => {
  const end = rules.findIndex(({ unconditional, verdict }) => unconditional && verdict !== 'jump' && verdict !== null);
  return end === -1 ? rules : rules.slice(0, end + 1);
};

/** Rules of a chain and of those it leads to by jumps that `follow` accepts; each chain once. */
const reachable = (chains: ReadonlyMap<string, Rule[]>, start: string, follow: (rule: Rule) => boolean): Rule[] => {
  const seen = new Set([start]);
  const rulesOf = (name: string): readonly Rule[] => untilEnd(chains.get(name) ?? []);
  for (const name of seen) {
    for (const rule of rulesOf(name)) if (follow(rule)) for (const target of rule.targets) seen.add(target);
  }
  return [...seen].flatMap(rulesOf);
};

const refuses = ({ verdict }: Rule): boolean => verdict === 'drop' || verdict === 'reject';

/** A rule without a match decides for all that reach it, whatever the policy says. */
const defaultOf = (chain: Chain, rules: readonly Rule[]): HookVerdict['default'] => {
  const last = rules.find(
    ({ unconditional, verdict }) =>
      unconditional && (verdict === 'accept' || verdict === 'drop' || verdict === 'reject'),
  );
  if (last?.verdict === 'drop' || last?.verdict === 'reject') return last.verdict;
  return last === undefined && chain.policy === 'drop' ? 'drop' : 'accept';
};

const isFilter = (chain: Chain, hook: FilterHook): boolean =>
  chain.hook === hook && (chain.type === null || chain.type === 'filter' || chain.type === 'security');

/** NAT and marking chains do not count: what they drop is no filter's decision. */
export const hookVerdict = (
  tables: readonly Table[],
  family: (typeof packetFamilies)[number],
  hook: FilterHook,
): HookVerdict => {
  const found = tables
    .filter((table) => inFamily(table, family))
    .flatMap((table) => {
      const chains = rulesByChain(table);
      return table.chains
        .filter((chain) => isFilter(chain, hook))
        .map((chain) => {
          const filters = chain.policy === 'drop' || reachable(chains, chain.name, () => true).some(refuses);
          return { filters, default: defaultOf(chain, chains.get(chain.name) ?? []) };
        });
    });
  return {
    filtered: found.some(({ filters }) => filters),
    // A packet has to be accepted by every chain of the hook.
    default: found.find((chain) => chain.default !== 'accept')?.default ?? 'accept',
    chains: found.length,
  };
};

export const natRules = (tables: readonly Table[]): (Located & { nat: Nat })[] =>
  tables.flatMap((table) => table.rules.flatMap((rule) => (rule.nat === null ? [] : [{ table, rule, nat: rule.nat }])));

/** Rules that drop or reject and have a counter, the busiest first. */
export const dropRules = (tables: readonly Table[]): (Located & { counter: Counted })[] =>
  tables
    .flatMap((table) =>
      table.rules.flatMap((rule) =>
        refuses(rule) && rule.counter !== null ? [{ table, rule, counter: rule.counter }] : [],
      ),
    )
    .sort((left, right) => right.counter.packets - left.counter.packets);

export interface AcceptedPort {
  protocol: 'tcp' | 'udp';
  port: string;
  family: string;
}

/**
 * Ports that a plain rule accepts, in input chains and in chains that every packet reaches from them. A chain that drops later, or a
 * rule before, may still refuse them; a port let in by a finer rule is not among them.
 */
export const acceptedPorts = (tables: readonly Table[]): AcceptedPort[] => {
  const found = new Map<string, AcceptedPort>();
  for (const table of tables) {
    const chains = rulesByChain(table);
    for (const chain of table.chains.filter((one) => isFilter(one, 'input'))) {
      for (const { accepts } of reachable(chains, chain.name, ({ unconditional }) => unconditional)) {
        for (const port of accepts?.ports ?? []) {
          const protocol = accepts?.protocol ?? 'tcp';
          found.set(`${table.family} ${protocol} ${port}`, { protocol, port, family: table.family });
        }
      }
    }
  }
  return [...found.values()];
};

export const totalDrops = (table: Table): Counted => {
  const counters = [
    ...table.rules.filter(refuses).map(({ counter }) => counter),
    ...table.chains.filter(({ policy }) => policy === 'drop').map(({ counter }) => counter),
  ];
  return {
    packets: counters.reduce((sum, counter) => sum + (counter?.packets ?? 0), 0),
    bytes: counters.reduce((sum, counter) => sum + (counter?.bytes ?? 0), 0),
  };
};
