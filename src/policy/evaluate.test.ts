// Conditions, formulas and sentences over facts; an unknown fact is absent and never guessed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Condition, type Formula, conditionSchema, formulaSchema } from '../model/policy.ts';
import { type Fact, allHold, evaluate, factNamePattern, factNames, fillIn } from './evaluate.ts';

const facts = new Map<string, Fact>([
  ['role', 'router'],
  ['cpus', 4],
  ['net_admin', true],
  ['link.rtt_ms', 12.5],
  ['bdp_down_bytes', 5_000_000],
]);

describe('conditions', () => {
  it.each<[Condition, boolean]>([
    [{ fact: 'role', is: 'router' }, true],
    [{ fact: 'role', is: 'client' }, false],
    [{ fact: 'cpus', is: 4 }, true],
    [{ fact: 'cpus', is: '4' }, true],
    [{ fact: 'net_admin', is: true }, true],
    [{ fact: 'net_admin', is: false }, false],
    [{ fact: 'role', in: ['client', 'router'] }, true],
    [{ fact: 'role', in: ['client'] }, false],
    [{ fact: 'role', not_in: ['client'] }, true],
    [{ fact: 'role', not_in: ['router'] }, false],
    [{ fact: 'cpus', at_least: 4 }, true],
    [{ fact: 'cpus', at_least: 5 }, false],
    [{ fact: 'cpus', at_most: 4 }, true],
    [{ fact: 'cpus', at_most: 3 }, false],
    [{ fact: 'cpus', at_least: 2, at_most: 3 }, false],
    [{ fact: 'role', at_least: 0 }, false],
    [{ fact: 'role', at_most: 9 }, false],
    [{ fact: 'cpus', known: true }, true],
    [{ fact: 'cpus', known: false }, false],
    [{ fact: 'cpus', known: true, at_least: 9 }, false],
  ])('%j is %s', (condition, expected) => {
    expect(allHold([condition], facts)).toBe(expected);
  });

  it.each<[Condition, boolean]>([
    [{ fact: 'mtu', known: false }, true],
    [{ fact: 'mtu', known: true }, false],
    [{ fact: 'mtu', is: 1500 }, false],
    [{ fact: 'mtu', not_in: [1500] }, false],
    [{ fact: 'mtu', at_least: 0 }, false],
    [{ fact: 'mtu', at_most: 9 }, false],
  ])('of an unknown fact, %j is %s', (condition, expected) => {
    expect(allHold([condition], facts)).toBe(expected);
  });

  it('must all hold; none is no obstacle', () => {
    expect(allHold([], facts)).toBe(true);
    expect(
      allHold(
        [
          { fact: 'cpus', is: 4 },
          { fact: 'role', is: 'client' },
        ],
        facts,
      ),
    ).toBe(false);
  });

  it('must compare something', () => {
    expect(conditionSchema.safeParse({ fact: 'cpus' }).success).toBe(false);
    expect(conditionSchema.safeParse({ fact: 'cpus', in: [] }).success).toBe(false);
    expect(conditionSchema.safeParse({ fact: 'cpus', more_than: 1 }).success).toBe(false);
  });

  it('name facts that exist', () => {
    for (const name of factNames) expect(name).toMatch(factNamePattern);
    for (const name of ['sysctl.net.ipv4.tcp_rmem.last', 'has.qdisc.cake', 'wish.netem']) {
      expect(name).toMatch(factNamePattern);
    }
    for (const name of ['', 'role ', 'linkXtype', 'has.qdisc.', 'sysctl.kernel.pid_max', 'wish.', '__proto__']) {
      expect(name).not.toMatch(factNamePattern);
    }
  });
});

describe('formulas', () => {
  it.each<[Formula, number | undefined]>([
    [{ fact: 'cpus' }, 4],
    [{ fact: 'cpus', times: 2.4 }, 10],
    [{ fact: 'link.rtt_ms' }, 13],
    [{ fact: 'link.rtt_ms', round: 'none' }, 12.5],
    [{ fact: 'link.rtt_ms', times: 1 / 3, round: 'none' }, 4.167],
    [{ fact: 'bdp_down_bytes', round: 'power_of_two' }, 8_388_608],
    [{ fact: 'cpus', round: 'power_of_two' }, 4],
    [{ fact: 'cpus', times: 0, round: 'power_of_two' }, 1],
    [{ fact: 'bdp_down_bytes', most: 6_000_000, round: 'power_of_two' }, 6_000_000],
    [{ fact: 'bdp_down_bytes', times: 2, most: 4_194_304 }, 4_194_304],
    [{ fact: 'cpus', least: 4096 }, 4096],
    [{ fact: 'role' }, undefined],
    [{ fact: 'mtu' }, undefined],
    [{ fact: 'mtu', least: 1500 }, undefined],
  ])('%j is %s', (formula, expected) => {
    expect(evaluate(formula, facts)).toBe(expected);
  });

  it('stay within least and most, whatever the fact', () => {
    const round = fc.constantFrom('power_of_two' as const, 'whole' as const);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), round, (fact, rounding) => {
        const formula: Formula = { fact: 'cpus', least: 4096, most: 268_435_456, round: rounding };
        const value = evaluate(formula, new Map([['cpus', fact]]));
        expect(value).toBeGreaterThanOrEqual(4096);
        expect(value).toBeLessThanOrEqual(268_435_456);
        expect(Number.isInteger(value)).toBe(true);
      }),
    );
  });

  it('are computed wherever a value may stand', () => {
    const set = { sysctl: { 'net.ipv4.tcp_rmem': [4096, 131072, { fact: 'bdp_down_bytes', times: 2 }] }, mtu: null };
    expect(evaluate(set, facts)).toEqual({ sysctl: { 'net.ipv4.tcp_rmem': [4096, 131072, 10_000_000] }, mtu: null });
  });

  it('make the whole piece unknown when one fact is', () => {
    expect(evaluate({ a: 1, b: { c: [1, { fact: 'mtu' }] } }, facts)).toBeUndefined();
  });

  it('are nothing but their fields: other objects are values', () => {
    expect(formulaSchema.safeParse({ fact: 'cpus', plus: 1 }).success).toBe(false);
    expect(evaluate({ type: 'fq', params: { limit: 5 } }, facts)).toEqual({ type: 'fq', params: { limit: 5 } });
  });
});

describe('sentences', () => {
  it('have facts filled in, and say unknown', () => {
    expect(fillIn('{cpus} CPUs, {link.rtt_ms} ms, {mtu}, {Not a fact}', facts)).toBe(
      '4 CPUs, 12.5 ms, unknown, {Not a fact}',
    );
  });

  it('do not fill in what a fact holds', () => {
    expect(fillIn('{role}', new Map([['role', '{cpus} $&']]))).toBe('{cpus} $&');
  });
});
