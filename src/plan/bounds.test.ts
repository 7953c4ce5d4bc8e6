// limits.yaml over wishes that are objects, lists and numbers: each value against its own bounds, with its own path.
import { describe, expect, it } from 'vitest';
import { integerCard, smallPolicy } from '../../tests/helpers/small-policy.ts';
import { type Bounds, type Card, type Parameter, type Policy, cardSchema } from '../model/policy.ts';
import { boundsFindings } from './bounds.ts';

const parameter = (name: string, field: string, type: Parameter['type']): Parameter => ({
  ...{ name, field, type, examples: [1], meaning: 'test' },
});

const card = (id: string, knob: string, changes: Record<string, unknown>): Card =>
  cardSchema.parse({
    ...integerCard('sysctl.base', '', 0, 1),
    id,
    category: 'nic',
    knob,
    key: undefined,
    name: id,
    ...changes,
  });

const object = (knob: string, ...parameters: Parameter[]): Card =>
  card(`nic.${knob}`, knob, { range: { type: 'object' }, parameters });

const policyOf = (bounds: Record<string, Bounds>, ...cards: Card[]): Policy => {
  const policy = smallPolicy(...cards);
  return { ...policy, limits: { ...policy.limits, bounds } };
};

const rings = policyOf(
  { 'nic.rings': { parameters: { receive: { min: 64, max: 512 }, mode: { values: ['a', 'b'] } } } },
  object('rings', parameter('receive', 'rx', 'integer'), parameter('mode', 'params.mode', 'enum')),
);
const judged = (policy: Policy, wishes: Record<string, unknown>) =>
  boundsFindings(wishes, Object.keys(wishes), policy).map(({ path, code, severity }) => `${severity} ${code} ${path}`);

describe('bounds of an object', () => {
  it.each([
    [{ rx: 64 }, []],
    [{ rx: 512 }, []],
    [{ rx: 63 }, ['error limit_exceeded changes.rings.rx']],
    [{ rx: 513 }, ['error limit_exceeded changes.rings.rx']],
    [{ params: { mode: 'b' } }, []],
    [{ params: { mode: 'c' } }, ['error invalid_argument changes.rings.params.mode']],
    [
      { rx: 1, params: { mode: 'c' } },
      ['error limit_exceeded changes.rings.rx', 'error invalid_argument changes.rings.params.mode'],
    ],
    [{ rx: null, params: null }, []],
    [{}, []],
  ])('judge %j', (wish, expected) => {
    expect(judged(rings, { rings: wish })).toEqual(expected);
  });

  it('name what is allowed and the card', () => {
    const [finding] = boundsFindings({ rings: { rx: 1 } }, ['rings'], rings);
    expect(finding?.message).toBe('nic.rings: receive is below the minimum allowed: 64');
    expect(finding?.hint).toBe('Allowed: receive 64 to 512, mode one of a, b (limits.yaml, card nic.rings).');
  });

  it('say nothing of a knob that the plan does not touch', () => {
    expect(boundsFindings({ rings: { rx: 1 } }, [], rings)).toEqual([]);
  });

  it('do not take what an object inherits for a value', () => {
    const inherited = policyOf(
      { 'nic.rings': { parameters: { receive: { min: 1, max: 2 } } } },
      object('rings', parameter('receive', 'constructor.length', 'integer')),
    );
    expect(judged(inherited, { rings: {} })).toEqual([]);
  });
});

describe('bounds of lists', () => {
  const lists = policyOf(
    {
      'nic.limits': {
        parameters: { limit: { min: 1, max: 10 }, ports: { min: 1, max: 65535 }, rate: { min: 1, max: 100 } },
      },
    },
    object(
      'limits',
      parameter('limit', '[].limit', 'integer'),
      parameter('ports', '[].match.dports[]', 'integer'),
      parameter('rate', '[].rate', 'rate'),
    ),
  );

  it.each([
    [[{ limit: 10 }, { limit: 11 }], ['error limit_exceeded changes.limits[1].limit']],
    [
      [{ match: { dports: [80, 0, 70000] } }],
      ['dports[1]', 'dports[2]'].map((at) => `error limit_exceeded changes.limits[0].match.${at}`),
    ],
    [[{ match: { dports: 80 } }], []],
    [[{ match: [{ dports: [0] }] }], ['error limit_exceeded changes.limits[0].match[0].dports[0]']],
    [[{ rate: '100/second' }, { rate: '6000/minute' }], []],
    [[{ rate: '101/second' }], ['error limit_exceeded changes.limits[0].rate']],
    [[{ rate: '59/minute' }], ['error limit_exceeded changes.limits[0].rate']],
    [[{ rate: 'fast' }], []],
    [[], []],
  ])('judge %j', (wish, expected) => {
    expect(judged(lists, { limits: wish })).toEqual(expected);
  });
});

describe('bounds of a card that is one value', () => {
  const mtu = card('nic.mtu', 'mtu', { range: { type: 'integer', min: 68, max: 65535 } });

  it.each([
    [576, []],
    [9000, []],
    [575, ['error limit_exceeded changes.mtu']],
    [9001, ['error limit_exceeded changes.mtu']],
  ])('judge %j', (wish, expected) => {
    expect(judged(policyOf({ 'nic.mtu': { min: 576, max: 9000 } }, mtu), { mtu: wish })).toEqual(expected);
  });

  it('refuse everything where limits.yaml has none', () => {
    expect(judged(policyOf({}, mtu), { mtu: 1500 })).toEqual(['error plan_refused changes.mtu']);
  });
});
