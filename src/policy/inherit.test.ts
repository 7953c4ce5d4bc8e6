// Profiles that extend others: what is inherited, replaced, removed, and how reasons follow.
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { profileSchema } from '../model/policy.ts';
import { changesOf, foldProfiles, valuesByPath } from './inherit.ts';
import { parsePolicyFile } from './parse.ts';

const file = (name: string, fields: Record<string, unknown>) =>
  parsePolicyFile(
    {
      name: `profiles/${name}.yaml`,
      file: `policy/profiles/${name}.yaml`,
      text: JSON.stringify(
        {
          ...{
            name,
            title: name,
            goal: 'test',
            target_metrics: {},
            active_cards: [],
            changes: {},
            why: {},
            left_out: {},
          },
          ...{ deviations: [], will_not: [], ...fields },
        },
        null,
        1,
      ),
    },
    profileSchema,
  );

const base = file('base', {
  active_cards: ['sysctl.a', 'tc.q', 'sysctl.b'],
  changes: { sysctl: { 'net.a': '1' }, qdisc: { type: 'fq' }, mtu: 1500 },
  why: { 'sysctl.a': 'base a', 'tc.q': 'base q' },
  left_out: { 'sysctl.b': 'base b' },
});

const folded = (...files: ReturnType<typeof file>[]) => {
  const { files: all, problems } = foldProfiles(files);
  return { profile: all.at(-1)?.value, problems: problems.map(({ message }) => message) };
};

describe('values by path', () => {
  const changes = {
    sysctl: { 'net.ipv4.tcp_rmem': '1 2 3', 'net.core.rmem_max': 7 },
    offloads: { gro: true },
    qdisc: { type: 'fq', params: { limit: 5 } },
    nat_rules: [{ type: 'masquerade' }],
  };

  it('separates keys of keyed knobs only', () => {
    expect([...valuesByPath(changes).keys()]).toEqual([
      'sysctl.net.ipv4.tcp_rmem',
      'sysctl.net.core.rmem_max',
      'offloads.gro',
      'qdisc',
      'nat_rules',
    ]);
  });

  it('has a way back, on which nulls are gone', () => {
    expect(changesOf(valuesByPath(changes))).toEqual(changes);
    expect(changesOf(valuesByPath({ sysctl: { 'net.a': null, 'net.b': 1 }, mtu: null }))).toEqual({
      sysctl: { 'net.b': 1 },
    });
  });

  it('keeps names that mean something to JavaScript as plain keys', () => {
    const values = new Map([['sysctl.constructor', '1']]);
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(changesOf(values)['sysctl']))).toEqual(['constructor']);
  });
});

describe('extends', () => {
  it('inherits values, active cards and reasons', () => {
    const own = file('own', {
      extends: 'base',
      active_cards: ['sysctl.c'],
      changes: { sysctl: { 'net.c': '3' } },
      why: { 'sysctl.c': 'own c' },
    });
    const { profile, problems } = folded(base, own);
    expect(problems).toEqual([]);
    expect(profile).toMatchObject({
      active_cards: ['sysctl.a', 'tc.q', 'sysctl.b', 'sysctl.c'],
      changes: { sysctl: { 'net.a': '1', 'net.c': '3' }, qdisc: { type: 'fq' }, mtu: 1500 },
      why: { 'sysctl.a': 'base a', 'tc.q': 'base q', 'sysctl.c': 'own c' },
      left_out: { 'sysctl.b': 'base b' },
    });
  });

  it('replaces what overrides names, and null removes', () => {
    const own = file('own', {
      extends: 'base',
      overrides: ['sysctl.net.a', 'qdisc'],
      changes: { sysctl: { 'net.a': '9' }, qdisc: null },
      why: { 'sysctl.a': 'own a', 'sysctl.b': 'now set' },
      left_out: { 'tc.q': 'not here' },
    });
    const { profile, problems } = folded(base, own);
    expect(problems).toEqual([]);
    expect(profile?.changes).toEqual({ sysctl: { 'net.a': '9' }, mtu: 1500 });
    // A card is explained once: the newer word wins over the older one of either kind.
    expect(profile?.why).toEqual({ 'sysctl.a': 'own a', 'sysctl.b': 'now set' });
    expect(profile?.left_out).toEqual({ 'tc.q': 'not here' });
  });

  it('goes through several, whatever the order of the files', () => {
    const middle = file('middle', { extends: 'base', overrides: ['mtu'], changes: { mtu: 1400 } });
    const last = file('last', { extends: 'middle', changes: { txqueuelen: 500 } });
    const { profile, problems } = folded(middle, base, last);
    expect(problems).toEqual([]);
    expect(profile?.changes).toMatchObject({ mtu: 1400, txqueuelen: 500, qdisc: { type: 'fq' } });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an override not said', { extends: 'base', changes: { mtu: 9000 } }, 'mtu replaces what base has'],
    ['an override of the same value', { extends: 'base', changes: { mtu: 1500 } }, 'mtu replaces what base has'],
    [
      'overrides without a value',
      { extends: 'base', overrides: ['mtu'] },
      'overrides names mtu, which replaces nothing',
    ],
    ['overrides without extends', { overrides: ['mtu'], changes: { mtu: 1 } }, 'overrides without extends'],
    ['nobody to extend', { extends: 'nobody' }, 'there is no profile "nobody" to extend'],
    ['itself', { extends: 'own' }, '"own" extends this profile itself'],
  ])('refuses %s', (_what, fields, message) => {
    const { problems } = folded(base, file('own', fields));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it('refuses a circle of three, and ends', () => {
    const { problems } = folded(file('a', { extends: 'b' }), file('b', { extends: 'c' }), file('c', { extends: 'a' }));
    expect(problems).toEqual(['"a" extends this profile itself']);
  });
});
