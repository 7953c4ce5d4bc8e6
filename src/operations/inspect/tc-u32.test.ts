import { expect, test } from 'vitest';
import { u32Matches } from './tc-u32.ts';

test.each([
  ['ip', '00000016/0000ffff at 20', 'dport 22'],
  ['ip', '00500050/ffffffff at 20', 'sport 80, dport 80'],
  ['ip', '04000000/fc000000 at 20', 'sport 1024/0xfc00'],
  ['ip', '00050050/ffffffff at nexthdr+0', 'sport 5, dport 80'],
  ['ip', '0a000000/ff000000 at 12', 'src 10.0.0.0/8'],
  ['ip', 'c0000201/ffffffff at 16', 'dst 192.0.2.1'],
  ['ip', '00060000/00ff0000 at 8', 'protocol tcp'],
  ['ip', '00630000/00ff0000 at 8', 'protocol 99'],
  ['ip', '00100000/00ff0000 at 0', 'dsfield 0x10'],
  ['ip', '00b80000/00fc0000 at 0', 'dscp EF'],
  ['ip', '00000000/00003fff at 4', 'nofrag'],
  ['ipv6', '00350035/ffffffff at 40', 'sport 53, dport 53'],
  ['ipv6', '00001100/0000ff00 at 4', 'protocol udp'],
  ['ipv6', '0b812345/0fcfffff at 0', 'dscp EF, flowlabel 74565'],
  ['ipv6', '20010db8/ffffffff at 24', 'dst 2001:db8::/32'],
  ['all', '00000000/00000000 at 0', 'everything'],
])('in %s filters %s is %s', (protocol, raw, words) => {
  expect(u32Matches([raw], protocol)).toEqual([`${words} (${raw})`]);
});

test('the words of one IPv6 address are one match', () => {
  const of = (...words: string[]): string[] => words.map((word, index) => `${word} at ${8 + index * 4}`);
  const whole = of('20010db8/ffffffff', '00010002/ffffffff', '00030004/ffffffff', '00050006/ffffffff');
  const port = '00000035/0000ffff at 40';
  expect(u32Matches([...whole, port], 'ipv6')).toEqual([
    `src 2001:db8:1:2:3:4:5:6 (${whole.join(', ')})`,
    `dport 53 (${port})`,
  ]);
  const part = of('20010db8/ffffffff', '00010000/ffff0000');
  expect(u32Matches(part, 'ipv6')).toEqual([`src 2001:db8:1::/48 (${part.join(', ')})`]);
});

test.each([
  ['all', '00000016/0000ffff at 20'],
  // An ICMP type, or the high byte of a port.
  ['ip', '08000000/ff000000 at 20'],
  ['ip', '00050000/00ff0000 at nexthdr+12'],
  ['ip', '0a000001/ff0000ff at 12'],
  ['ip', '00060016/00ff00ff at 8'],
  ['ipv6', '00010002/ffffffff at 12'],
  ['ip', '0000/ffff at x'],
  ['ip', ''],
])('in %s filters %j stays as it is', (protocol, raw) => {
  expect(u32Matches([raw], protocol)).toEqual([raw]);
});
