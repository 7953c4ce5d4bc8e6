import { describe, expect, test } from 'vitest';
import type { ProbeAnswer } from '../model/probe.ts';
import { fromTarget, refusalOf, returnHopsOf } from './answers.ts';

const answer = (told: Partial<ProbeAnswer>): ProbeAnswer => ({
  ...{ token: 1, from: '192.0.2.1', kind: 'time_exceeded', code: 0, mtu: null, hopLimit: 64, atMs: 0 },
  ...told,
});

describe('returnHopsOf', () => {
  test.for([
    [64, 1],
    [61, 4],
    [255, 1],
    [250, 6],
    [128, 1],
    [120, 9],
    [0, null],
    [null, null],
  ])('an answer with TTL %s came over %s hops', ([hopLimit, hops]) => {
    expect(returnHopsOf(answer({ hopLimit: hopLimit ?? null }))).toBe(hops);
  });
});

describe('refusalOf', () => {
  test.for([
    [4, 0, '!N'],
    [4, 1, '!H'],
    [4, 13, '!X'],
    [4, 200, 'code 200'],
    [6, 0, '!N'],
    [6, 1, '!X'],
    [6, 3, '!H'],
    [6, 99, 'code 99'],
  ] as const)('IPv%s code %s is %s', ([family, code, words]) => {
    expect(refusalOf(answer({ kind: 'unreachable', code }), family)).toContain(words);
  });
  test('what this host refuses has the name of its errno', () => {
    expect(refusalOf(answer({ kind: 'local', from: null, code: 101 }), 4)).toContain('ENETUNREACH');
    expect(refusalOf(answer({ kind: 'local', from: null, code: 99_999 }), 4)).toContain('99999');
  });
  test('an ordinary answer is none', () => {
    expect(refusalOf(answer({}), 4)).toBeNull();
  });
});

test('the target is told by its address, with or without the zone', () => {
  expect(fromTarget(answer({ from: 'fe80::1' }), 'fe80::1%eth0')).toBe(true);
  expect(fromTarget(answer({ from: 'fe80::2%eth0' }), 'fe80::1%eth0')).toBe(false);
});
