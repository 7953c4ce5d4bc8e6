// Which filters tcpdump compiles without asking anybody: the grammar of pcap-filter(7) passes, names and everything hostile do not.
import { describe, expect, test } from 'vitest';
import { filterFault } from './live-filter.ts';

describe('passes', () => {
  test.each([
    'tcp port 443 and host 192.0.2.1',
    'tcp dst port ftp or ftp-data or domain',
    'tcp port (http or https)',
    'portrange 1-1023 or portrange http-https',
    'host 192.0.2.1 or 192.0.2.2',
    'ip6 host 2001:db8::1 or net 2001:db8::/32 or ::ffff:192.0.2.1',
    'src or dst net 10',
    'net 192.168.1 or dst net 172.16.0.0/12',
    'net 10.0.0.0 mask 255.0.0.0',
    'ether host 02:00:00:00:00:01 or ether dst 02-00-00-00-00-01 or ether src 0200.0000.0001',
    'ether proto \\arp or ip proto \\icmp or proto ospf or ip6 protochain 6',
    'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
    'tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420',
    'icmp[icmptype] != icmp-echo and icmp6[icmp6type] == icmp6-neighborsolicit',
    'ip[6:2] & 0x1fff = 0 && !(udp || arp)',
    'ether[0] & 1 != 0 or ether multicast or ip broadcast',
    'vlan 100 && vlan 200 && ip',
    'mpls 1024 and pppoes 0x27 and geneve 0xb',
    'less 64 or greater 1500 or len > 1000',
    'type mgt subtype beacon or dir tods or wlan addr1 02:00:00:00:00:01',
    'llc ui and inbound',
    'len > 5 - 2',
    'host 192.0.2.1\n\tand\r\nport 53',
  ])('%j', (filter) => {
    expect(filterFault(filter)).toBeUndefined();
  });
});

describe('a name that would be looked up', () => {
  test.each([
    ['host example.com', 'example.com'],
    ['example.com', 'example.com'],
    ['src foo', 'foo'],
    ['net ucb-ether', 'ucb-ether'],
    ['gateway snup and port ftp', 'snup'],
    ['port http and host secret.attacker.example', 'secret.attacker.example'],
    ['port http and src foo', 'foo'],
    ['port http or tcp foo', 'foo'],
    ['port http or len > 5 or foo', 'foo'],
    ['port a.attacker.example', 'a.attacker.example'],
    [`port ${'a'.repeat(41)}`, 'a'.repeat(41)],
    ['host \\tcp', '\\tcp'],
    ['host \\example.com', '\\example.com'],
    ['ip proto \\tcp|host', '\\tcp|host'],
    ['llc ui and foo', 'foo'],
    ['type mgt or foo', 'foo'],
    ['ether host laptop', 'laptop'],
    ['host 1.2.3.4.5', '1.2.3.4.5'],
    ['host 1.2.3.4.example.com', '1.2.3.4.example.com'],
    ['host 0x7f.1', '0x7f.1'],
    ['host abcd:ef', 'abcd:ef'],
    ['host fe80::1foo', 'fe80::1foo'],
    ['host fe80::1%eth0', 'eth0'],
    ['HOST 192.0.2.1', 'HOST'],
    ['host 1e5', '1e5'],
    ['len-5 > 3', 'len-5'],
    ['tcp[foo] = 1', 'foo'],
    ['tcp[0:a] = 1', 'a'],
    ['ether[0', undefined],
    ['constructor', 'constructor'],
    ['host id', 'id'],
    ['_dmarc', '_dmarc'],
  ])('%j', (filter, found) => {
    expect(filterFault(filter)).toEqual(found === undefined ? undefined : { kind: 'name', found });
  });
});

describe('no text of a filter', () => {
  test.each([
    ['host $(id)', '$'],
    ['`id`', '`'],
    ['icmp; id', ';'],
    ["icmp' or 'x", "'"],
    ['icmp "x"', '"'],
    ['icmp\u0000', '\u0000'],
    ['icmp\u00a0or arp', '\u00a0'],
    ['icmp\u000bor arp', '\u000b'],
    ['host \u0435xample', '\u0435'],
    ['port caf\u00e9', '\u00e9'],
    ['ip proto \\\u0435', '\\'],
    ['#', '#'],
    ['\\', '\\'],
  ])('%j', (filter, found) => {
    expect(filterFault(filter)).toEqual({ kind: 'text', found });
  });

  test('options are names', () => {
    expect(filterFault('icmp -w /tmp/x')).toEqual({ kind: 'name', found: 'w' });
    expect(filterFault('icmp --version')).toEqual({ kind: 'name', found: 'version' });
  });

  test('of any length is read once', () => {
    expect(filterFault('a'.repeat(10_000))).toEqual({ kind: 'name', found: 'a'.repeat(10_000) });
    expect(filterFault(`${'('.repeat(10_000)}x`)).toEqual({ kind: 'name', found: 'x' });
    expect(filterFault('1-'.repeat(1_000_000))).toMatchObject({ kind: 'name' });
    expect(filterFault('-'.repeat(1_000_000))).toBeUndefined();
    expect(filterFault('not '.repeat(250_000))).toBeUndefined();
  });
});
