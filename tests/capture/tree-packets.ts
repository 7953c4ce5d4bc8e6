// Crafted packets, a set for each link type: every layer that the engine knows, with the nesting that networks have.

export interface LayerPackets {
  name: string;
  /** LINKTYPE_ */
  link: number;
  packets: Uint8Array[];
}

const bytes = (...parts: (number | Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])));
const be16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value & 0xffff)];
const le16 = (value: number): number[] => be16(value).reverse();
const le32 = (value: number): number[] => be32(value).reverse();
const zeros = (count: number): Uint8Array => new Uint8Array(count);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const eth = (type: number, payload: Uint8Array): Uint8Array =>
  bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2], be16(type), payload);
const tag = (type: number, payload: Uint8Array): Uint8Array => bytes(0, 7, be16(type), payload);

interface Fragment {
  id: number;
  /** Bytes. */
  offset: number;
  more: boolean;
}
const ip4 = (protocol: number, payload: Uint8Array, fragment?: Fragment, options = zeros(0)): Uint8Array => {
  const { id = 1, offset = 0, more = false } = fragment ?? {};
  const header = 20 + options.length;
  return bytes(
    [0x40 | (header >> 2), 0, ...be16(header + payload.length), ...be16(id)],
    be16((offset >> 3) | (more ? 0x2000 : 0)),
    [64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
    options,
    payload,
  );
};
const ip6 = (next: number, payload: Uint8Array): Uint8Array =>
  bytes([0x60, 0, 0, 0, ...be16(payload.length), next, 64], [0xfd, ...zeros(14), 1], [0xfd, ...zeros(14), 2], payload);
const udp = (source: number, destination: number, payload: Uint8Array): Uint8Array =>
  bytes(be16(source), be16(destination), be16(8 + payload.length), 0, 0, payload);
const tcp = (source: number, destination: number, sequence: number, flags: number, payload = zeros(0)): Uint8Array =>
  bytes(be16(source), be16(destination), be32(sequence), be32(1), 0x50, flags, 0xff, 0xff, 0, 0, 0, 0, payload);

/** The same between two cards of a known maker: Wireshark guesses by that. */
const cards = (ethernet: Uint8Array): Uint8Array =>
  bytes([0, 0x1b, 0x21, 0, 0, 1, 0, 0x1b, 0x21, 0, 0, 2], ethernet.subarray(12));

const plain = udp(40000, 40001, text('hello'));
const inner4 = ip4(17, plain);
const inner6 = ip6(17, plain);
const frame = eth(0x0800, inner4);
const arp = bytes([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2]);
const ping = bytes(8, 0, 0, 0, 0, 1, 0, 1, text('abcdefgh'));
const label = (value: number, bottom: boolean): number[] => be32((value << 12) | (bottom ? 0x100 : 0) | 64);
const dnsQuery = bytes(be16(0x1234), be16(0x100), be16(1), zeros(6), 1, text('a'), 0, be16(1), be16(1));
const record = (length: number): Uint8Array => bytes(0x17, 3, 3, be16(length), zeros(length).fill(7));

/** A datagram in fragments of so many bytes. */
const fragments = (datagram: Uint8Array, size: number): { part: Uint8Array; offset: number; more: boolean }[] =>
  Array.from({ length: Math.ceil(datagram.length / size) }, (_, index) => ({
    part: datagram.subarray(index * size, (index + 1) * size),
    offset: index * size,
    more: (index + 1) * size < datagram.length,
  }));

const bigUdp = udp(40000, 40001, zeros(100).fill(1));
const fragments4 = (id: number): Uint8Array[] =>
  fragments(bigUdp, 40).map(({ part, offset, more }) => eth(0x0800, ip4(17, part, { id, offset, more })));
const fragments6 = fragments(bigUdp, 40).map(({ part, offset, more }) =>
  eth(0x86dd, ip6(44, bytes(17, 0, be16(offset | (more ? 1 : 0)), be32(77), part))),
);

const tunnels: Uint8Array[] = [
  ip4(4, inner4),
  ip4(41, inner6),
  ip4(47, bytes(be16(0), be16(0x0800), inner4)),
  ip4(47, bytes(be16(0xb000), be16(0x0800), be32(0), be32(5), be32(6), inner4)),
  ip4(47, bytes(be16(0), be16(0x6558), frame)),
  ip4(47, bytes(be16(0), be16(0x86dd), inner6)),
  ip4(47, bytes(be16(0x3081), be16(0x880b), be16(2 + inner4.length), be16(9), be32(1), be32(1), 0, 0x21, inner4)),
  ip4(47, bytes(be16(0x2081), be16(0x880b), be16(0), be16(9), be32(1))),
  ip4(47, bytes(be16(0), be16(0x88be), frame)),
  ip4(47, bytes(be16(0x1000), be16(0x88be), be32(1), be16(0x1001), be16(0x1801), be32(1), frame)),
  ip4(47, bytes(be16(0x1000), be16(0x22eb), be32(1), be16(0x2001), be16(1), be32(0), be32(0), frame)),
  ip4(47, bytes(be16(0), be16(0x8847), label(99, true), inner4)),
  ip4(17, udp(50000, 4789, bytes(8, 0, 0, 0, 0, 0, 1, 0, frame))),
  ip4(17, udp(50000, 4789, bytes(8, 0, 0, 0, 0, 0, 1, 0, eth(0x0806, arp)))),
  ip4(17, udp(50000, 6081, bytes(0, 0, 0x65, 0x58, 0, 0, 1, 0, frame))),
  ip4(17, udp(50000, 6081, bytes(1, 0, 0x08, 0, 0, 0, 1, 0, 1, 2, 3, 0, inner4))),
  ip4(17, udp(2152, 2152, bytes(0x30, 255, be16(inner4.length), be32(1), inner4))),
  ip4(17, udp(2152, 2152, bytes(0x34, 255, be16(8 + inner4.length), be32(1), 0, 0, 0, 0x85, 1, 0, 0, 0, inner4))),
  ip4(17, udp(50000, 3544, inner6)),
  ip4(17, udp(50000, 3544, bytes(0, 1, 0, 0, zeros(8), 0, 0, 0, 0, 0, 0, 0, 0, 0, inner6))),
  ip4(17, udp(50000, 6635, bytes(label(99, true), inner4))),
  ip4(17, udp(50000, 51820, bytes(4, 0, 0, 0, zeros(28)))),
  ip4(17, udp(50000, 51820, bytes(1, 0, 0, 0, zeros(144)))),
  ip4(51, bytes(4, 4, 0, 0, zeros(20), inner4)),
  ip4(50, zeros(40)),
  ip4(2, bytes(0x16, 0, 0, 0, 224, 0, 0, 5)),
  ip4(132, bytes(be16(5000), be16(5001), be32(1), be32(0), 3, 0, 0, 16, zeros(12))),
  ip4(89, bytes(2, 1, 0, 44, zeros(40))),
  ip4(112, bytes(0x21, 1, 100, 1, 0, 1, 0, 0, 10, 0, 0, 1)),
  ip4(253, zeros(8)),
  ip4(1, ping, undefined, bytes(0x94, 4, 0, 0)),
  ip4(1, bytes(3, 3, 0, 0, 0, 0, 0, 0, inner4)),
  ip4(1, bytes(3, 3, 0, 0, 0, 0, 0, 0, ip4(17, udp(40000, 53, dnsQuery)))),
  ip4(1, bytes(3, 3, 0, 0, 0, 0, 0, 0, inner4.subarray(0, 28))),
  ip4(1, bytes(3, 3, 0, 0, 0, 0, 0, 0, ip4(6, tcp(40000, 80, 7, 2)))),
  ip4(1, bytes(3, 3, 0, 0, 0, 0, 0, 0, ip4(6, tcp(40000, 9000, 7, 0x18, text('hello'))))),
  ip4(1, bytes(3, 3, 0, 0, 0, 0, 0, 0, ip4(6, tcp(40000, 80, 7, 0x18, text('hello'))).subarray(0, 28))),
];

const applications: Uint8Array[] = [
  udp(50000, 53, dnsQuery),
  udp(5353, 5353, dnsQuery),
  udp(50000, 5355, dnsQuery),
  udp(68, 67, bytes(1, 1, 6, 0, zeros(232), 0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255)),
  udp(50000, 123, bytes(0x23, zeros(47))),
  udp(50001, 443, bytes(0xc0, be32(1), 8, zeros(8).fill(3), 0, 0, 0x44, 0xb0, zeros(1200))),
  udp(50001, 443, bytes(0x40, zeros(40).fill(9))),
  udp(50002, 443, bytes(0x40, zeros(40).fill(9))),
  udp(50003, 9999, zeros(0)),
];

const connections: Uint8Array[] = [
  tcp(50000, 80, 0, 2),
  tcp(50000, 80, 1, 0x18, text('GET / HTTP/1.1\r\nHost: a\r\n\r\n')),
  tcp(80, 50000, 1, 0x18, text('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234')),
  tcp(80, 50000, 45, 0x18, text('56789')),
  tcp(50000, 80, 28, 0x18, text('GET / HTTP/1.1\r\nHost: a\r\n\r\n')),
  tcp(80, 50000, 50, 0x18, text('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe')),
  tcp(80, 50000, 102, 0x18, text('llo\r\n0\r\n')),
  tcp(80, 50000, 110, 0x18, text('\r\n')),
  tcp(50001, 443, 1, 0x18, record(20)),
  tcp(50001, 443, 26, 0x18, record(100).subarray(0, 50)),
  tcp(50001, 443, 76, 0x18, record(100).subarray(50, 70)),
  tcp(50001, 443, 96, 0x18, bytes(record(100).subarray(70), record(10))),
  tcp(50002, 9000, 1, 0x18, text('anything')),
  tcp(50003, 22, 1, 0x18, text('SSH-2.0-OpenSSH_9\r\n')),
];

const extensions6: Uint8Array[] = [
  ip6(58, bytes(128, 0, 0, 0, 0, 1, 0, 1, text('abcdefgh'))),
  ip6(58, bytes(1, 4, 0, 0, 0, 0, 0, 0, inner6)),
  ip6(0, bytes(17, 0, 1, 4, 0, 0, 0, 0, plain)),
  ip6(60, bytes(17, 0, 1, 4, 0, 0, 0, 0, plain)),
  ip6(43, bytes(17, 2, 3, 0, zeros(20), plain)),
  ip6(44, bytes(17, 0, 0, 0, be32(5), plain)),
  ip6(51, bytes(17, 4, 0, 0, zeros(20), plain)),
  ip6(59, zeros(0)),
  ip6(4, inner4),
  ip6(41, inner6),
  ip6(47, bytes(be16(0), be16(0x86dd), inner6)),
];

const wlanData = (control: number, flags: number, extra: number[], payload: Uint8Array): Uint8Array =>
  bytes(control, flags, 0, 0, zeros(18).fill(2), 0, 0, extra, payload);
const snap = bytes(0xaa, 0xaa, 3, 0, 0, 0, be16(0x0800), inner4);
const wlanFrames = [
  wlanData(0x08, 1, [], snap),
  wlanData(0x88, 1, [0, 0], snap),
  wlanData(0x08, 0x41, [], zeros(40)),
  wlanData(0x48, 1, [], zeros(0)),
];

export const layerPackets: readonly LayerPackets[] = [
  {
    name: 'ethernet',
    link: 1,
    packets: [
      frame,
      eth(0x86dd, inner6),
      eth(0x0806, arp),
      eth(0x8100, tag(0x0800, inner4)),
      eth(0x88a8, tag(0x8100, tag(0x86dd, inner6))),
      eth(0x9100, tag(0x0800, inner4)),
      eth(0x8847, bytes(label(16, false), label(17, true), inner4)),
      eth(0x8847, bytes(label(17, true), be32(0), cards(frame))),
      eth(0x8847, bytes(label(17, true), cards(frame))),
      eth(0x8847, bytes(label(17, true), 0xaa, frame.subarray(1))),
      eth(0x8864, bytes(0x11, 0, 0, 1, be16(2 + inner4.length), 0, 0x21, inner4)),
      eth(0x8864, bytes(0x11, 0, 0, 1, be16(2 + inner6.length), 0, 0x57, inner6)),
      eth(0x8863, bytes(0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0)),
      eth(snap.length, snap),
      eth(0x88b5, zeros(46)),
    ],
  },
  { name: 'tunnels', link: 1, packets: tunnels.map((packet) => eth(0x0800, packet)) },
  { name: 'applications', link: 1, packets: applications.map((packet) => eth(0x0800, ip4(17, packet))) },
  { name: 'connections', link: 1, packets: connections.map((packet) => eth(0x0800, ip4(6, packet))) },
  { name: 'ipv6', link: 1, packets: extensions6.map((packet) => eth(0x86dd, packet)) },
  {
    name: 'fragments',
    link: 1,
    packets: [
      ...fragments4(1),
      ...fragments4(2).reverse(),
      ...fragments4(3).slice(0, 2),
      ...fragments4(3),
      ...fragments6,
    ],
  },
  { name: 'null', link: 0, packets: [bytes(le32(2), inner4), bytes(be32(2), inner4), bytes(le32(30), inner6)] },
  { name: 'loop', link: 108, packets: [bytes(be32(2), inner4), bytes(be32(24), inner6)] },
  { name: 'raw', link: 101, packets: [inner4, inner6] },
  { name: 'raw 12', link: 12, packets: [inner4, inner6] },
  { name: 'ipv4', link: 228, packets: [inner4] },
  { name: 'ipv6 link', link: 229, packets: [inner6] },
  {
    name: 'ppp',
    link: 9,
    packets: [bytes(0xff, 3, 0, 0x21, inner4), bytes(0, 0x57, inner6), bytes(0xff, 3, 0x21, inner4)],
  },
  {
    name: 'sll',
    link: 113,
    packets: [
      bytes(be16(0), be16(1), be16(6), zeros(8), be16(0x0800), inner4),
      bytes(be16(0), be16(1), be16(6), zeros(8), be16(0x8100), tag(0x86dd, inner6)),
    ],
  },
  {
    name: 'sll2',
    link: 276,
    packets: [bytes(be16(0x0800), be16(0), be32(1), be16(1), 0, 6, zeros(8), inner4)],
  },
  { name: '802.11', link: 105, packets: wlanFrames },
  {
    name: 'radiotap',
    link: 127,
    packets: wlanFrames.map((packet) => bytes(0, 0, le16(9), le32(2), 0, packet)),
  },
];

/** A classic file of such packets. */
export const pcapOf = (link: number, packets: readonly Uint8Array[]): Uint8Array =>
  bytes(
    [...le32(0xa1b2c3d4), ...le16(2), ...le16(4), ...zeros(8), ...le32(262144), ...le32(link)],
    ...packets.map((packet, index) =>
      bytes(le32(1_700_000_000), le32(index * 1000), le32(packet.length), le32(packet.length), packet),
    ),
  );

const block = (type: number, body: Uint8Array): Uint8Array => {
  const padding = zeros((4 - (body.length & 3)) & 3);
  const total = le32(12 + body.length + padding.length);
  return bytes(le32(type), total, body, padding, total);
};

/** The same as pcapng, with a block between that nobody knows. */
export const pcapngOf = (link: number, packets: readonly Uint8Array[]): Uint8Array =>
  bytes(
    block(0x0a0d0d0a, bytes(le32(0x1a2b3c4d), le16(1), le16(0), zeros(8).fill(255))),
    block(1, bytes(le16(link), le16(0), le32(0))),
    block(0x0bad, zeros(100)),
    ...packets.map((packet, index) =>
      block(6, bytes(le32(0), le32(0), le32(index * 1000), le32(packet.length), le32(packet.length), packet)),
    ),
  );

/** Every packet cut after each of its bytes, with so much of the given byte behind it that no header reaches beyond. */
export const cutsOf = (link: number, packets: readonly Uint8Array[], rubbish: number): Uint8Array =>
  bytes(
    pcapngOf(link, []),
    ...packets.flatMap((packet) =>
      Array.from({ length: Math.min(packet.length, 160) }, (_, captured) =>
        block(
          6,
          bytes(
            ...[le32(0), le32(0), le32(0), le32(captured), le32(packet.length)],
            ...[packet.subarray(0, captured), zeros(96).fill(rubbish)],
          ),
        ),
      ),
    ),
  );
