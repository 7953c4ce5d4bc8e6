// The shipped policy, and more than fifty ways to spoil one: each is refused with file, line and fix.
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  type Edit,
  edited,
  lineOf,
  put,
  refusal,
  shipped,
  shippedText,
  swap,
} from '../../tests/helpers/policy-texts.ts';
import { knobs } from '../knobs/index.ts';
import { checkValue } from '../model/card-value.ts';
import { findCard } from '../model/policy.ts';
import { buildPolicy } from './build-policy.ts';

describe('the shipped policy', () => {
  const policy = buildPolicy(shipped);

  it('has the cards and profiles of the documents', () => {
    const count = (category: string) => [...policy.cards.values()].filter((card) => card.category === category).length;
    expect({ tc: count('tc'), iptables: count('iptables'), nic: count('nic'), route: count('route') }).toEqual({
      tc: 8,
      iptables: 6,
      nic: 6,
      route: 1,
    });
    expect(count('sysctl')).toBeGreaterThanOrEqual(16);
    expect([...policy.profiles.keys()].sort()).toEqual([
      'balanced',
      'bulk_transfer',
      'gaming',
      'router',
      'server',
      'streaming',
      'video_calls',
    ]);
  });

  it.each([
    ['sysctl.tcp_rmem', 'sysctl.tcp_rmem'],
    ['sysctl_tcp_rmem', 'sysctl.tcp_rmem'],
    ['iptables_QoS_marking', 'iptables.qos_marking'],
    ['sysctl.netdev_budget', 'sysctl.core_netdev_budget'],
    ['shaper', 'tc.shaper'],
  ])('finds a card by %s', (id, canonical) => {
    expect(findCard(policy, id)?.id).toBe(canonical);
  });

  it('agrees with the knobs on which cards there are', () => {
    const listed = knobs.flatMap((knob) => knob.cards);
    expect(listed.filter((id) => !policy.cards.has(id))).toEqual([]);
    expect([...policy.cards.keys()].filter((id) => !listed.includes(id))).toEqual([]);
    const ids = knobs.map((knob) => knob.id);
    expect([...policy.cards.values()].filter((card) => !ids.includes(card.knob))).toEqual([]);
  });

  it('has bounds for every card', () => {
    expect(Object.keys(policy.limits.bounds).sort()).toEqual([...policy.cards.keys()].sort());
  });

  it('writes profiles that the knobs can read', () => {
    for (const profile of policy.profiles.values()) {
      for (const [id, wish] of Object.entries(profile.changes)) {
        const knob = knobs.find((candidate) => candidate.id === id);
        expect(knob?.schema.safeParse(wish).error, `${profile.name}: ${id}`).toBeUndefined();
      }
    }
  });

  it('refuses what the guide refuses, and takes the bound itself', () => {
    const card = policy.cardsByKey.get('net.core.rmem_max');
    expect(card && checkValue(card, '999999999999')).toBe('the value exceeds the maximum allowed: 268435456');
    expect(card && checkValue(card, 268435456)).toBeUndefined();
  });
});

const rmem = 'cards/sysctl.tcp_rmem.yaml';
const ecn = 'cards/sysctl.tcp_ecn.yaml';
const rings = 'cards/nic.rings.yaml';
const gaming = 'profiles/gaming.yaml';
const limits = 'limits.yaml';
const rules = 'rules.yaml';
const ecnBounds = (bounds: string): Edit => swap(/sysctl\.tcp_ecn: \{[^}]*\}/, `sysctl.tcp_ecn: ${bounds}`);
const bounds = (...path: string[]) => ['bounds', ...path];
const extend = (lines: string): Edit => swap('title: Gaming\n', `title: Gaming\n${lines}`);
const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...['b', 'c', 'd', 'e'].map((name, index) => {
    const before = 'abcd'.charAt(index);
    return `${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`;
  }),
].join('\n');

/** `near` stands first on the line that must be named; empty where any line will do. */
type Case = [what: string, name: string, edit: Edit, near: string, message: string];

const yamlCases: Case[] = [
  ['unknown field', rmem, swap('unit:', 'units:'), 'units:', 'unknown field "units"'],
  ['missing field', rmem, swap('scope: namespace\n', ''), 'id:', 'scope: '],
  ['wrong type', rmem, swap('max: 268435456', 'max: lots'), 'lots', 'range.parts.2.max'],
  ['broken YAML', rmem, swap('ascending: true', 'ascending: [true'), 'kernel_default', 'not valid YAML'],
  ['field twice', rmem, (text) => `${text}knob: sysctl\n`, '', 'not valid YAML'],
  ['tab for blanks', ecn, swap('scope: namespace', 'scope:\n\tnamespace: 1'), '\tnamespace', 'not valid YAML'],
  ['two documents', ecn, (text) => `${text}---\na: 1\n`, '---', 'not valid YAML'],
  ['unknown tag', ecn, swap('scope: namespace', 'scope: !!js/function x'), 'scope:', 'not valid YAML'],
  ['NUL byte', ecn, swap('scope: namespace', 'scope: name\0space'), 'scope:', 'a control character'],
  ['not UTF-8', ecn, swap('scope: namespace', 'scope: name\ufffdspace'), 'scope:', 'a control character'],
  ['alias bomb', limits, () => `${bomb}\n`, 'a:', 'not valid YAML: Excessive alias count'],
  ['empty file', limits, () => '', '', 'expected object'],
  ['empty card', 'cards/other.yaml', () => ' ', '', 'expected object'],
  ['list for a map', limits, () => '- a\n- b\n', '- a', 'expected object'],
  ['not a policy file', 'rules2.yaml', () => 'a: 1\n', 'a: 1', 'not a policy file'],
];

const cardCases: Case[] = [
  ['range backwards', rmem, swap('min: 4096, max: 1048576', 'min: 2, max: 1'), 'range:', 'ends (1) before it begins'],
  ['category', rmem, swap('category: sysctl', 'category: tc'), 'category', 'category tc is not that of'],
  ['foreign key', rmem, swap('net.ipv4.tcp_rmem\nunit', 'kernel.modprobe\nunit'), 'key:', 'not a network sysctl'],
  ['no key', ecn, swap('key: net.ipv4.tcp_ecn\n', ''), 'id:', 'needs its key'],
  ['default outside', ecn, swap('\ndefault: "2"', '\ndefault: "7"'), 'default: "7"', 'default 7'],
  ['example outside', ecn, swap(/examples: .*/, 'examples: ["1", "9"]'), 'examples:', 'example 9: the value exceeds'],
  ['file name', 'cards/sysctl.other.yaml', () => shippedText(ecn), 'id:', 'is in cards/sysctl.other.yaml'],
  ['parameter default', rings, put(['parameters', 0, 'default'], 0), '- {', '0: receive ring is below'],
  ['parameter example', rings, put(['parameters', 0, 'examples'], [99999999]), '- {', 'exceeds the maximum'],
  ['parameter backwards', rings, put(['parameters', 0, 'min'], 70000), 'min: 70000', 'before it begins (70000)'],
  ['object without parameters', rings, put(['parameters'], undefined), 'range:', 'needs parameters'],
  ['impact left out', ecn, put(['impact', 'jitter'], undefined), 'impact:', 'impact.jitter'],
  ['reference that is no address', ecn, put(['references', 0], 'somewhere'), '- somewhere', 'references.0'],
];

const profileCases: Case[] = [
  ['active card', gaming, swap('- tc.qdisc_type', '- tc.nothing'), '- tc.nothing', 'no card "tc.nothing"'],
  ['key without card', gaming, swap('net.core.rmem_max', 'net.core.rmem'), 'net.core.rmem:', 'no card has the key'],
  ['value outside', gaming, swap("wmem_max: '16777216'", "wmem_max: '1'"), 'net.core.wmem_max', 'below the minimum'],
  [
    'value neither text nor number',
    gaming,
    swap("wmem_max: '16777216'", 'wmem_max: true'),
    'net.core.wmem_max',
    'neither',
  ],
  ['unknown knob', gaming, swap('  qdisc: {', '  qdisk: {'), 'qdisk', 'a knob "qdisk"'],
  ['profile name', gaming, swap('name: gaming', 'name: games'), 'name:', 'the profile "games" is in'],
  [
    'prohibited value',
    'profiles/server.yaml',
    swap("syncookies: '1'", "syncookies: '0'"),
    'net.ipv4.tcp_syn',
    'cookies',
  ],
  ['extends nobody', gaming, extend('extends: nothing\n'), 'extends:', 'no profile "nothing" to extend'],
  ['extends itself', gaming, extend('extends: gaming\n'), 'extends:', '"gaming" extends this profile itself'],
  ['override not said', gaming, extend('extends: balanced\n'), 'net.core.default_qdisc:', 'overrides does not say so'],
  [
    'overrides nothing',
    gaming,
    extend('extends: balanced\noverrides: [mtu]\n'),
    'overrides:',
    'names mtu, which replaces',
  ],
  ['overrides nobody', gaming, extend('overrides: [mtu]\n'), 'overrides:', 'overrides without extends'],
  ['no why', gaming, put(['why', 'tc.qdisc_type'], undefined), '- tc.qdisc_type', 'neither a why nor a left_out'],
  ['why and left_out', gaming, put(['left_out', 'tc.qdisc_type'], 'x'), '- tc.qdisc_type', 'a why and a left_out'],
  [
    'why without value',
    gaming,
    put(['changes', 'sysctl', 'net.core.netdev_budget'], undefined),
    'sysctl.core_netdev_budget:',
    'has a why and no value',
  ],
  ['left_out of nobody', gaming, put(['left_out', 'tc.shaper'], 'x'), 'tc.shaper:', 'tc.shaper is no active card'],
  ['value without card', gaming, swap('  - tc.qdisc_type\n', ''), 'qdisc: {', 'no active card stands for qdisc'],
];

const limitsCases: Case[] = [
  [
    'bounds missing',
    limits,
    put(bounds('sysctl.tcp_ecn'), undefined),
    'bounds:',
    'no entry for the card sysctl.tcp_ecn',
  ],
  ['bounds of nobody', limits, put(bounds('sysctl.x'), { min: 0, max: 1 }), 'sysctl.x:', 'there is no card "sysctl.x"'],
  [
    'bounds beyond the card',
    limits,
    ecnBounds('{ min: 0, max: 3 }'),
    'sysctl.tcp_ecn:',
    "reaches beyond the card's 0 to 2",
  ],
  ['bounds backwards', limits, ecnBounds('{ min: 2, max: 0 }'), 'sysctl.tcp_ecn:', 'end (0) before they begin (2)'],
  [
    'bounds of another form',
    limits,
    ecnBounds("{ values: ['0'] }"),
    'sysctl.tcp_ecn:',
    'do not fit its range (integer)',
  ],
  ['bounds of no form', limits, ecnBounds('{ least: 0 }'), 'sysctl.tcp_ecn:', 'bounds.sysctl.tcp_ecn'],
  [
    'value the card lacks',
    limits,
    put(bounds('sysctl.default_qdisc', 'values'), ['red']),
    'sysctl.default_qdisc',
    '"red" is',
  ],
  [
    'part without bounds',
    limits,
    put(bounds('sysctl.tcp_rmem', 'parts', 'max'), undefined),
    'sysctl.tcp_rmem',
    'bounds for max',
  ],
  [
    'unknown part',
    limits,
    put(bounds('sysctl.tcp_rmem', 'parts', 'middle'), { min: 1, max: 2 }),
    'middle:',
    'has no part "middle"',
  ],
  [
    'parameter without bounds',
    limits,
    put(bounds('nic.rings', 'parameters', 'transmit ring'), undefined),
    'nic.rings:',
    'nic.rings has no bounds for transmit ring',
  ],
  [
    'unknown parameter',
    limits,
    put(bounds('nic.rings', 'parameters', 'rongs'), { min: 1, max: 2 }),
    'rongs:',
    'nic.rings has no parameter "rongs"',
  ],
  ['prohibited card', limits, swap('card: sysctl.tcp_sync', 'card: sysctl.x'), '- card: sysctl.x', 'no card "sysctl.x'],
  ['timeouts', limits, put(['confirm_timeout_s', 'default'], 5), 'confirm_timeout_s', 'not between min and max'],
  ['port that is none', limits, put(['protected_ports', 0], 70000), '', 'protected_ports.0'],
];

const rulesCases: Case[] = [
  [
    'unknown fact',
    rules,
    swap('fact: link.type, is: wifi', 'fact: link.kind, is: wifi'),
    'link.kind',
    'no fact "link.kind"',
  ],
  [
    'nothing compared',
    rules,
    swap('fact: link.type, is: wifi', 'fact: link.type'),
    '{ fact: link.type }',
    'compare the fact',
  ],
  ['card of a rule', rules, swap('card: sysctl.tcp_rmem', 'card: sysctl.x'), 'card: sysctl.x', 'no card "sysctl.x"'],
  ['profile of a rule', rules, swap('profiles: [streaming]', 'profiles: [nobody]'), '[nobody]', 'no profile "nobody"'],
  [
    'rule twice',
    rules,
    swap('id: shaper_over_fq', 'id: netem_with_shaper # 2'),
    'netem_with_shaper # 2',
    'there twice',
  ],
  ['severity', rules, swap('severity: info', 'severity: fatal'), 'severity: fatal', 'combinations.0.severity'],
  [
    'place that no card has',
    rules,
    swap('touches: [netem]', 'touches: [nothing]'),
    'touches: [nothing]',
    'for "nothing"',
  ],
  [
    "another card's key",
    rules,
    swap('set: { sysctl: { net.ipv4.tcp_rmem:', 'set: { sysctl: { net.ipv4.tcp_mem:'),
    'net.ipv4.tcp_mem:',
    'is not what the card sysctl.tcp_rmem sets',
  ],
];

const problemsSchema = z.object({
  problems: z.array(z.object({ file: z.string(), line: z.number(), message: z.string(), fix: z.string().min(1) })),
});

describe('a bad policy file', () => {
  it.each([...yamlCases, ...cardCases, ...profileCases, ...limitsCases, ...rulesCases])(
    '%s is refused with file, line and fix',
    (_what, name, edit, near, message) => {
      const sources = edited(name, edit);
      const text = sources.at(-1)?.text ?? '';
      const error = refusal(() => buildPolicy(sources));
      expect(error.code).toBe('invalid_policy');
      expect(error.hint).not.toBe('');
      expect(error.message).toMatch(/^policy\/[a-z0-9_./]+:\d+: /);
      const { problems } = problemsSchema.parse(error.details);
      const found = problems.find((problem) => problem.file.endsWith(`/${name}`) && problem.message.includes(message));
      expect(found, JSON.stringify(problems, null, 1)).toMatchObject({ file: `policy/${name}` });
      if (near !== '') expect(found?.line).toBe(lineOf(text, near));
      expect(found?.line).toBeGreaterThan(0);
    },
  );

  it('profiles that extend each other in a circle are refused', () => {
    const sources = shipped.map((source) => {
      if (source.name === gaming) return { ...source, text: extend('extends: streaming\n')(source.text) };
      if (source.name !== 'profiles/streaming.yaml') return source;
      return { ...source, text: put(['extends'], 'gaming')(source.text) };
    });
    const { problems } = problemsSchema.parse(refusal(() => buildPolicy(sources)).details);
    const circle = problems.filter(({ message }) => message.includes('extends this profile itself'));
    expect(circle).toHaveLength(1);
    expect(circle[0]?.file).toMatch(/^policy\/profiles\/(gaming|streaming)\.yaml$/);
  });

  it('names both files of a duplicate', () => {
    const copy = { name: rmem, file: 'policy/cards/copy.yaml', text: shippedText(rmem) };
    const error = refusal(() => buildPolicy([...shipped, copy]));
    expect(error.message).toContain(`policy/${rmem}`);
    expect(error.message).toContain('policy/cards/copy.yaml');
  });

  it.each(['limits', 'rules'])('a policy without %s.yaml is refused', (name) => {
    const error = refusal(() => buildPolicy(shipped.filter((source) => source.name !== `${name}.yaml`)));
    expect(error.message).toBe(`the policy has no ${name}.yaml`);
  });
});
