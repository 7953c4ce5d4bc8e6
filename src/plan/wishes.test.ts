import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { smallPolicy } from '../../tests/helpers/small-policy.ts';
import { type Knob, defineKnob } from '../model/knob.ts';
import type { Policy } from '../model/policy.ts';
import { type Committed, nothingCommitted } from '../model/snapshot.ts';
import type { ParameterPlan } from './schema.ts';
import { mergeWishes } from './wishes.ts';

const fake = (id: string, meets: 'merge' | 'replace'): Knob =>
  defineKnob({
    id,
    schema: z.unknown(),
    cards: [],
    risk: 'none',
    meets,
    fragments: () => ({ fragments: [], findings: [] }),
    examples: [],
  });
const knobs = [fake('keys', 'merge'), fake('list', 'replace')];

const policy: Policy = {
  ...smallPolicy(),
  profiles: new Map([
    [
      'preset',
      {
        name: 'preset',
        title: '',
        goal: '',
        target_metrics: {},
        active_cards: [],
        changes: { keys: { a: 'profile', b: 'profile' }, list: ['profile'] },
        why: {},
        left_out: {},
        deviations: [],
        will_not: [],
      },
    ],
  ]),
};

const committed = (wishes: Record<string, unknown>, iface = 'eth0'): Committed => ({
  ...nothingCommitted,
  wishes: Object.entries(wishes).map(([knob, wish]) => ({ iface, knob, wish, change_id: 'c1' })),
});

const merge = (plan: Omit<ParameterPlan, 'iface'>, before: Committed = nothingCommitted) =>
  mergeWishes({ iface: 'eth0', ...plan }, 'eth0', policy, before, knobs);

describe('effective wishes', () => {
  const before = committed({ keys: { a: 'old', z: 'old' }, list: ['old'] });
  it.each([
    { name: 'nothing', plan: {}, effective: {}, touched: [] },
    { name: 'own', plan: { changes: { list: ['own'] } }, effective: { list: ['own'] }, touched: ['list'] },
    {
      name: 'the profile where the plan has no changes',
      plan: { profile: 'preset' },
      effective: { keys: { a: 'profile', b: 'profile' }, list: ['profile'] },
      touched: ['keys', 'list'],
    },
    {
      name: 'own changes alone where the plan has some',
      plan: { profile: 'preset', changes: { list: ['own'] } },
      effective: { list: ['own'] },
      touched: ['list'],
    },
    {
      name: 'own changes over an inherited profile',
      plan: { profile: 'preset', inherit: true, changes: { keys: { a: 'own' }, list: ['own'] } },
      effective: { keys: { a: 'own', b: 'profile' }, list: ['own'] },
      touched: ['keys', 'list'],
    },
    {
      name: 'a null takes one key out of the profile',
      plan: { profile: 'preset', inherit: true, changes: { keys: { a: null } } },
      effective: { keys: { b: 'profile' }, list: ['profile'] },
      touched: ['keys', 'list'],
    },
    {
      name: 'a null takes a knob out of the profile',
      plan: { profile: 'preset', inherit: true, changes: { list: null } },
      effective: { keys: { a: 'profile', b: 'profile' } },
      touched: ['keys', 'list'],
    },
    {
      name: 'a profile that is not inherited',
      plan: { profile: 'preset', inherit: false },
      effective: {},
      touched: [],
    },
  ])('$name', ({ plan, effective, touched }) => {
    const merged = merge(plan);
    expect(merged.effective).toEqual(effective);
    expect(merged.touched).toEqual(touched);
    expect(merged.findings).toEqual([]);
  });

  it.each([
    { name: 'an absent knob stays', plan: {}, effective: { keys: { a: 'old', z: 'old' }, list: ['old'] } },
    {
      name: 'a merging knob keeps the other keys',
      plan: { changes: { keys: { a: 'own' } } },
      effective: { keys: { a: 'own', z: 'old' }, list: ['old'] },
    },
    {
      name: 'a replacing knob keeps nothing',
      plan: { changes: { list: ['own'] } },
      effective: { keys: { a: 'old', z: 'old' }, list: ['own'] },
    },
    { name: 'null removes', plan: { changes: { keys: null, list: null } }, effective: {} },
    { name: '[] removes', plan: { changes: { list: [] } }, effective: { keys: { a: 'old', z: 'old' } } },
    {
      name: 'every key removed removes the knob',
      plan: { changes: { keys: { a: null, z: null } } },
      effective: { list: ['old'] },
    },
  ])('over committed ones: $name', ({ plan, effective }) => {
    expect(merge(plan, before).effective).toEqual(effective);
  });

  it('are those of the interface only', () => {
    expect(merge({}, committed({ list: ['old'] }, 'eth1')).effective).toEqual({});
  });
});

describe('the origin of a value', () => {
  const { origin } = merge(
    { profile: 'preset', inherit: true, changes: { keys: { a: 'own', 'x.y': 'own' } } },
    committed({ keys: { z: 'old' } }),
  );
  it.each([
    ['changes.keys.a', 'plan'],
    ['changes.keys.x.y', 'plan'],
    ['changes.keys.b', 'profile'],
    ['changes.keys.z', 'committed'],
    ['changes.keys.ab', 'committed'],
    ['changes.keys', 'plan'],
    ['changes.list', 'profile'],
    ['changes.list[0].deep', 'profile'],
    ['changes.lists', 'committed'],
  ])('%s: %s', (path, expected) => {
    expect(origin(path)).toBe(expected);
  });
});

it('an unknown profile is named with the known ones', () => {
  expect(merge({ profile: 'turbo' }).findings).toMatchObject([
    { path: 'profile', code: 'not_found', hint: 'Known profiles: preset.' },
  ]);
});
