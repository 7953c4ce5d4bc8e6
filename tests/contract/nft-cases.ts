// The nft resource's cases: entries of every kind, to be put into a real kernel's table in a namespace or in the lab.
import type { NftPart } from '../../src/resources/nft/entries.ts';

export interface NftCase {
  name: string;
  part: NftPart;
}

const everySource = { mask: 32, mask6: 64 };
const exempt = { exempt_ports: [22, 2222] };

export const nftCases: readonly NftCase[] = [
  {
    name: 'dscp of every kind of match',
    part: {
      entries: [
        { kind: 'dscp', match: { proto: 'udp', dports: [3478, 3479, 19302] }, dscp: 'EF' },
        { kind: 'dscp', match: { proto: 'tcp', dports: [443] }, dscp: 'AF41' },
        { kind: 'dscp', match: { proto: 'tcp', sports: ['5000-5100', 5101, '5050-5200'] }, dscp: 'LE' },
        { kind: 'dscp', match: { proto: 'udp', sports: [1], dports: ['1-65535'] }, dscp: 'VA' },
        { kind: 'dscp', match: { proto: 'sctp', dports: [9] }, dscp: 5 },
        { kind: 'dscp', match: { proto: 'dccp', dports: [9, 11] }, dscp: 63 },
        { kind: 'dscp', match: { proto: 'udplite', sports: [9] }, dscp: 'CS1' },
        { kind: 'dscp', match: { proto: 'icmp' }, dscp: 'CS6' },
        { kind: 'dscp', match: { proto: 'icmpv6' }, dscp: 'CS7' },
        { kind: 'dscp', match: { proto: 'esp' }, dscp: 'AF33' },
        { kind: 'dscp', match: { proto: 'ah', src: '10.0.0.0/8' }, dscp: 'AF11' },
        { kind: 'dscp', match: { proto: 'gre', dst: ['fd00::/8', '10.9.8.7'] }, dscp: 'AF12' },
        {
          kind: 'dscp',
          match: { src: ['192.0.2.0/25', '192.0.2.128/25', '192.0.2.7', '198.51.100.9/24'] },
          dscp: 'CS2',
        },
        { kind: 'dscp', match: { src: 'fd00:1::1', dst: ['fd00:2::/32', 'fd00:3:0:0:4::5'] }, dscp: 'CS3' },
        { kind: 'dscp', match: { src: ['10.0.0.0/9', '10.128.0.0/10'], proto: 'tcp' }, dscp: 'CS5' },
        { kind: 'dscp', match: { dst: '0.0.0.0/0' }, dscp: 'CS4' },
        { kind: 'dscp', match: {}, dscp: 'BE' },
      ],
    },
  },
  {
    name: 'classes by each field',
    part: {
      entries: [
        { kind: 'classify', match: { dscp: ['EF', 'CS6', 1] }, classid: '1:10' },
        { kind: 'classify', match: { dscp: 'AF41', proto: 'tcp', dports: [443, '8000-8100'] }, classid: '1:20' },
        { kind: 'classify', match: { mark: 0xfffffffe }, classid: '1:ABCD' },
        { kind: 'classify', match: { mark: 1, dscp: 0 }, classid: '1:0a' },
        { kind: 'classify', match: { proto: 'udp', sports: [53] }, classid: '1:ffff' },
        { kind: 'classify', match: { proto: 'icmp' }, classid: '1:30' },
        { kind: 'classify', match: { proto: 'icmpv6' }, classid: '1:30' },
        { kind: 'classify', match: { proto: 'icmpv6', dst: 'fd00::/8' }, classid: '1:30' },
        { kind: 'classify', match: { proto: 'icmp', dst: '10.0.0.0/8' }, classid: '1:30' },
        { kind: 'classify', match: { proto: 'tcp', src: '10.0.0.0/8' }, classid: '1:30' },
        { kind: 'classify', match: { dst: '::/0' }, classid: '1:31' },
        { kind: 'classify', match: { dst: '0.0.0.0/0', proto: 'udp', dports: [53] }, classid: '1:31' },
        { kind: 'classify', match: { src: ['10.0.0.1', 'fd00::1'], proto: 'tcp', dports: [22] }, classid: '1:32' },
        { kind: 'classify', match: { src: ['2001:db8::/33', '2001:db8:8000::/34'] }, classid: '1:33' },
        { kind: 'classify', match: { src: '::ffff:1.2.3.4' }, classid: '1:34' },
        { kind: 'classify', match: {}, classid: '1:1' },
      ],
    },
  },
  {
    name: 'connection limits',
    part: {
      entries: [
        { kind: 'connection_limit', protocol: 'tcp', port: 80, limit: 100, ...everySource, action: 'reject' },
        { kind: 'connection_limit', protocol: 'tcp', port: 443, limit: 1, mask: 24, mask6: 48, action: 'drop' },
        { kind: 'connection_limit', protocol: 'udp', port: 53, limit: 65_535, mask: 31, mask6: 128, action: 'reject' },
        { kind: 'connection_limit', protocol: 'tcp', port: 8080, limit: 8, mask: 0, mask6: 0, action: 'reject' },
        { kind: 'connection_limit', protocol: 'tcp', port: 25, limit: 5, mask: 1, mask6: 1, action: 'reject' },
      ],
    },
  },
  {
    name: 'rate limits',
    part: {
      entries: [
        { kind: 'rate_limit', rate: 1000, unit: 'second', burst: 50, scope: 'per_source', ...everySource, ...exempt },
        {
          kind: 'rate_limit',
          rate: 5,
          unit: 'minute',
          burst: 5,
          scope: 'per_source',
          protocol: 'icmp',
          ...everySource,
          ...exempt,
        },
        {
          kind: 'rate_limit',
          rate: 7,
          unit: 'hour',
          burst: 1,
          scope: 'interface',
          protocol: 'icmpv6',
          ...everySource,
          exempt_ports: [],
        },
        {
          kind: 'rate_limit',
          rate: 9,
          unit: 'day',
          burst: 5,
          scope: 'interface',
          protocol: 'udp',
          port: 53,
          ...everySource,
          exempt_ports: [22],
        },
        {
          kind: 'rate_limit',
          rate: 10,
          unit: 'day',
          burst: 200,
          scope: 'per_source',
          protocol: 'tcp',
          port: 22,
          mask: 24,
          mask6: 56,
          ...exempt,
        },
        { kind: 'rate_limit', rate: 60, unit: 'minute', burst: 90, scope: 'per_source', mask: 0, mask6: 0, ...exempt },
        { kind: 'rate_limit', rate: 3600, unit: 'hour', burst: 9, scope: 'interface', ...everySource, ...exempt },
      ],
    },
  },
  {
    name: 'address translation',
    part: {
      entries: [
        { kind: 'nat', type: 'masquerade', iface: 'wan0' },
        { kind: 'nat', type: 'masquerade', iface: 'wan0', src: '10.0.0.0/24' },
        { kind: 'nat', type: 'masquerade', iface: 'wan0', protocol: 'tcp', to_port: '1024-2000', dst: 'fd00::/8' },
        { kind: 'nat', type: 'snat', iface: 'wan0', to_addr: '192.0.2.1' },
        { kind: 'nat', type: 'snat', iface: 'wan0', to_addr: '2001:db8::1', src: 'fd00::/64' },
        { kind: 'nat', type: 'snat', iface: 'wan0', to_addr: '192.0.2.1', protocol: 'udp', to_port: 5000 },
        { kind: 'nat', type: 'dnat', iface: 'wan0', to_addr: '10.0.0.2', to_port: 80, protocol: 'tcp', dport: 8080 },
        { kind: 'nat', type: 'dnat', iface: 'wan0', to_addr: 'fd00::2', to_port: 80, protocol: 'tcp', dport: 8080 },
        {
          kind: 'nat',
          type: 'dnat',
          iface: 'wan0',
          to_addr: 'fd00::2',
          protocol: 'udp',
          dport: '5000-5010',
          dst: '2001:db8::5',
        },
        {
          kind: 'nat',
          type: 'dnat',
          iface: 'wan0',
          to_addr: '10.0.0.3',
          to_port: '90-99',
          protocol: 'udp',
          dport: '9000-9009',
        },
        { kind: 'nat', type: 'dnat', iface: 'wan0', to_addr: '10.0.0.3', protocol: 'gre' },
      ],
    },
  },
];

/** All of them at once. */
export const wholePart: NftPart = { entries: nftCases.flatMap(({ part }) => part.entries) };
