// Where counts and fields differ from those of the Wireshark programs on purpose: file, packets, and why. docs/capture-accuracy.md is made from it.

export interface ReferenceException {
  /** Below the folder of public captures. */
  file: string;
  /** Numbers of the packets, as tshark counts them. */
  packets: string;
  reason: string;
}

export const exceptionOf = (exceptions: readonly ReferenceException[], name: string): ReferenceException | undefined =>
  exceptions.find(({ file }) => file === name);

const invalidVersion = 'libpcap/pcapng-invalid-vers-1.pcapng';

/** Read by neither side, so that there is nothing to compare. */
export const unreadable: readonly string[] = [invalidVersion];

export const conversationExceptions: readonly ReferenceException[] = [
  {
    file: 'tcpdump/bigtcp-ipv6.pcap',
    packets: '1',
    reason: 'BIG TCP is read to the end of the packet; tshark calls it malformed.',
  },
  {
    file: 'tcpdump/tcp_header_heapoverflow.pcap',
    packets: '1',
    reason:
      '12 of the 20 bytes of a TCP header are captured: they have ports, and so a conversation; tshark numbers none.',
  },
];

const noTimes =
  'A packet without a time (a simple packet block) leaves capinfos without any duration; here it is that of the others.';

const untimed: Readonly<Record<string, string>> = {
  advanced__test100: '1, 3',
  advanced__test102: '5',
  basic__test012: '1, 2',
  basic__test016: '1, 3',
  basic__test018: '2, 5',
  difficult__test201: '3',
};

/** Duration, start and end differ, packets and bytes do not. */
export const timeExceptions: readonly ReferenceException[] = Object.entries(untimed).flatMap(([name, packets]) =>
  ['be', 'le'].map((order) => ({ file: `pcapng-gen/output_${order}__${name}.pcapng`, packets, reason: noTimes })),
);

export const summaryExceptions: readonly ReferenceException[] = [
  {
    file: 'gopacket/be__test901.pcapng',
    packets: 'all',
    reason: 'capinfos prints nothing of a file whose second section it cannot read; here is what stands before it.',
  },
  {
    file: 'gopacket/le__test902.pcapng',
    packets: '1',
    reason: 'Times in units of 1/256 s: capinfos prints two digits.',
  },
  {
    file: 'tcpdump/timestamp_invalid_micro.pcap',
    packets: '3',
    reason: '2^31 microseconds within the second are carried into the seconds; capinfos cuts them to one second.',
  },
];

/** Handshake, window scale and bytes in flight of TCP connections. */
export const connectionExceptions: readonly ReferenceException[] = [
  ...conversationExceptions.filter(({ file }) => file.startsWith('tcpdump/')),
  {
    file: 'tcpdump/timestamp_invalid_micro.pcap',
    packets: '3',
    reason: '2^31 microseconds within the second are added to the handshake; tshark takes them for none.',
  },
  {
    file: 'zeek/ldap__gap-data-missing.pcapng',
    packets: '10',
    reason:
      'Behind a hole tshark says nothing of bytes in flight; here they are counted from the latest acknowledgment.',
  },
  {
    file: 'zeek/tcp__handshake-reorder.pcap',
    packets: '4',
    reason: 'The SYN stands behind the SYN+ACK: tshark counts it as a byte in flight.',
  },
  {
    file: 'zeek/tcp__truncated-header.pcap',
    packets: '1',
    reason: 'The capture cut the header of the SYN, so it is not analysed: the handshake has no beginning.',
  },
];

/** Times of records. */
export const recordExceptions: readonly ReferenceException[] = [
  {
    file: 'tcpdump/timestamp_invalid_micro.pcap',
    packets: '3',
    reason: "2^31 microseconds within the second are added; tshark's 32 bits make 0 of them.",
  },
];

/** Records are compared packet by packet: a file whose second section tshark refuses has no reference. */
export const recordsUncompared: readonly string[] = [...unreadable, 'gopacket/be__test901.pcapng'];

/** Fields up to transport of decoded packets. */
export const fieldExceptions: readonly ReferenceException[] = [
  {
    file: 'tcpdump/bigtcp-ipv6.pcap',
    packets: '1',
    reason: 'A payload length of 0 (BIG TCP): tshark gives up at the TCP header.',
  },
  {
    file: 'tcpdump/tcp_header_heapoverflow.pcap',
    packets: '1',
    reason: '12 bytes of a TCP header are captured: the sequence number is shown too.',
  },
  {
    file: 'zeek/trunc__ip4-trunc.pcap',
    packets: '1',
    reason: 'Part of an IPv4 header is captured: tshark shows what there is of it.',
  },
];

export interface ApplicationException extends ReferenceException {
  layer: string;
  /** Left out of the comparison. */
  fields: readonly string[];
}

const dhcpFiles = [
  'zeek/tunnels__Teredo.pcap',
  'pcapng-gen/output_le__basic__test010.pcapng',
  'pcapng-gen/output_be__basic__test016.pcapng',
  'gopacket/be__test901.pcapng',
];

export const applicationExceptions: readonly ApplicationException[] = [
  ...dhcpFiles.map((file) => ({
    file,
    packets: 'DHCP',
    layer: 'dhcp',
    fields: ['dhcp.option.type'],
    reason: 'tshark shows the end of the options (255) as type 0.',
  })),
  {
    file: 'zeek/dns__max-compression-depth.pcap',
    packets: 'DNS',
    layer: 'dns',
    fields: ['dns.count.labels', 'dns.qry.name.len'],
    reason: 'tshark calls a name of one letter 0 bytes long with 0 labels.',
  },
  {
    file: 'pcapplusplus/ExamplesTest__pcap_examples__tls.pcap',
    packets: 'TLS',
    layer: 'tls',
    fields: [
      ...['content_type', 'version', 'length'].map((name) => `tls.record.${name}`),
      ...['type', 'length'].map((name) => `tls.handshake.${name}`),
    ],
    reason:
      'In TLS 1.3 tshark knows from the stream that records are opaque, and it looks at no record that another segment ends.',
  },
];

/** Fields of crafted packets (layer-packets.ts) by link type: `LINK#PACKET field: tshark / here`. */
export const craftedFieldExceptions: Readonly<Record<number, readonly { line: string; reason: string }[]>> = {
  1: [
    { line: '1#8 tcp.seq_raw:  / 4294967280', reason: 'A quoted TCP header of 8 bytes: tshark shows the ports only.' },
    { line: '1#14 tcp.len:  / 0', reason: 'Quoted by an ICMP error: tshark gives no length.' },
    {
      line: '1#14 tcp.checksum.status: 0 / 2',
      reason: 'Quoted: tshark verifies the checksum, although the packet was not sent so.',
    },
  ],
  105: [
    {
      line: '105#4 wlan.addr: 020000000001,020000000002,020000000004,020000000003 / 020000000001,020000000002,020000000003,020000000004',
      reason: 'The same addresses in another order: that of the header here.',
    },
  ],
};
