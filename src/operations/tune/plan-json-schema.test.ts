// The plan as tools/list types it: short, and taking every plan that the validator takes.
import { expect, test } from 'vitest';
import * as z from 'zod';
import { knobs } from '../../knobs/index.ts';
import { makeParameterPlanSchema } from '../../plan/schema.ts';
import { propertiesOf, schemasAt } from '../frame/json-schema.ts';
import { planJsonSchema } from './plan-json-schema.ts';
import { describeAt } from './plan-wording.ts';

const check = z.fromJSONSchema(planJsonSchema);
const changesOf = (wish: Record<string, unknown>) => ({ iface: 'eth0', changes: wish });

test('is short', () => {
  expect(JSON.stringify(planJsonSchema).length).toBeLessThanOrEqual(7500);
});

test('names every field that a plan may have, at any depth', () => {
  const full: Record<string, unknown> = z.toJSONSchema(makeParameterPlanSchema(knobs), {
    io: 'input',
    reused: 'inline',
  });
  const compare = (path: readonly PropertyKey[]): void => {
    const namesIn = (root: Record<string, unknown>) =>
      [...new Set(schemasAt(root, path).flatMap((schema) => Object.keys(propertiesOf(schema))))].sort();
    const names = namesIn(full);
    expect(namesIn(planJsonSchema)).toEqual(names);
    for (const name of names) {
      compare([...path, name]);
      compare([...path, name, 0]);
    }
  };
  compare([]);
});

test.each(knobs.map((knob) => [knob.id, knob] as const))('takes every example of %s, and its removal', (id, knob) => {
  for (const { wish } of knob.examples) expect(check.safeParse(changesOf({ [id]: wish })).error).toBeUndefined();
  expect(check.safeParse(changesOf({ [id]: null })).success).toBe(true);
});

test('takes a match, alone and in a list, and refuses what no plan can hold', () => {
  const htb = (match: unknown) => changesOf({ htb_classes: [{ classid: '1:10', rate_mbit: 5, match }] });
  const match = { proto: 'udp', src: ['2001:db8::/32', '192.0.2.1'], dports: [53, '5000-5100'], dscp: ['EF', 46] };
  expect(check.safeParse(htb(match)).error).toBeUndefined();
  expect(check.safeParse(htb([match, {}])).error).toBeUndefined();
  expect(check.safeParse(htb({ proto: 'ipx' })).success).toBe(false);
  expect(check.safeParse({ changes: {} }).success).toBe(false);
});

test('wording for a field that is gone is refused', () => {
  expect(() => describeAt({ type: 'object', properties: { iface: { type: 'string' } } })).toThrow('changes.mtu');
});
