// Reads `iptables-legacy-save -c -t TABLE`: chains with policy and counters, rules with their words.
import type { AcceptedPorts, Chain, Counted, Nat, Rule, Table } from './model.ts';

const counted = (packets: string | undefined, bytes: string | undefined): Counted | null =>
  packets === undefined || bytes === undefined ? null : { packets: Number(packets), bytes: Number(bytes) };

/** Words as iptables-save quotes them: in double quotes, with a backslash before `"`, `\` and `'`. */
export const splitWords = (text: string): string[] => {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && quoted && at + 1 < text.length) {
      at += 1;
      word = `${word ?? ''}${text.charAt(at)}`;
    } else if (character === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (character === ' ' && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${character}`;
  }
  if (word !== undefined) words.push(word);
  return words;
};

/** A comment may hold line breaks, which iptables-save prints as they are: what is in quotes belongs to the line that opened them. */
const logicalLines = (text: string): string[] => {
  const lines: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && quoted) at += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === '\n' && !quoted) {
      lines.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...lines, text.slice(start)];
};

const verdicts: Readonly<Record<string, Rule['verdict']>> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  REJECT: 'reject',
  RETURN: 'return',
  QUEUE: 'queue',
  NFQUEUE: 'queue',
};
const nats: Readonly<Record<string, Nat['kind']>> = {
  MASQUERADE: 'masquerade',
  SNAT: 'snat',
  DNAT: 'dnat',
  REDIRECT: 'redirect',
};

/** Options of a plain rule; each has one word after it. */
const plainOptions = new Set(['-m', '-p', '--dport', '--dports', '-j']);
const harmlessMatches = new Set(['tcp', 'udp', 'comment', 'multiport']);

const acceptsOf = (words: readonly string[]): AcceptedPorts | null => {
  const values = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) {
    const option = words[at] ?? '';
    const value = words[at + 1] ?? '';
    const isState = option === '--ctstate' || option === '--state';
    if (isState ? !value.split(',').includes('NEW') : !plainOptions.has(option)) {
      return null;
    }
    if (option === '-m' && !harmlessMatches.has(value) && value !== 'conntrack' && value !== 'state') return null;
    values.set(option, value);
  }
  const protocol = values.get('-p');
  const ports = values.get('--dport') ?? values.get('--dports');
  if (values.get('-j') !== 'ACCEPT' || (protocol !== 'tcp' && protocol !== 'udp') || ports === undefined) return null;
  return /^[\d:,]{1,200}$/.test(ports) ? { protocol, ports: ports.replaceAll(':', '-').split(',') } : null;
};

const ruleOf = (chain: string, text: string, rest: { position: number; counter: Counted | null }): Rule => {
  const all = splitWords(text);
  // What a stranger may have written is taken out first, so that a comment `-j` is no option.
  const spoken = all.flatMap((word, at) => (word === '--comment' || word === '--log-prefix' ? [at, at + 1] : []));
  const words = all.filter((_, at) => !spoken.includes(at));
  const after = (option: string): string | undefined => {
    const at = words.indexOf(option);
    return at === -1 ? undefined : words[at + 1];
  };
  const target = after('-j') ?? after('-g');
  const builtIn = target === undefined ? null : (verdicts[target] ?? null);
  const nat = target === undefined ? undefined : nats[target];
  const isChain = target !== undefined && builtIn === null && nat === undefined && !/^[A-Z]+$/.test(target);
  const matches = words.filter(
    (word, at) => word.startsWith('-') && word !== '--comment' && words[at - 1] !== '--comment',
  );
  const unconditional = matches.every((word) => word === '-j' || word === '-g' || word.startsWith('--reject'));
  const negatable = (option: string): string | null => {
    const value = after(option)?.replaceAll(':', '-').replaceAll(',', ', ') ?? null;
    return value !== null && words[words.indexOf(option) - 1] === '!' ? `not ${value}` : value;
  };
  return {
    chain,
    handle: null,
    ...rest,
    comment: all.includes('--comment') ? (all[all.indexOf('--comment') + 1] ?? null) : null,
    verdict: builtIn ?? (isChain ? (words.includes('-g') ? 'goto' : 'jump') : null),
    // A user's chain may have a name in capitals too (DOCKER): whether it is one is known once all chains are.
    targets: target === undefined || builtIn !== null || nat !== undefined ? [] : [target],
    unconditional,
    refuses: builtIn === 'drop' || builtIn === 'reject',
    unsure: builtIn === 'queue',
    catchAll: builtIn === 'queue' && unconditional,
    only: null,
    matched: { protocol: negatable('-p'), port: negatable('--dport') ?? negatable('--dports') },
    nat:
      nat === undefined
        ? null
        : { kind: nat, to: after('--to-source') ?? after('--to-destination') ?? after('--to-ports') ?? null },
    accepts: acceptsOf(words),
    text,
  };
};

const hooks: Readonly<Record<string, string>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

const chainOf = (table: string, line: string): Chain | undefined => {
  const [, name, policy, packets, bytes] = /^:(\S+) (\S+)(?: \[(\d+):(\d+)\])?$/.exec(line) ?? [];
  if (name === undefined) return undefined;
  const base = policy !== '-';
  return {
    name,
    hook: base ? (hooks[name] ?? null) : null,
    type: base ? table : null,
    priority: null,
    policy: base ? (policy ?? '').toLowerCase() : null,
    devices: [],
    counter: base ? counted(packets, bytes) : null,
  };
};

export const parseLegacySave = (text: string, family: 'ip' | 'ip6'): Table[] => {
  const tables: Table[] = [];
  const positions = new Map<string, number>();
  for (const line of logicalLines(text)) {
    if (line.startsWith('*')) {
      positions.clear();
      tables.push({
        backend: 'legacy',
        family,
        name: line.slice(1).trim(),
        dormant: false,
        chains: [],
        rules: [],
        sets: [],
      });
    }
    const table = tables.at(-1);
    if (table === undefined) continue;
    const chain = chainOf(table.name, line);
    if (chain !== undefined) table.chains.push(chain);
    const [, packets, bytes, name, rest = ''] = /^(?:\[(\d+):(\d+)\] )?-A (\S+)(?: (.*))?$/s.exec(line) ?? [];
    if (name === undefined) continue;
    const position = (positions.get(name) ?? 0) + 1;
    positions.set(name, position);
    table.rules.push(ruleOf(name, rest, { position, counter: counted(packets, bytes) }));
  }
  return tables.map((table) => {
    const names = new Set(table.chains.map(({ name }) => name));
    const rules = table.rules.map((rule) => {
      const targets = rule.targets.filter((target) => names.has(target));
      const verdict = rule.verdict ?? (targets.length > 0 ? 'jump' : null);
      return { ...rule, targets, verdict: targets.length === 0 && verdict === 'jump' ? null : verdict };
    });
    return { ...table, rules };
  });
};
