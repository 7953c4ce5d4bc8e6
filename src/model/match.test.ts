import { describe, expect, it } from 'vitest';
import { type Family, matchFamilies, matchProblems } from './match.ts';
import type { Match } from './names.ts';

describe('families of a match', () => {
  const cases: readonly { match: Match; taken: readonly Family[] }[] = [
    { match: {}, taken: ['ipv4', 'ipv6'] },
    { match: { proto: 'tcp' }, taken: ['ipv4', 'ipv6'] },
    { match: { proto: 'icmp' }, taken: ['ipv4'] },
    { match: { proto: 'icmpv6' }, taken: ['ipv6'] },
    { match: { src: '10.0.0.0/8' }, taken: ['ipv4'] },
    { match: { dst: ['10.0.0.0/8', 'fd00::1'] }, taken: ['ipv4', 'ipv6'] },
    { match: { src: '10.0.0.1', dst: 'fd00::1' }, taken: [] },
    { match: { proto: 'icmp', dst: 'fd00::1' }, taken: [] },
  ];
  it.each(cases)('$match takes $taken', ({ match, taken }) => {
    expect(matchFamilies(match)).toEqual(taken);
  });
});

describe('problems of a match', () => {
  it('are none where every part can match', () => {
    expect(
      matchProblems({ proto: 'tcp', src: ['10.0.0.1', 'fd00::1'], dst: ['fd00::2', '10.0.0.2'], dports: [80] }),
    ).toEqual([]);
  });

  it('name the field', () => {
    expect(matchProblems({ dports: [80] }).map(({ field }) => field)).toEqual(['proto']);
    expect(matchProblems({ proto: 'gre', sports: [80] }).map(({ field }) => field)).toEqual(['proto']);
    expect(matchProblems({ src: '10.0.0.1', dst: 'fd00::1' }).map(({ field }) => field)).toEqual(['dst']);
    expect(matchProblems({ proto: 'icmpv6', src: ['10.0.0.1', 'fd00::1'] }).map(({ field }) => field)).toEqual(['src']);
  });
});
