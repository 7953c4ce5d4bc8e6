// What a ruleset does on the whole: who is filtered at which hook, where NAT is, which rules drop, which ports a plain rule lets in.
import type { Chain, Counted, Nat, PacketFamily, Rule, Table } from './model.ts';
import { decidedBy, reachable, rulesByChain, takesAll, type Default } from './walk.ts';
import { chainsOnWay, type FilterHook, type Passed } from './way.ts';

export interface HookVerdict {
  /** A policy or a rule, also one of a chain it leads to, drops or rejects something on the way; null: that cannot be known. */
  filtered: boolean | null;
  /** What happens to a packet that no other rule takes; `accept` too where there is no chain; null: not simple to tell. */
  default: Default;
  /** Of the hook itself. */
  chains: number;
  /** Chains of other hooks, of devices and of bridges that may drop packets on the way. */
  elsewhere: Passed[];
}

export interface Located {
  table: Table;
  rule: Rule;
}

interface Judged extends Passed {
  filtered: boolean | null;
  default: Default;
}

const judge = (passed: Passed, packets: PacketFamily): Judged => {
  const chains = rulesByChain(passed.table, packets);
  const { name, policy } = passed.chain;
  const rules = reachable(chains, name, { follow: () => true, packets });
  const filters = policy === 'drop' || rules.some(({ refuses }) => refuses);
  const decided = decidedBy(chains, name, { packets });
  return {
    ...passed,
    filtered: filters || (rules.some(({ unsure }) => unsure) ? null : false),
    default: decided === undefined ? (policy === 'drop' ? 'drop' : 'accept') : decided,
  };
};

const isFilter = ({ type }: Chain): boolean => type === null || type === 'filter' || type === 'security';

const worst = (defaults: readonly Default[]): Default =>
  defaults.find((one) => one !== 'accept' && one !== null) ?? (defaults.includes(null) ? null : 'accept');

/** Chains of NAT and marking count where they drop: a packet has to be let through by every chain it passes. */
export const hookVerdict = (tables: readonly Table[], packets: PacketFamily, hook: FilterHook): HookVerdict => {
  const judged = chainsOnWay(tables, packets, hook).map((passed) => judge(passed, packets));
  // What a bridge switches was never routed: no verdict on that.
  const verdicts = judged.filter(({ scope }) => scope !== 'switched').map(({ filtered }) => filtered);
  return {
    filtered: verdicts.includes(true) || (verdicts.includes(null) ? null : false),
    default: worst(judged.filter(({ scope }) => scope === 'all').map((one) => one.default)),
    chains: judged.filter(({ own, chain, filtered }) => own && (isFilter(chain) || filtered !== false)).length,
    elsewhere: judged
      .filter(({ own, filtered }) => !own && filtered !== false)
      .map(({ table, chain, own, scope }) => ({ table, chain, own, scope })),
  };
};

const drops = ({ verdict }: Rule): boolean => verdict === 'drop' || verdict === 'reject';

const awake = (tables: readonly Table[]): readonly Table[] => tables.filter(({ dormant }) => !dormant);

export const natRules = (tables: readonly Table[]): (Located & { nat: Nat })[] =>
  awake(tables).flatMap((table) =>
    table.rules.flatMap((rule) => (rule.nat === null ? [] : [{ table, rule, nat: rule.nat }])),
  );

/** Rules that drop or reject and have a counter, the busiest first. */
export const dropRules = (tables: readonly Table[]): (Located & { counter: Counted })[] =>
  awake(tables)
    .flatMap((table) =>
      table.rules.flatMap((rule) =>
        drops(rule) && rule.counter !== null ? [{ table, rule, counter: rule.counter }] : [],
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
  for (const table of awake(tables)) {
    const chains = rulesByChain(table);
    for (const chain of table.chains.filter((one) => one.hook === 'input' && isFilter(one))) {
      for (const { accepts } of reachable(chains, chain.name, { follow: (rule) => takesAll(rule) })) {
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
    ...table.rules.filter(drops).map(({ counter }) => counter),
    ...table.chains.filter(({ policy }) => policy === 'drop').map(({ counter }) => counter),
  ];
  return {
    packets: counters.reduce((sum, counter) => sum + (counter?.packets ?? 0), 0),
    bytes: counters.reduce((sum, counter) => sum + (counter?.bytes ?? 0), 0),
  };
};
