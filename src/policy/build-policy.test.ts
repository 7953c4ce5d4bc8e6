import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knobs } from '../knobs/index.ts';
import { checkValue } from '../model/card-value.ts';
import { NetError } from '../model/errors.ts';
import { findCard } from '../model/policy.ts';
import { buildPolicy } from './build-policy.ts';
import type { PolicyText } from './parse.ts';

const folder = join(import.meta.dirname, '../../policy');
const shipped: PolicyText[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => ({ name, file: `policy/${name}`, text: readFileSync(join(folder, name), 'utf8') }));

/** The shipped policy with one file's text changed, or a file added. */
const edited = (name: string, edit: (text: string) => string): PolicyText[] => {
  const others = shipped.filter((source) => source.name !== name);
  const text = shipped.find((source) => source.name === name)?.text ?? '';
  return [...others, { name, file: `policy/${name}`, text: edit(text) }];
};

const refusal = (build: () => unknown): NetError => {
  try {
    build();
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('the policy was accepted');
};

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('the shipped policy', () => {
  const policy = buildPolicy(shipped);

  it('has the cards and profiles of the documents', () => {
    const count = (category: string) => [...policy.cards.values()].filter((card) => card.category === category).length;
    expect({ tc: count('tc'), iptables: count('iptables'), nic: count('nic') }).toEqual({ tc: 8, iptables: 6, nic: 2 });
    expect([...policy.profiles.keys()].sort()).toEqual([
      'bulk_transfer',
      'gaming',
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

describe('a bad policy file', () => {
  const rmem = 'cards/sysctl.tcp_rmem.yaml';
  const gaming = 'profiles/gaming.yaml';
  const swap = (from: string, to: string) => (text: string) => text.replace(from, to);
  it.each<[what: string, name: string, edit: (text: string) => string, near: string, message: string]>([
    ['unknown field', rmem, swap('unit:', 'units:'), 'units:', 'unknown field "units"'],
    ['missing field', rmem, swap('scope: namespace\n', ''), 'id:', 'scope: '],
    ['wrong type', rmem, swap('max: 268435456', 'max: lots'), 'lots', 'range.parts.2.max'],
    ['broken YAML', rmem, swap('ascending: true', 'ascending: [true'), 'kernel_default', 'not valid YAML'],
    ['field twice', rmem, (text) => `${text}knob: sysctl\n`, '', 'not valid YAML'],
    ['range backwards', rmem, swap('min: 4096, max: 1048576', 'min: 2, max: 1'), 'range:', 'ends (1) before it begins'],
    ['category', rmem, swap('category: sysctl', 'category: tc'), 'category', 'category tc is not that of'],
    ['foreign key', rmem, swap('net.ipv4.tcp_rmem\nunit', 'kernel.modprobe\nunit'), 'key:', 'not a network sysctl'],
    ['no key', 'cards/sysctl.tcp_ecn.yaml', swap('key: net.ipv4.tcp_ecn\n', ''), 'id:', 'needs its key'],
    ['default', 'cards/sysctl.tcp_ecn.yaml', swap('\ndefault: "2"', '\ndefault: "7"'), 'default: "7"', 'default 7'],
    ['file name', 'cards/other.yaml', () => '', '', 'expected object'],
    ['active card', gaming, swap('- tc.qdisc_type', '- tc.nothing'), '- tc.nothing', 'no card "tc.nothing"'],
    ['key without card', gaming, swap('net.core.rmem_max', 'net.core.rmem'), 'net.core.rmem:', 'no card has the key'],
    ['value outside', gaming, swap("wmem_max: '16777216'", "wmem_max: '1'"), 'net.core.wmem_max', 'below the minimum'],
    ['unknown knob', gaming, swap('  qdisc: {', '  qdisk: {'), 'qdisk', 'a knob "qdisk"'],
    ['profile name', gaming, swap('name: gaming', 'name: games'), 'name:', 'the profile "games" is in'],
    [
      'prohibited value',
      'profiles/server.yaml',
      swap("syncookies: '1'", "syncookies: '0'"),
      'net.ipv4.tcp_syn',
      'SYN cookies',
    ],
    [
      'prohibited card',
      'limits.yaml',
      swap('card: sysctl.tcp_sync', 'card: sysctl.x'),
      '- card: sysctl.x',
      'no card "sysctl.x',
    ],
    ['timeouts', 'limits.yaml', swap('default: 120', 'default: 5'), 'confirm_timeout_s', 'not between min and max'],
    ['not a policy file', 'rules2.yaml', () => 'a: 1\n', '', 'not a policy file'],
  ])('%s is refused with file, line and fix', (_what, name, edit, near, message) => {
    const sources = edited(name, edit);
    const text = sources.at(-1)?.text ?? '';
    const error = refusal(() => buildPolicy(sources));
    expect(error.code).toBe('invalid_policy');
    expect(error.message).toContain(message);
    expect(error.hint).not.toBe('');
    const line = near === '' ? '\\d+' : String(lineOf(text, near));
    expect(error.message).toMatch(new RegExp(`^policy/${name}:${line}: `));
  });

  it('names both files of a duplicate', () => {
    const text = shipped.find((source) => source.name === rmem)?.text ?? '';
    const error = refusal(() => buildPolicy([...shipped, { name: rmem, file: 'policy/cards/copy.yaml', text }]));
    expect(error.message).toContain(`policy/${rmem}`);
    expect(error.message).toContain('policy/cards/copy.yaml');
  });
});

describe('a site policy', () => {
  const site = (name: string, text: string): PolicyText[] => [{ name, file: `/etc/site/${name}`, text }];
  const rmemMax = shipped.find((source) => source.name === 'cards/sysctl.core_rmem_max.yaml')?.text ?? '';

  it('tightens: a narrower card, a lower share of memory, one more protected interface', () => {
    const policy = buildPolicy(shipped, [
      ...site('limits.yaml', 'socket_buffer_memory_percent: 1\nprotected_interfaces: [wan0]\n'),
      ...site('cards/sysctl.core_rmem_max.yaml', rmemMax.replace('268435456', '1048576')),
    ]);
    expect(policy.limits.socket_buffer_memory_percent).toBe(1);
    expect(policy.limits.protected_interfaces).toEqual(expect.arrayContaining(['lo', 'wan0']));
    expect(policy.limits.plan_ttl_s).toBe(900);
    expect(policy.cardsByKey.get('net.core.rmem_max')?.range).toMatchObject({ max: 1048576 });
  });

  it.each([
    ['limits.yaml', 'socket_buffer_memory_percent: 50\n', 1],
    ['limits.yaml', '\nmanagement_connection_limit_min: 1\n', 2],
    ['limits.yaml', 'confirm_timeout_s: { min: 10, max: 3600, default: 120, allow_zero: true }\n', 1],
    ['cards/sysctl.core_rmem_max.yaml', rmemMax.replace('268435456', '999999999999'), 8],
    ['cards/sysctl.new.yaml', rmemMax.replace('sysctl.core_rmem_max', 'sysctl.new').replace('rmem_max', 'new'), 1],
  ])('may not loosen: %s', (name, text, line) => {
    const error = refusal(() => buildPolicy(shipped, site(name, text)));
    expect(error.message).toMatch(new RegExp(`^/etc/site/${name}:${line}: `));
    expect(error.hint).toContain('may only tighten');
  });
});
