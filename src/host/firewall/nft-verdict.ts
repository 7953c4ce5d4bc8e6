// What a rule of nft's JSON decides: by a plain verdict, a verdict map written in it or named, or a chain nested in it.
import type { Rule } from './model.ts';
import { isObject, listOf, textOf } from './nft-match.ts';

/** Elements by the map's name; null where they were not listed. */
export type VerdictMaps = ReadonlyMap<string, readonly unknown[] | null>;

export type Decision = Pick<Rule, 'verdict' | 'targets' | 'refuses' | 'unsure' | 'catchAll'>;

const plainVerdicts = ['accept', 'drop', 'reject', 'queue', 'return'] as const;
const nothing: Decision = { verdict: null, targets: [], refuses: false, unsure: false, catchAll: false };

const targetOf = (value: unknown): string[] => (isObject(value) ? [textOf(value['target'])] : []);

const isCatchAll = (key: unknown): boolean =>
  key === '*' || (isObject(key) && isObject(key['elem']) && key['elem']['val'] === '*');

/** Pairs of key and verdict, of a map in the rule or of a named one. */
const mapDecision = (vmap: unknown, maps: VerdictMaps): Decision => {
  const data = isObject(vmap) ? vmap['data'] : undefined;
  const named = typeof data === 'string' ? maps.get(data.replace(/^@/, '')) : undefined;
  // A map that is not listed may hold any verdict.
  if (typeof data === 'string' && (named === null || named === undefined)) {
    return { ...nothing, unsure: true, catchAll: true };
  }
  const pairs = named ?? (isObject(data) ? listOf(data['set']) : []);
  const decision = { ...nothing };
  const targets = new Set<string>();
  for (const pair of pairs) {
    const [key, verdict] = listOf(pair);
    if (!isObject(verdict)) continue;
    for (const target of [...targetOf(verdict['jump']), ...targetOf(verdict['goto'])]) targets.add(target);
    decision.refuses ||= 'drop' in verdict || 'reject' in verdict;
    decision.unsure ||= 'queue' in verdict;
    decision.catchAll ||= isCatchAll(key) && !('accept' in verdict || 'return' in verdict || 'continue' in verdict);
  }
  return { ...decision, targets: [...targets] };
};

/** nft has no JSON for a chain without a name: it writes `jump { ... }` as text. What is quoted there is a name or a comment. */
const nestedDecision = (text: string): Decision => {
  const words = text.replaceAll(/"[^"]*"/g, '""');
  const refuses = /\b(?:drop|reject)\b/.test(words);
  const unsure = /\bqueue\b|\bvmap @/.test(words);
  const targets = [...words.matchAll(/\b(?:jump|goto) ([^\s{},]{1,128})/g)].map(([, target = '']) => target);
  const verdict = text.startsWith('goto ') ? 'goto' : 'jump';
  return { verdict, targets, refuses, unsure, catchAll: refuses || unsure || targets.length > 0 };
};

const isNested = (statement: unknown): statement is string =>
  typeof statement === 'string' && /^(?:jump|goto) /.test(statement);

export const decisionOf = (statements: readonly unknown[], maps: VerdictMaps): Decision => {
  for (const statement of statements) {
    if (isNested(statement)) return nestedDecision(statement);
    if (!isObject(statement)) continue;
    const plain = plainVerdicts.find((name) => name in statement);
    if (plain !== undefined) {
      const queues = plain === 'queue';
      return {
        ...nothing,
        verdict: plain,
        refuses: plain === 'drop' || plain === 'reject',
        unsure: queues,
        catchAll: queues,
      };
    }
    if ('jump' in statement) return { ...nothing, verdict: 'jump', targets: targetOf(statement['jump']) };
    if ('goto' in statement) return { ...nothing, verdict: 'goto', targets: targetOf(statement['goto']) };
    if ('vmap' in statement) return mapDecision(statement['vmap'], maps);
    const xt = isObject(statement['xt']) ? textOf(statement['xt']['name']) : '';
    if (xt === 'REJECT') return { ...nothing, verdict: 'reject', refuses: true };
    if (xt === 'NFQUEUE') return { ...nothing, verdict: 'queue', unsure: true, catchAll: true };
  }
  return nothing;
};
