// Where the protocol tree differs from tshark's on purpose: file, what differs, and why.

export interface HierarchyDifference {
  file: string;
  /** As tshark numbers them. */
  packets: string;
  reason: string;
  differences: readonly string[];
}

/** Layers of Wireshark that are not told apart here, inside ones that are: kinds of HTTP bodies, what SMB carries. */
export const notToldApart: ReadonlySet<string> = new Set(['data-text-lines', 'image-gif', 'media', 'xml', 'smb']);

const notPackets = 'Custom and unknown pcapng blocks are no packets; tshark 4.0 shows them as frames of their own.';

export const hierarchyDifferences: readonly HierarchyDifference[] = [
  ...['be', 'le'].flatMap((order) => [
    {
      file: `pcapng-gen/output_${order}__advanced__test102.pcapng`,
      packets: '1, 3, 8',
      reason: notPackets,
      differences: ['data: 0 packets, 0 bytes here, 3 packets, 116 bytes in tshark'],
    },
    {
      file: `pcapng-gen/output_${order}__basic__test018.pcapng`,
      packets: '1, 4, 6, 8',
      reason: notPackets,
      differences: ['data: 0 packets, 0 bytes here, 4 packets, 152 bytes in tshark'],
    },
  ]),
  {
    file: 'tcpdump/bigtcp-ipv6.pcap',
    packets: '1',
    reason:
      'BIG TCP (a payload length of 0 with a jumbo option) is read to the packet end; tshark 4.0 calls it malformed.',
    differences: [
      'eth/ipv6/_ws.malformed: 0 packets, 0 bytes here, 1 packets, 80054 bytes in tshark',
      'eth/ipv6/tcp: 1 packets, 80054 bytes here, 0 packets, 0 bytes in tshark',
      'eth/ipv6/tcp/data: 1 packets, 80054 bytes here, 0 packets, 0 bytes in tshark',
    ],
  },
  {
    file: 'zeek/ldap__gap-data-missing.pcapng',
    packets: '5, 7, 8, 9, 10, 11, 13, 14, 16',
    reason: 'LDAP is not decoded: its bytes are data.',
    differences: [
      'eth/vlan/ipv6/tcp/data: 9 packets, 4021 bytes here, 0 packets, 0 bytes in tshark',
      'eth/vlan/ipv6/tcp/ldap: 0 packets, 0 bytes here, 8 packets, 2503 bytes in tshark',
    ],
  },
  {
    file: 'zeek/pppoe-over-qinq.pcap',
    packets: '58',
    reason: 'A retransmitted segment that tshark puts together with others a second time and then finds malformed.',
    differences: [
      'eth/vlan/vlan/pppoes/ppp/ip/tcp/_ws.malformed: 0 packets, 0 bytes here, 1 packets, 510 bytes in tshark',
    ],
  },
];

/** Of crafted packets (tree-packets.ts), by their name. */
export const craftedDifferences: readonly HierarchyDifference[] = [
  {
    file: 'tunnels',
    packets: '33',
    reason: 'A DNS query quoted by an ICMP error was not sent: the packet is the error.',
    differences: ['eth/ip/icmp/dns: 0 packets, 0 bytes here, 1 packets, 89 bytes in tshark'],
  },
];
