// Where our filters and tshark -Y differ, and why: each file with each expression. Names are of files below the folder of public captures.

export interface FilterException {
  files: readonly string[];
  expressions: readonly string[];
  reason: string;
}

/** One reason for several files. */
const because = (
  reason: string,
  ...cases: readonly (readonly [files: readonly string[], expressions: readonly string[]])[]
): FilterException[] => cases.map(([files, expressions]) => ({ files, expressions, reason }));

/**
 * Files of which tshark counts custom blocks and journal entries as packets: they belong to no interface. Its numbers are counted anew without
 * them before they are compared.
 */
export const withOtherBlocks: readonly string[] = [
  'pcapng-gen/output_be__advanced__test102.pcapng',
  'pcapng-gen/output_be__basic__test018.pcapng',
];

const get = ['http.request', 'http.request.method == "GET"', 'http.request.method == GET'];
const anyGet = [...get, 'lower(http.request.method) == "get"'];
const onlyTcp = 'frame.protocols == "eth:ethertype:ip:tcp"';

/** Of DNS messages that came in fragments. */
const dnsOfFragments = [
  ...['udp.length > 100', 'udp[0:2] == 00:35', 'udp.payload', 'dns.flags.response == 1', 'dns.id > 0x8000'],
  ...['dns.qry.name', 'dns.qry.name > "m"', 'dns.a', 'dns.resp.ttl < 300', 'dns.resp.name == dns.qry.name'],
  ...['count(dns.resp.name) > 1', 'dns.count.answers > 0'],
];

const tcpOfJumbogram = [
  ...['tcp', 'not tcp and not udp', 'tcp or udp and icmp', 'tcp.port != 80', 'tcp.port !== 80', 'tcp.port ~= 80'],
  ...['all tcp.port > 1023', 'tcp.srcport > tcp.dstport', 'tcp.flags.syn', 'tcp.len > 0', 'tcp.hdr_len > 20'],
  ...['tcp.window_size_value < 1000', 'tcp.options.timestamp.tsval > 1000', 'tcp.payload', 'len(tcp.payload) > 1000'],
  ...['tcp.seq == 1 and tcp.len > 0', 'tcp.seq in {1..5000}', 'tcp.ack == 1', 'tcp.stream == 0'],
  ...['tcp.window_size < 1000 or tcp.window_size > 1000000', 'not tcp.analysis.flags and tcp'],
];

const timesFromNone = ['frame.time_relative < 0.1', 'frame.time_relative >= 1', 'frame.time_relative == 0'];

export const filterExceptions: readonly FilterException[] = [
  ...because('tshark numbers custom blocks and journal entries like packets.', [
    withOtherBlocks,
    [
      ...['frame.number == 1', 'frame.number != 1', 'frame.number in {1, 3, 5..7}', 'frame.number not in {1..4}'],
      ...['frame.number & 1', '!frame.number & 1', 'frame.number == 0x3', 'frame.number == 0b101'],
      'frame.number > 2 && frame.number < 6 || frame.number == 9',
    ],
  ]),
  ...because(
    'Behind a packet without a time (a simple packet block, or another block that it counts) tshark counts from 1970; we count from the first packet, or the one before, that has a time.',
    [
      [
        ...['pcapng-gen/output_be__advanced__test100.pcapng', 'pcapng-gen/output_be__basic__test016.pcapng'],
        ...withOtherBlocks,
      ],
      [...timesFromNone, 'frame.time_delta > 0.01'],
    ],
    [['pcapng-gen/output_be__difficult__test201.pcapng'], ['frame.time_delta > 0.01']],
  ),
  ...because(
    'Packet 3 has 2,147,483,648 microseconds beside its seconds: we add them, tshark 4.0 takes them for none.',
    [
      ['tcpdump/timestamp_invalid_micro.pcap'],
      ['frame.time_relative < 0.1', 'frame.time_relative >= 1', 'frame.time_delta > 0.01'],
    ],
  ),
  ...because(
    'Fragments are not put together for details: tshark has the fields of what they carry at the last one, we have none.',
    [
      ['zeek/dns-edns-ecs.pcap'],
      [
        ...dnsOfFragments,
        ...['dns.qry.type == 1', 'dns.qry.type in {1, 28}', 'frame.protocols == "eth:ethertype:ip:udp:dns"'],
      ],
    ],
    [['zeek/ipv6-fragmented-dns.pcap'], [...dnsOfFragments, 'len(dns.qry.name) > 20']],
  ),
  ...because(
    'Streams are not put together: a message over several segments is seen where it begins, in tshark where it ends.',
    [
      ['pcapplusplus/ExamplesTest__pcap_examples__http-packets2.pcap'],
      ['http', 'http.response.code == 200', 'http.response.code >= 400', onlyTcp],
    ],
    [['pcapplusplus/ExamplesTest__pcap_examples__tls.pcap'], ['tls', onlyTcp]],
    [['zeek/http-vlan-0.pcap'], ['http', 'http.response.code == 200']],
    [
      ['zeek/tcp__handshake-reorder.pcap', 'zeek/tcp__missing-syn.pcap', 'zeek/tcp__tcp-fast-open.pcap'],
      ['http', 'http.response.code == 200', onlyTcp],
    ],
    [['zeek/tcp__reassembly.pcap'], ['http', onlyTcp]],
    [
      ['zeek/tunnels__Teredo.pcap'],
      [
        ...['http', 'http.request', 'http.host contains "."', 'http.host matches r"\\.com$"'],
        ...['http.response.code == 200', onlyTcp],
      ],
    ],
  ),
  ...because(
    'A segment that is sent again: tshark does not look into it, we do.',
    [['zeek/tcp__retransmit-timeout.pcapng'], ['http', ...anyGet, onlyTcp]],
    [['zeek/ipv6-http-atomic-frag.pcap'], ['http', ...anyGet]],
  ),
  ...because(
    'TLS records over several segments, and segments that are sent again: we see a record where it begins, each time; tshark where it ends, once.',
    [['zeek/pppoe-over-qinq.pcap'], ['tls']],
  ),
  ...because(
    'We number the flows of what a tunnel carries, tshark the tunnel as well.',
    [
      ['libpcap/filter__geneve.pcap', 'libpcap/filter__vxlan.pcap', 'tcpdump/geneve.pcap', 'tcpdump/vxlan.pcap'],
      ['udp.stream == 0', 'udp.stream >= 2'],
    ],
    [['tcpdump/mpls-over-udp.pcap', 'zeek/tunnels__geneve.pcap'], ['udp.stream == 0']],
    [['zeek/tunnels__Teredo.pcap'], ['udp.stream >= 2']],
  ),
  ...because('A segment larger than 64 KiB, whose IPv6 length is 0: tshark 4.0 calls it malformed.', [
    ['tcpdump/bigtcp-ipv6.pcap'],
    tcpOfJumbogram,
  ]),
  ...because('The TCP header is cut: tshark gives its ports and no stream.', [
    ['tcpdump/tcp_header_heapoverflow.pcap'],
    ['tcp.stream == 0'],
  ]),
  ...because('tshark 4.0 compares seconds from 2^31 on as if they were before 1970.', [
    ['tcpdump/time_2106.pcap'],
    ['frame.time_epoch > 1500000000', 'frame.time_epoch < 1300000000.5'],
  ]),
  ...because(
    'Six bytes of the IP header are there: tshark gives the version, we give nothing of a header that is cut.',
    [['zeek/trunc__ip4-trunc.pcap'], ['ip.version == 4']],
  ),
];
