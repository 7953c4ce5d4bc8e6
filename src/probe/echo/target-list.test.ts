import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { expandTargets, shortList } from './target-list.ts';

test.each([
  [['192.0.2.7/30'], ['192.0.2.5', '192.0.2.6']],
  [['192.0.2.4/31'], ['192.0.2.4', '192.0.2.5']],
  [['192.0.2.4/32'], ['192.0.2.4']],
  [['2001:db8::ff/127'], ['2001:db8::fe', '2001:db8::ff']],
  [
    ['host.test', 'fe80::1%eth0', '10.0.0.1'],
    ['host.test', 'fe80::1%eth0', '10.0.0.1'],
  ],
])('%j', (targets, expanded) => {
  expect(expandTargets(targets, 1024)).toEqual(expanded);
});

it('a /24 is 254 hosts, a /22 the most of IPv4', () => {
  expect(expandTargets(['10.0.0.0/24'], 1024)).toHaveLength(254);
  expect(expandTargets(['10.0.0.0/22'], 1024)).toHaveLength(1022);
});

test.each([
  [['10.0.0.0/21'], 'limit_exceeded'],
  [['::/0'], 'limit_exceeded'],
  [['10.0.0.0/22', '10.1.0.0/30', '10.2.0.1'], 'limit_exceeded'],
  [['10.0.0.0/33'], 'invalid_argument'],
  [['http://host/'], 'invalid_argument'],
  [['10.0.0.0/'], 'invalid_argument'],
])('%j is refused as %s', (targets, code) => {
  expect(() => expandTargets(targets, 1024)).toThrow(expect.objectContaining({ code }));
});

it('runs of addresses are written short, and nothing else', () => {
  expect(
    shortList(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.5', '10.0.0.6', 'host', 'fd00::1', 'fd00::2', 'fd00::3']),
  ).toEqual(['10.0.0.1-10.0.0.3', '10.0.0.5', '10.0.0.6', 'host', 'fd00::1-fd00::3']);
  expect(shortList([])).toEqual([]);
  expect(shortList(['255.255.255.255', '0.0.0.0'])).toEqual(['255.255.255.255', '0.0.0.0']);
});

it('a prefix written short is its first and last host', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 22, max: 29 }), (third, length) => {
      const hosts = expandTargets([`10.9.${third}.0/${length}`], 1024);
      expect(shortList(hosts)).toEqual([`${hosts[0] ?? ''}-${hosts.at(-1) ?? ''}`]);
    }),
  );
});
