// Where our filters and tshark -Y differ, and why: each file with each expression. Names are of files below the folder of public captures.

import { filterExpressions } from './filter-expressions.ts';

export interface FilterException {
  files: readonly string[];
  /** Undefined: most of them. */
  expressions?: readonly string[];
  reason: string;
}

export const filterExceptions: readonly FilterException[] = [
  {
    reason: 'tshark counts custom blocks and journal entries as packets; we read packets only.',
    files: ['pcapng-gen/output_be__advanced__test102.pcapng', 'pcapng-gen/output_be__basic__test018.pcapng'],
  },
  {
    reason: 'A simple packet block has no time: tshark leaves the field out, we give one.',
    files: [
      'pcapng-gen/output_be__advanced__test100.pcapng',
      'pcapng-gen/output_be__basic__test016.pcapng',
      'pcapng-gen/output_be__difficult__test201.pcapng',
    ],
    expressions: filterExpressions.filter((expression) => expression.startsWith('frame.time_')),
  },
  {
    reason: 'A fraction of 1,000,000 microseconds: tshark 4.0 compares seconds and fraction apart.',
    files: ['tcpdump/timestamp_invalid_micro.pcap'],
    expressions: ['frame.time_relative < 0.1', 'frame.time_relative >= 1', 'frame.time_delta > 0.01'],
  },
  {
    reason: 'Fragments are not put together for details: fields of what they carry are missing.',
    files: ['zeek/dns-edns-ecs.pcap'],
    expressions: [
      'udp.length > 100',
      'udp[0:2] == 00:35',
      'udp.payload',
      'dns.flags.response == 1',
      'dns.id > 0x8000',
      'dns.qry.name',
      'dns.qry.name > "m"',
      'dns.qry.type == 1',
      'dns.qry.type in {1, 28}',
      'dns.a',
      'dns.resp.ttl < 300',
      'dns.resp.name == dns.qry.name',
      'count(dns.resp.name) > 1',
      'dns.count.answers > 0',
      'frame.protocols == "eth:ethertype:ip:udp:dns"',
    ],
  },
  {
    reason: 'Fragments are not put together for details: fields of what they carry are missing.',
    files: ['zeek/ipv6-fragmented-dns.pcap'],
    expressions: [
      'udp.length > 100',
      'udp[0:2] == 00:35',
      'udp.payload',
      'dns.flags.response == 1',
      'dns.id > 0x8000',
      'dns.qry.name',
      'dns.qry.name > "m"',
      'len(dns.qry.name) > 20',
      'dns.a',
      'dns.resp.ttl < 300',
      'dns.resp.name == dns.qry.name',
      'count(dns.resp.name) > 1',
      'dns.count.answers > 0',
    ],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['pcapplusplus/ExamplesTest__pcap_examples__http-packets2.pcap'],
    expressions: [
      'http',
      'http.response.code == 200',
      'http.response.code >= 400',
      'frame.protocols == "eth:ethertype:ip:tcp"',
    ],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['pcapplusplus/ExamplesTest__pcap_examples__tls.pcap'],
    expressions: ['tls', 'frame.protocols == "eth:ethertype:ip:tcp"'],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['zeek/http-vlan-0.pcap'],
    expressions: ['http', 'http.response.code == 200'],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['zeek/ipv6-http-atomic-frag.pcap'],
    expressions: [
      'http',
      'http.request',
      'http.request.method == "GET"',
      'http.request.method == GET',
      'lower(http.request.method) == "get"',
    ],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['zeek/pppoe-over-qinq.pcap'],
    expressions: ['tls'],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['zeek/tcp__handshake-reorder.pcap', 'zeek/tcp__missing-syn.pcap', 'zeek/tcp__tcp-fast-open.pcap'],
    expressions: ['http', 'http.response.code == 200', 'frame.protocols == "eth:ethertype:ip:tcp"'],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['zeek/tcp__reassembly.pcap'],
    expressions: ['http', 'frame.protocols == "eth:ethertype:ip:tcp"'],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['zeek/tcp__retransmit-timeout.pcapng'],
    expressions: [
      'http',
      'http.request',
      'http.request.method == "GET"',
      'http.request.method == GET',
      'lower(http.request.method) == "get"',
      'frame.protocols == "eth:ethertype:ip:tcp"',
    ],
  },
  {
    reason:
      'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    files: ['zeek/tunnels__Teredo.pcap'],
    expressions: [
      'http',
      'http.request',
      'http.host contains "."',
      'http.host matches r"\\.com$"',
      'http.response.code == 200',
      'frame.protocols == "eth:ethertype:ip:tcp"',
    ],
  },
  {
    reason: 'Only the stream of the innermost transport layer is known, tshark gives those of the tunnel too.',
    files: [
      'libpcap/filter__geneve.pcap',
      'libpcap/filter__vxlan.pcap',
      'tcpdump/geneve.pcap',
      'tcpdump/vxlan.pcap',
      'zeek/tunnels__Teredo.pcap',
    ],
    expressions: ['udp.stream == 0', 'udp.stream >= 2'],
  },
  {
    reason: 'Only the stream of the innermost transport layer is known, tshark gives those of the tunnel too.',
    files: ['tcpdump/mpls-over-udp.pcap', 'zeek/tunnels__geneve.pcap'],
    expressions: ['udp.stream == 0'],
  },
  {
    reason: 'A segment larger than 64 KiB, whose IPv6 length is 0: tshark 4.0 does not look into it.',
    files: ['tcpdump/bigtcp-ipv6.pcap'],
    expressions: [
      'tcp',
      'not tcp and not udp',
      'tcp or udp and icmp',
      'tcp.port != 80',
      'tcp.port !== 80',
      'tcp.port ~= 80',
      'all tcp.port > 1023',
      'tcp.srcport > tcp.dstport',
      'tcp.flags.syn',
      'tcp.len > 0',
      'tcp.hdr_len > 20',
      'tcp.window_size_value < 1000',
      'tcp.options.timestamp.tsval > 1000',
      'tcp.payload',
      'len(tcp.payload) > 1000',
      'tcp.seq == 1 and tcp.len > 0',
      'tcp.seq in {1..5000}',
      'tcp.ack == 1',
      'tcp.window_size < 1000 or tcp.window_size > 1000000',
      'tcp.stream == 0',
      'not tcp.analysis.flags and tcp',
    ],
  },
  {
    reason: 'The TCP header is cut: tshark gives its ports and no stream.',
    files: ['tcpdump/tcp_header_heapoverflow.pcap'],
    expressions: ['tcp.stream == 0'],
  },
  {
    reason: 'tshark 4.0 takes seconds from 2^31 on for times before 1970.',
    files: ['tcpdump/time_2106.pcap'],
    expressions: ['frame.time_epoch > 1500000000', 'frame.time_epoch < 1300000000.5'],
  },
  {
    reason: 'Six bytes of the IP header are there: tshark gives the version, we give nothing of a header that is cut.',
    files: ['zeek/trunc__ip4-trunc.pcap'],
    expressions: ['ip.version == 4'],
  },
];
