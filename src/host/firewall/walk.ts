// Rules in the order a packet meets them: through jumps, up to the rule that lets nothing past it.
import type { PacketFamily, Rule, Table } from './model.ts';

/** Far more than lead to each other anywhere: the kernel allows 16 jumps in a row. */
const maxChains = 1000;

export type Chains = ReadonlyMap<string, readonly Rule[]>;

/** Rules by chain; those that are only about other packets than `packets` left out. */
export const rulesByChain = (table: Table, packets?: PacketFamily): Chains => {
  const chains = new Map<string, Rule[]>();
  for (const rule of table.rules) {
    if (packets !== undefined && rule.only !== null && rule.only !== packets) continue;
    const rules = chains.get(rule.chain);
    if (rules === undefined) chains.set(rule.chain, [rule]);
    else rules.push(rule);
  }
  return chains;
};

export const takesAll = ({ unconditional, only }: Rule, packets?: PacketFamily): boolean =>
  unconditional && (only === null || only === packets);

/** Rules up to the one that lets nothing past it. */
const untilEnd = (rules: readonly Rule[], packets?: PacketFamily): readonly Rule[] => {
  const end = rules.findIndex(
    (rule) => takesAll(rule, packets) && rule.verdict !== 'jump' && rule.verdict !== null && rule.verdict !== 'queue',
  );
  return end === -1 ? rules : rules.slice(0, end + 1);
};

interface Walk {
  follow: (rule: Rule) => boolean;
  packets?: PacketFamily;
}

/** Rules of a chain and of those it leads to by jumps that `follow` accepts; each chain once. */
export const reachable = (chains: Chains, start: string, { follow, packets }: Walk): Rule[] => {
  const seen = new Set([start]);
  const rulesOf = (name: string): readonly Rule[] => untilEnd(chains.get(name) ?? [], packets);
  for (const name of seen) {
    for (const rule of rulesOf(name)) if (follow(rule)) for (const target of rule.targets) seen.add(target);
  }
  return [...seen].flatMap(rulesOf);
};

/** What happens to a packet that no finer rule takes; null: not simple to tell. */
export type Default = 'accept' | 'drop' | 'reject' | null;

/** What rules for all decide, followed through jumps for all; undefined: they leave it to whoever jumped here, or to the policy. */
export const decidedBy = (
  chains: Chains,
  start: string,
  { packets }: { packets: PacketFamily },
): Default | undefined => {
  // Each chain is judged once; one that leads back to itself, which nft refuses, decides nothing there.
  const known = new Map<string, Default | undefined>();
  const decide = (name: string): Default | undefined => {
    if (known.has(name)) return known.get(name);
    if (known.size > maxChains) return null;
    known.set(name, undefined);
    const decided = decideBy(chains.get(name) ?? []);
    known.set(name, decided);
    return decided;
  };
  const decideBy = (rules: readonly Rule[]): Default | undefined => {
    for (const rule of rules) {
      if (rule.catchAll) return null;
      if (!takesAll(rule, packets)) continue;
      const { verdict } = rule;
      if (verdict === 'accept' || verdict === 'drop' || verdict === 'reject') return verdict;
      if (verdict === 'return') return undefined;
      const target = rule.targets[0];
      const decided = target === undefined ? undefined : decide(target);
      if (decided !== undefined || verdict === 'goto') return decided;
    }
    return undefined;
  };
  return decide(start);
};
