import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLegacySave, splitWords } from './legacy-save.ts';
import type { Table } from './model.ts';
import { parseRuleset } from './nft-json.ts';
import { parseRuleTexts, withTexts } from './nft-text.ts';
import { ownersOf } from './owners.ts';
import { acceptedPorts, dropRules, hookVerdict, natRules } from './verdicts.ts';

const port = (right: unknown, protocol = 'tcp') => ({
  match: { op: '==', left: { payload: { protocol, field: 'dport' } }, right },
});
const source = { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '192.0.2.1' } };
const isNew = { match: { op: 'in', left: { ct: { key: 'state' } }, right: 'new' } };
const counter = { counter: { packets: 7, bytes: 700 } };
const accept = { accept: null };

interface Entries {
  policy?: string;
  family?: string;
  /** Statements of rules of the chain `input`, and of others by `chain`. */
  rules: readonly (readonly unknown[] | { chain: string; expr: readonly unknown[] })[];
}

const ruleset = ({ policy = 'accept', family = 'inet', rules }: Entries): Table[] => {
  const table = { family, table: 't' };
  const placed = rules.map((rule) => ('chain' in rule ? rule : { chain: 'input', expr: rule }));
  const chains = [...new Set(placed.map(({ chain }) => chain))].filter((chain) => chain !== 'input');
  return parseRuleset(
    JSON.stringify({
      nftables: [
        { metainfo: { json_schema_version: 1 } },
        { table: { family, name: 't', handle: 1 } },
        { counter: { ...table, name: 'c1', handle: 9, packets: 3, bytes: 30 } },
        { chain: { ...table, name: 'input', handle: 1, type: 'filter', hook: 'input', prio: 0, policy } },
        ...chains.map((name) => ({ chain: { ...table, name } })),
        ...placed.map((rule, at) => ({ rule: { ...table, ...rule, handle: at + 10 } })),
      ],
    }),
    false,
  );
};

const portsOf = (entries: Entries): string[] =>
  acceptedPorts(ruleset(entries)).map(({ family, protocol, port: number }) => `${family} ${protocol}/${number}`);

describe('accepted ports', () => {
  it('only of rules that take a port and nothing finer', () => {
    expect(
      portsOf({
        rules: [
          [port(22), counter, accept],
          [port({ set: [80, { range: [8000, 8010] }] }), isNew, accept],
          [port(53, 'udp'), { log: { prefix: 'x' } }, accept],
          [port(5432), source, accept],
          [port(9), { drop: null }],
          [port(99), { limit: { rate: 3 } }, accept],
          [{ match: { op: '!=', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 25 } }, accept],
          [port('@ports'), accept],
          [port(1), { match: { op: '==', left: { ct: { key: 'state' } }, right: 'established' } }, accept],
        ],
      }),
    ).toEqual(['inet tcp/22', 'inet tcp/80', 'inet tcp/8000-8010', 'inet udp/53']);
  });

  it('of chains that every packet reaches, and not behind a rule that takes all', () => {
    expect(
      portsOf({
        rules: [
          [counter, { jump: { target: 'user' } }],
          [source, { jump: { target: 'some' } }],
          { chain: 'user', expr: [port(25), accept] },
          { chain: 'some', expr: [port(26), accept] },
          [{ drop: null }],
          [port(27), accept],
        ],
      }),
    ).toEqual(['inet tcp/25']);
  });
});

describe('verdicts', () => {
  const input = (entries: Entries) => hookVerdict(ruleset(entries), 'ipv4', 'input');
  it.each([
    ['nothing', { rules: [] }, { filtered: false, default: 'accept', chains: 1 }],
    ['policy drop', { policy: 'drop', rules: [] }, { filtered: true, default: 'drop', chains: 1 }],
    [
      'a last reject',
      { rules: [[port(22), accept], [{ reject: null }]] },
      { filtered: true, default: 'reject', chains: 1 },
    ],
    [
      'policy drop behind an accept of all',
      { policy: 'drop', rules: [[counter, accept]] },
      { filtered: true, default: 'accept', chains: 1 },
    ],
    [
      'a drop some jumps away',
      { rules: [[source, { goto: { target: 'b' } }], { chain: 'b', expr: [source, { drop: null }] }] },
      { filtered: true, default: 'accept', chains: 1 },
    ],
    [
      'a drop nobody reaches',
      { rules: [{ chain: 'b', expr: [{ drop: null }] }] },
      { filtered: false, default: 'accept', chains: 1 },
    ],
    [
      'the other family',
      { family: 'ip6', policy: 'drop', rules: [] },
      { filtered: false, default: 'accept', chains: 0 },
    ],
  ])('%s', (_name, entries, expected) => {
    expect(input(entries)).toMatchObject(expected);
  });

  it.each([
    ['a queue', { rules: [[{ queue: null }]] }, { filtered: null, default: null }],
    [
      'a queue for some, and a drop',
      {
        rules: [
          [source, { queue: null }],
          [source, { drop: null }],
        ],
      },
      { filtered: true, default: 'accept' },
    ],
    ['a nested chain', { rules: [['jump {\n\t\tdrop\n\t}']] }, { filtered: true, default: null }],
    [
      'a nested chain whose comment speaks of drop',
      { rules: [[source, 'goto {\n\t\taccept comment "drop"\n\t}']] },
      { filtered: false, default: 'accept' },
    ],
    [
      'a nested chain that jumps to one that drops',
      { rules: [[source, 'jump {\n\t\tjump b\n\t}'], { chain: 'b', expr: [{ drop: null }] }] },
      { filtered: true, default: 'accept' },
    ],
    [
      'a drop behind a goto for all and a return',
      { policy: 'drop', rules: [[{ goto: { target: 'b' } }], [accept], { chain: 'b', expr: [{ return: null }] }] },
      { filtered: true, default: 'drop' },
    ],
    [
      'a rule of the other family',
      { rules: [[{ match: { op: '==', left: { meta: { key: 'nfproto' } }, right: 'ipv6' } }, { drop: null }]] },
      { filtered: false, default: 'accept' },
    ],
    [
      'all but the other family',
      { rules: [[{ match: { op: '!=', left: { meta: { key: 'nfproto' } }, right: 'ipv6' } }, { drop: null }]] },
      { filtered: true, default: 'accept' },
    ],
    [
      'a tunnelled header of the other family',
      {
        rules: [
          [
            {
              match: {
                op: '==',
                left: { payload: { tunnel: 'vxlan', protocol: 'ip6', field: 'saddr' } },
                right: '2001:db8::1',
              },
            },
            { drop: null },
          ],
        ],
      },
      { filtered: true, default: 'accept' },
    ],
  ])('%s', (_name, entries, expected) => {
    expect(input(entries)).toMatchObject(expected);
  });

  it('a named verdict map whose elements are not listed may hold any verdict', () => {
    const table = { family: 'inet', table: 't' };
    const map = { ...table, name: 'm', type: 'inet_service', map: 'verdict', elem: [[23, { drop: null }]] };
    const vmap = { key: { payload: { protocol: 'tcp', field: 'dport' } }, data: '@m' };
    const text = JSON.stringify({
      nftables: [
        { table: { family: 'inet', name: 't' } },
        { map },
        { chain: { ...table, name: 'c', type: 'filter', hook: 'input', prio: 0, policy: 'accept' } },
        { rule: { ...table, chain: 'c', handle: 3, expr: [{ vmap }] } },
      ],
    });
    expect(hookVerdict(parseRuleset(text, false), 'ipv4', 'input')).toMatchObject({ filtered: true });
    expect(hookVerdict(parseRuleset(text, true), 'ipv4', 'input')).toMatchObject({ filtered: null, default: null });
  });

  it('chains of devices, and of what leaves the host', () => {
    const table = { family: 'netdev', table: 'n' };
    const base = { ...table, type: 'filter', prio: 0, policy: 'drop' };
    const tables = parseRuleset(
      JSON.stringify({
        nftables: [
          { table: { family: 'netdev', name: 'n' } },
          { flowtable: { ...table, name: 'f', hook: 'ingress', prio: 0, dev: 'eth0' } },
          { chain: { ...base, name: 'in', hook: 'ingress', dev: 'eth0' } },
          { chain: { ...base, name: 'out', hook: 'egress', dev: ['eth0', 'eth1'] } },
        ],
      }),
      false,
    );
    const seen = (hook: 'input' | 'forward' | 'output') =>
      hookVerdict(tables, 'ipv6', hook).elsewhere.map(({ chain }) => [chain.name, chain.devices]);
    expect(seen('input')).toEqual([['in', ['eth0']]]);
    expect(seen('output')).toEqual([['out', ['eth0', 'eth1']]]);
    expect(seen('forward')).toHaveLength(2);
    expect(hookVerdict(tables, 'ipv4', 'output')).toMatchObject({ filtered: true, default: 'accept', chains: 0 });
  });

  it('jumps in a ring end', () => {
    expect(
      input({
        rules: [[source, { jump: { target: 'a' } }], { chain: 'a', expr: [source, { jump: { target: 'input' } }] }],
      }),
    ).toMatchObject({ filtered: false });
  });

  it('a line break in a legacy comment makes no rule', () => {
    const saved =
      '*filter\n:INPUT ACCEPT [0:0]\n[1:2] -A INPUT -m comment --comment "evil\n-A INPUT -j ACCEPT\n\\"#" -j DROP\nCOMMIT\n';
    const [table] = parseLegacySave(saved, 'ip');
    expect(table?.rules.map(({ verdict, position }) => [verdict, position])).toEqual([['drop', 1]]);
    expect(table?.rules[0]?.comment).toContain('evil');
  });

  it('drops by packets, with named counters; NAT with its target', () => {
    const tables = ruleset({
      rules: [
        [source, { counter: 'c1' }, { drop: null }],
        [source, counter, { reject: null }],
        [{ dnat: { addr: '2001:db8::1', port: 80 } }],
        [{ xt: { type: 'target', name: 'MASQUERADE' } }],
      ],
    });
    expect(dropRules(tables).map(({ counter: counted, rule }) => [counted.packets, rule.verdict])).toEqual([
      [7, 'reject'],
      [3, 'drop'],
    ]);
    expect(natRules(tables).map(({ nat }) => nat)).toEqual([
      { kind: 'dnat', to: '[2001:db8::1]:80' },
      { kind: 'masquerade', to: null },
    ]);
  });
});

const saved = `# Generated by iptables-save v1.8.9 on Sat Nov 21 16:17:19 2026
*filter
:INPUT DROP [12:900]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
[1:60] -A INPUT -p tcp -m tcp --dport 22 -m comment --comment "he\\"llo \\\\ -j DROP" -j ACCEPT
[2:99] -A INPUT -p tcp -m multiport --dports 80,8000:8010 -m conntrack --ctstate NEW -j ACCEPT
[0:0] -A INPUT ! -p tcp -m tcp --dport 23 -j ACCEPT
[0:0] -A INPUT -s 192.0.2.1/32 -p udp -m udp --dport 53 -j ACCEPT
[5:5] -A INPUT -p tcp -m comment --comment -j -j DROP
[0:0] -A FORWARD -o docker0 -j DOCKER
[0:0] -A FORWARD -j LOG --log-prefix "DROP "
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
[3:180] -A POSTROUTING -o eth0 -j MASQUERADE
[3:180] -A POSTROUTING -o eth1 -j SNAT --to-source 192.0.2.9
COMMIT
`;

describe('iptables-save', () => {
  const tables = parseLegacySave(saved, 'ip');

  it('chains, counters, verdicts, comments', () => {
    expect(tables.map(({ name, rules }) => [name, rules.length])).toEqual([
      ['filter', 7],
      ['nat', 2],
    ]);
    expect(tables[0]?.chains[0]).toMatchObject({
      name: 'INPUT',
      hook: 'input',
      policy: 'drop',
      counter: { packets: 12 },
    });
    expect(tables[0]?.chains[3]).toMatchObject({ name: 'DOCKER', hook: null, policy: null });
    expect(tables[0]?.rules.map(({ verdict, targets }) => [verdict, targets])).toEqual([
      ['accept', []],
      ['accept', []],
      ['accept', []],
      ['accept', []],
      ['drop', []],
      ['jump', ['DOCKER']],
      [null, []],
    ]);
    expect(tables[0]?.rules.map(({ comment }) => comment).filter((comment) => comment !== null)).toEqual([
      'he"llo \\ -j DROP',
      '-j',
    ]);
    expect(tables[0]?.rules[4]).toMatchObject({ position: 5, counter: { packets: 5, bytes: 5 }, unconditional: false });
  });

  it('verdicts as for nft', () => {
    expect(acceptedPorts(tables).map(({ protocol, port: number }) => `${protocol}/${number}`)).toEqual([
      'tcp/22',
      'tcp/80',
      'tcp/8000-8010',
    ]);
    expect(hookVerdict(tables, 'ipv4', 'input')).toMatchObject({ filtered: true, default: 'drop', chains: 1 });
    expect(natRules(tables).map(({ nat }) => nat)).toEqual([
      { kind: 'masquerade', to: null },
      { kind: 'snat', to: '192.0.2.9' },
    ]);
    expect(tables.map(ownersOf)).toEqual([['docker', 'iptables-legacy'], ['iptables-legacy']]);
  });

  it('words', () => {
    expect(splitWords('-j A --comment "" "a b"')).toEqual(['-j', 'A', '--comment', '', 'a b']);
  });
});

describe('texts that forge rules', () => {
  const [table] = ruleset({ rules: [[port(22), accept], [{ drop: null }]] });
  const listing = (...lines: string[]): string =>
    [
      'table inet t { # handle 1',
      '\tchain input { # handle 1',
      '\t\ttype filter hook input priority 0; policy accept;',
      ...lines,
      '\t}',
      '}',
    ].join('\n');
  const good = listing('\t\ttcp dport 22 accept # handle 10', '\t\tdrop # handle 11');
  const textsOf = (text: string): string[] | undefined => {
    if (table === undefined) return undefined;
    const shown = withTexts(table, parseRuleTexts(text));
    return shown.believed ? shown.table.rules.map((rule) => rule.text) : undefined;
  };

  it('are shown where they fit', () => {
    expect(textsOf(good)).toEqual(['tcp dport 22 accept', 'drop']);
    expect(
      textsOf(listing('\t\ttcp dport 22 jump {', '\t\t\tdrop', '\t\t} # handle 10', '\t\tdrop # handle 11')),
    ).toEqual(['tcp dport 22 jump { drop }', 'drop']);
  });

  it('tell what is dormant and which devices a chain has, and a comment does not', () => {
    expect(table).toBeDefined();
    if (table === undefined) return;
    const shown = (text: string) => withTexts(table, parseRuleTexts(text)).table;
    const [head = '', ...rest] = good.split('\n');
    expect(shown(good).dormant).toBe(false);
    expect(shown([head, '\tflags owner,dormant', '', ...rest].join('\n')).dormant).toBe(true);
    expect(shown([head, '\tcomment "', '\tflags dormant', ...rest].join('\n')).dormant).toBe(false);
    const type = '\t\ttype filter hook ingress device';
    const ingress = good.replace(
      '\t\ttype filter hook input',
      `\t\tcomment "\n${type} "forged" "\n${type}s = { lo, "v 0" }`,
    );
    expect(shown(ingress).chains[0]?.devices).toEqual(['lo', 'v 0']);
  });

  it.each([
    ['a line more', listing('\t\taccept # handle 9', '\t\ttcp dport 22 accept # handle 10', '\t\tdrop # handle 11')],
    ['a line less', listing('\t\tdrop # handle 11')],
    ['a line without a handle', listing('\t\ttcp dport 22 accept # handle 10', '\t\taccept', '\t\tdrop # handle 11')],
    [
      'a comment that goes on',
      listing('\t\tip saddr 6.6.6.6 accept"', '\t\ttcp dport 22 accept # handle 10', '\t\tdrop # handle 11'),
    ],
    ['another order', listing('\t\tdrop # handle 11', '\t\ttcp dport 22 accept # handle 10')],
    ['the chain twice', `${good.slice(0, -1)}\tchain input {\n\t}\n}`],
    ['the table twice', `${good}\n${good}`],
    ['nothing', ''],
  ])('%s is not believed', (_name, text) => {
    expect(textsOf(text)).toBeUndefined();
  });

  it('nor any text of a table with a line break in a comment', () => {
    expect(table).toBeDefined();
    if (table === undefined) return;
    const [first, second] = table.rules;
    if (first === undefined || second === undefined) throw new Error('two rules');
    const forged: Table = { ...table, rules: [{ ...first, comment: 'a\nb' }, second] };
    expect(withTexts(forged, parseRuleTexts(good)).believed).toBe(false);
  });
});

it('no text makes a parser throw anything but its own error', () => {
  const piece = fc.constantFrom(
    'table inet t {',
    '\tchain c {',
    '\t\tdrop # handle 3',
    '\n',
    '\t}',
    '}',
    '"',
    '*filter\n',
    ':INPUT DROP [1:2]\n',
    '-A INPUT ',
    '--comment ',
    '-j ',
    '\\',
  );
  const text = fc.array(fc.oneof(piece, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (any) => {
      parseRuleTexts(any);
      parseLegacySave(any, 'ip6');
      expect(() => parseRuleset(any, false)).toThrow('not its JSON');
    }),
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.dictionary(
          fc.constantFrom('table', 'chain', 'rule', 'set', 'map', 'counter'),
          fc.dictionary(
            fc.constantFrom('family', 'table', 'name', 'chain', 'expr', 'elem', 'type', 'handle'),
            fc.jsonValue(),
          ),
        ),
      ),
      (entries) => {
        const tables = parseRuleset(JSON.stringify({ nftables: entries }), false);
        acceptedPorts(tables);
        natRules(tables);
        hookVerdict(tables, 'ipv6', 'forward');
      },
    ),
  );
});
