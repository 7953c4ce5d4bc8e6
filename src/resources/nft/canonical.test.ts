import { describe, expect, it } from 'vitest';
import { canonicalLine, readableLine } from './canonical.ts';

/** Ours first, then what nft -s -t -n printed for it: 0.9.8 (Debian 11), 1.0.6 (Debian 12), 1.1.3 (Debian 13), where they differ. */
const spellings: readonly { name: string; lines: readonly string[] }[] = [
  {
    name: 'family checks that an expression implies',
    lines: [
      'meta l4proto udp ip dscp set 46 accept',
      'meta l4proto 17 meta nfproto 2 ip dscp set 0x2e accept',
      'meta l4proto 17 ip dscp set 0x2e accept',
    ],
  },
  {
    name: 'connection counts',
    lines: [
      'tcp dport 80 ct state new add @a { ip saddr & 255.255.255.0 ct count over 20 } reject with tcp reset',
      'tcp dport 80 ct state 0x8 add @a { ip saddr & 255.255.255.0 ct count over 20  } reject with tcp reset',
    ],
  },
  {
    name: 'rejections',
    lines: [
      'ct state new reject with icmpx type port-unreachable',
      'ct state 0x8 reject',
      'ct state 0x8 reject with icmpv6 4',
      'ct state 0x8 reject with icmpx port-unreachable',
    ],
  },
  {
    name: 'a dotted tail of an IPv6 address in brackets',
    lines: ['meta l4proto sctp dnat ip6 to [::3022:c25e]:42153', 'meta l4proto 132 dnat ip6 to [::48.34.194.94]:42153'],
  },
  { name: 'the default burst', lines: ['limit rate over 9/day burst 5 packets drop', 'limit rate over 9/day drop'] },
  {
    name: 'connection states',
    lines: ['ct state established,related accept', 'ct state 0x2,0x4 accept', 'ct state related, established accept'],
  },
  { name: 'marks', lines: ['meta mark 4294967294 accept', 'meta mark 0xfffffffe accept'] },
  { name: 'port sets', lines: ['udp dport { 3478, 5000-5101 }', 'udp dport { 5000-5100, 5101, 3478 }'] },
  { name: 'a set of one', lines: ['udp dport 53', 'udp dport { 53 }'] },
  {
    name: 'address sets',
    lines: ['ip saddr { 192.0.2.0/24, 198.51.100.9 }', 'ip saddr { 198.51.100.9, 192.0.2.0-192.0.2.255 }'],
  },
  { name: 'IPv6 spellings', lines: ['ip6 saddr ::ffff:102:304', 'ip6 saddr ::ffff:1.2.3.4'] },
  {
    name: 'set bodies',
    lines: [
      'type ipv4_addr; size 65535; flags dynamic,timeout; timeout 5400s;',
      'type ipv4_addr size 65535 flags dynamic,timeout timeout 1h30m',
    ],
  },
];

describe('one meaning, one text', () => {
  it.each(spellings)('$name', ({ lines }) => {
    expect(new Set(lines.map(canonicalLine)).size).toBe(1);
  });
});

describe('another meaning, another text', () => {
  it.each([
    ['ct count over 20', 'ct count 20'],
    ['limit rate over 9/day burst 6 packets', 'limit rate over 9/day'],
    ['limit rate 9/day burst 5 packets', 'limit rate over 9/day burst 5 packets'],
    ['reject with tcp reset', 'reject'],
    ['ip saddr 10.0.0.1', 'ip saddr != 10.0.0.1'],
    ['ip saddr 10.0.0.0/24', 'ip saddr 10.0.0.0/25'],
    ['ip saddr 10.0.0.1', 'ip daddr 10.0.0.1'],
    ['iifname "eth0"', 'iifname "eth1"'],
    ['iifname "22"', 'iifname "0x16"'],
    ['meta nfproto ipv4 accept', 'meta nfproto ipv6 accept'],
    ['meta nfproto ipv4 accept', 'accept'],
    ['meta l4proto tcp', 'meta l4proto udp'],
    ['ct state new', 'ct state established'],
    ['dnat ip to 10.0.0.2:80', 'dnat ip to 10.0.0.2:81'],
    ['udp dport { 53, 55 }', 'udp dport { 53-55 }'],
    ['accept', 'counter accept'],
    ['timeout 1h', 'timeout 1m'],
  ])('%s is not %s', (a, b) => {
    expect(canonicalLine(a)).not.toBe(canonicalLine(b));
  });
});

describe('a canonical line for people', () => {
  it.each([
    'tcp dport 22 ct state established,related accept',
    'meta l4proto icmpv6 accept',
    'meta nfproto ipv6 limit rate over 9/day drop',
    'oifname "eth0" tcp dport { 80, 443 } ip dscp set 46 accept',
  ])('%s', (line) => {
    expect(readableLine(canonicalLine(line))).toBe(line);
    expect(canonicalLine(readableLine(canonicalLine(line)))).toBe(canonicalLine(line));
  });

  it('keeps what has no name', () => {
    expect(readableLine('ct state 128 meta l4proto 200')).toBe('ct state 128 meta l4proto 200');
  });
});
