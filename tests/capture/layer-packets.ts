// Crafted packets of layers that public captures lack, by link type. Checksums are as they come: none of these tests is about them.
const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const filled = (count: number, value = 0): number[] => Array<number>(count).fill(value);
const text = (value: string): number[] => [...Buffer.from(value)];

const macs = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
const ethernet = (type: number, payload: readonly number[]): number[] => [...macs, ...u16(type), ...payload];

const source = [10, 0, 0, 1];
const destination = [10, 0, 0, 2];

const sumOf = (bytes: readonly number[]): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

interface Ipv4 {
  options?: readonly number[];
  fragment?: number;
  tos?: number;
}

const ipv4 = (protocol: number, payload: readonly number[], { options = [], fragment = 0, tos = 0 }: Ipv4 = {}) => {
  const words = 5 + options.length / 4;
  const length = words * 4 + payload.length;
  const front = [0x40 + words, tos, ...u16(length), ...u16(7), ...u16(fragment), 64, protocol];
  const header = [...front, 0, 0, ...source, ...destination, ...options];
  return [...front, ...u16(sumOf(header)), ...source, ...destination, ...options, ...payload];
};

const address6 = (last: number): number[] => [0x20, 1, 0x0d, 0xb8, ...filled(11), last];

const ipv6 = (next: number, payload: readonly number[]): number[] => [
  ...[0x6b, 0x81, 0x23, 0x45],
  ...u16(payload.length),
  next,
  64,
  ...address6(1),
  ...address6(2),
  ...payload,
];

const udp = (from: number, to: number, payload: readonly number[]): number[] => [
  ...u16(from),
  ...u16(to),
  ...u16(8 + payload.length),
  ...u16(0),
  ...payload,
];

const tcp = (options: readonly number[] = [], payload: readonly number[] = []): number[] => [
  ...u16(40_001),
  ...u16(40_002),
  ...u32(0xfffffff0),
  ...u32(0x12345678),
  (5 + options.length / 4) * 16 + 1,
  0xd2,
  ...u16(4096),
  ...u16(0),
  ...u16(9),
  ...options,
  ...payload,
];

const inner = ipv4(17, udp(40_003, 40_004, text('inner')));
const inner6 = ipv6(17, udp(40_003, 40_004, text('inner')));
const framed = ethernet(0x0800, inner);
/** With addresses of makers, by which tshark tells a control word from an address. */
const known = [0, 0x10, 0xdb, 0x88, 0xd2, 0xef, 0, 0x20, 0xd2, 0x5a, 0xfb, 0x3f, 8, 0, ...inner];
const overUdp = (port: number, payload: readonly number[]): number[] =>
  ethernet(0x0800, ipv4(17, udp(40_005, port, payload)));
const over4 = (protocol: number, payload: readonly number[]): number[] => ethernet(0x0800, ipv4(protocol, payload));
const over6 = (next: number, payload: readonly number[]): number[] => ethernet(0x86dd, ipv6(next, payload));

const timestamps = [1, 1, 8, 10, ...u32(0x11223344), ...u32(0x55667788)];
const sack = [1, 1, 5, 18, ...u32(100), ...u32(200), ...u32(300), ...u32(400)];
const router = [0x86, 0, 0, 0, 64, 0xc0, 0x07, 0x08, ...u32(1000), ...u32(2000)];
const routerOptions = [
  ...[1, 1, 2, 0, 0, 0, 0, 9],
  ...[5, 1, 0, 0, ...u32(1480)],
  ...[3, 4, 64, 0xc0, ...u32(86_400), ...u32(14_400), ...u32(0), ...address6(0)],
  ...[25, 3, 0, 0, ...u32(600), ...address6(53)],
];
const tags = [1, 1, 0, 0, 1, 2, 0, 4, ...text('ac-1'), 1, 3, 0, 2, 0xab, 0xcd, 1, 4, 0, 2, 1, 2];

const ethernetPackets: readonly (readonly number[])[] = [
  // TCP options, header with all flags; IPv4 options.
  ethernet(0x0800, ipv4(6, tcp([2, 4, 5, 0xb4, 4, 2, 8, 10, ...u32(1), ...u32(2), 1, 3, 3, 7]), { tos: 0xb9 })),
  ethernet(0x0800, ipv4(6, tcp(timestamps, text('payload')))),
  ethernet(0x0800, ipv4(6, tcp(sack))),
  ethernet(0x0800, ipv4(6, tcp([34, 2, 1, 0]), { options: [0x94, 4, 0, 0] })),
  ethernet(0x0800, ipv4(17, udp(1, 2, []), { options: [7, 7, 8, 10, 0, 0, 9, 0] })),
  ethernet(0x0800, ipv4(17, filled(16, 9), { fragment: 0x0003 })),
  ethernet(0x0800, ipv4(1, [8, 0, 0, 0, 0, 1, 0, 2, ...filled(8, 5)], { fragment: 0x4000 })),
  // ICMP: errors with what they quote.
  over4(1, [3, 4, 0, 0, 0, 0, 5, 0xdc, ...ipv4(6, tcp().slice(0, 8))]),
  over4(1, [5, 1, 0, 0, 10, 0, 0, 254, ...ipv4(17, udp(53_000, 40_006, []))]),
  over4(1, [11, 0, 0, 0, 0, 0, 0, 0, ...inner]),
  over4(1, [12, 0, 0, 0, 20, 0, 0, 0, ...inner]),
  over4(1, [13, 0, 0, 0, 0, 1, 0, 2, ...u32(1), ...u32(2), ...u32(3)]),
  // ICMPv6: errors, echo, neighbor and listener discovery.
  over6(58, [2, 0, 0, 0, ...u32(1280), ...inner6]),
  over6(58, [1, 4, 0, 0, ...u32(0), ...ipv6(6, tcp())]),
  over6(58, [4, 1, 0, 0, ...u32(6), ...inner6]),
  over6(58, [128, 0, 0, 0, 0, 1, 0, 2, ...text('data')]),
  over6(58, [...router, ...routerOptions]),
  over6(58, [133, 0, 0, 0, ...u32(0), 1, 1, 2, 0, 0, 0, 0, 9]),
  over6(58, [135, 0, 0, 0, ...u32(0), ...address6(5), 1, 1, 2, 0, 0, 0, 0, 9]),
  over6(58, [136, 0, 0, 0, ...u32(0xe0000000), ...address6(5), 2, 1, 2, 0, 0, 0, 0, 9]),
  over6(58, [137, 0, 0, 0, ...u32(0), ...address6(5), ...address6(6)]),
  over6(58, [131, 0, 0, 0, ...u32(0), ...address6(7)]),
  over6(58, [143, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0, ...address6(7), 3, 0, 0, 1, ...address6(8), ...address6(9)]),
  // IGMP.
  over4(2, [0x11, 100, 0, 0, 0, 0, 0, 0]),
  over4(2, [0x16, 0, 0, 0, 224, 0, 1, 1]),
  over4(2, [0x11, 20, 0, 0, 224, 0, 1, 1, 0x0a, 125, 0, 1, 10, 0, 0, 9]),
  over4(2, [0x22, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0, 224, 0, 1, 1, 3, 0, 0, 1, 224, 0, 1, 2, 10, 0, 0, 9]),
  // IPv6 extension headers.
  over6(0, [17, 0, 5, 2, 0, 0, 1, 0, ...udp(1, 2, text('x'))]),
  over6(60, [17, 0, 4, 1, 3, 1, 1, 0, ...udp(1, 2, text('x'))]),
  over6(43, [17, 4, 4, 1, 1, 0, 0, 0, ...address6(3), ...address6(4), ...udp(1, 2, text('x'))]),
  over6(43, [17, 2, 0, 0, 0, 0, 0, 0, ...address6(3), ...udp(1, 2, text('x'))]),
  over6(44, [17, 0, 0, 0, ...u32(77), ...udp(1, 2, text('x'))]),
  over6(44, [17, 0, 0, 0x19, ...u32(77), ...text('fragment')]),
  over6(51, [17, 4, 0, 0, ...u32(5), ...u32(6), ...filled(12, 0xaa), ...udp(1, 2, text('x'))]),
  over4(50, [...u32(0xabc), ...u32(12), ...filled(24, 0x5c)]),
  over4(41, inner6),
  over4(4, inner),
  // GRE and ERSPAN.
  over4(47, [0xb0, 0, 8, 0, 0x12, 0x34, 0, 0, ...u32(99), ...u32(5), ...inner]),
  over4(47, [0x30, 0x81, 0x88, 0x0b, 0, 40, 0, 7, ...u32(5), ...u32(4), 0xff, 3, 0, 0x21, ...inner]),
  over4(47, [0, 0, 0x65, 0x58, ...framed]),
  over4(47, [0, 0, 0x88, 0xbe, ...framed]),
  over4(47, [0x10, 0, 0x22, 0xeb, ...u32(1), 0x20, 0x17, 0x08, 0x64, ...u32(7), 0, 9, 0, 0, ...framed]),
  // Tunnels in UDP.
  overUdp(2152, [0x30, 0xff, ...u16(inner.length), ...u32(0x1234), ...inner]),
  overUdp(2152, [0x36, 0xff, ...u16(inner6.length + 8), ...u32(1), 0, 5, 0, 0x85, 1, 0x10, 9, 0, ...inner6]),
  overUdp(4789, [0x88, 0, 0, 5, 0, 0x12, 0x34, 0, ...framed]),
  overUdp(6081, [0x42 - 0x40, 0x40, 0x08, 0, 0, 1, 2, 0, 1, 2, 0x80, 1, ...u32(10), ...inner]),
  overUdp(3544, [0, 1, 2, 0, 0xaa, 0xbb, ...filled(8, 3), 0, 0, 0, 0xd8, 0xf0, ...[0xf5, 0xff, 0xff, 0xfe], ...inner6]),
  overUdp(6635, [...u32((100 << 12) + 64), ...u32((200 << 12) + 0x100 + 63), ...inner]),
  overUdp(51_820, [1, 0, 0, 0, ...u32(0x01020304), ...filled(140, 7)]),
  overUdp(51_820, [2, 0, 0, 0, ...u32(0x01020304), ...u32(0x05060708), ...filled(80, 7)]),
  overUdp(51_820, [3, 0, 0, 0, ...u32(0x01020304), ...filled(56, 7)]),
  overUdp(51_820, [4, 0, 0, 0, ...u32(0x01020304), 9, ...filled(7), ...filled(16, 7)]),
  overUdp(51_820, [4, 0, 0, 0, ...u32(0x01020304), 9, ...filled(7), ...filled(48, 7)]),
  // SCTP.
  over4(132, [
    ...[...u16(5000), ...u16(5001), ...u32(9), ...u32(8)],
    ...[1, 0, 0, 20, ...u32(1), ...u32(65_536), 0, 10, 0, 11, ...u32(77)],
  ]),
  over4(132, [
    ...[...u16(5000), ...u16(5001), ...u32(9), ...u32(8)],
    ...[3, 0, 0, 16, ...u32(70), ...u32(65_000), 0, 0, 0, 0],
    ...[0, 3, 0, 19, ...u32(71), 0, 2, 0, 3, ...u32(0), 1, 2, 3, 0],
  ]),
  over4(132, [...u16(5000), ...u16(5001), ...u32(9), ...u32(8), 6, 0, 0, 4]),
  // Link layers in Ethernet.
  ethernet(0x8863, [0x11, 0x07, 0, 0, 0, tags.length, ...tags]),
  ethernet(0x8864, [0x11, 0, 0, 5, 0, inner.length + 2, 0, 0x21, ...inner]),
  ethernet(0x88a8, [0x60, 200, 0x81, 0, 0xb0, 5, 8, 0, ...inner]),
  ethernet(0x8847, [...u32((3 << 12) + 0x0e00 + 0x100 + 9), ...inner6]),
  ethernet(0x8847, [...u32((30 << 12) + 0x100 + 9), ...u32(5), ...known]),
  ethernet(0x0026, [0x42, 0x42, 3, ...filled(35)]),
  ethernet(inner.length + 8, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...inner]),
  ethernet(0x0806, [0, 1, 8, 0, 6, 4, 0, 1, ...filled(6, 2), 10, 0, 0, 9, ...filled(6), 10, 0, 0, 9, ...filled(18)]),
  ethernet(0x0806, [0, 1, 8, 0, 6, 4, 0, 1, ...filled(6, 2), 0, 0, 0, 0, ...filled(6), 10, 0, 0, 9, ...filled(18)]),
  // OSPF and VRRP.
  over4(89, [2, 1, 0, 44, 1, 1, 1, 1, 0, 0, 0, 0, ...filled(32)]),
  over4(112, [0x31, 5, 100, 1, 0, 100, 0, 0, 10, 0, 0, 254]),
];

const dataFrame = (control: number, flags: number, rest: readonly number[]): number[] => [
  control,
  flags,
  ...[0x3a, 1],
  ...[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3],
  ...[0x30, 0x12],
  ...rest,
];
const snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...inner];

const wireless: readonly (readonly number[])[] = [
  dataFrame(0x08, 0x01, snap),
  dataFrame(0x08, 0x02, snap),
  dataFrame(0x88, 0x00, [5, 0, ...snap]),
  dataFrame(0x08, 0x03, [2, 0, 0, 0, 0, 4, ...snap]),
  dataFrame(0x48, 0x01, []),
  dataFrame(0x08, 0x41, filled(32, 0x77)),
  [0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 1],
  [0xb4, 0, 0x10, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2],
];

const radiotap = (flags: number): number[] => [
  ...[0, 0, 24, 0, 0x6f, 0, 0, 0],
  ...[1, 2, 3, 4, 5, 6, 7, 8],
  ...[flags, 12, 0x6c, 0x09, 0xa0, 0, 0xc4, 0xa1],
];

/** Packets by LINKTYPE_. */
export const layerPackets: Readonly<Record<number, readonly (readonly number[])[]>> = {
  1: ethernetPackets,
  0: [
    [2, 0, 0, 0, ...inner],
    [0, 0, 0, 2, ...inner],
    [30, 0, 0, 0, ...inner6],
  ],
  9: [
    [0xff, 3, 0, 0x21, ...inner],
    [0, 0x57, ...inner6],
    [0x21, ...inner],
  ],
  101: [inner, inner6],
  105: wireless,
  108: [
    [0, 0, 0, 2, ...inner],
    [0, 0, 0, 24, ...inner6],
  ],
  113: [
    [0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, ...inner],
    [0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xdd, ...inner6],
  ],
  119: [[0x44, 0, 0, 0, 144, ...new Array<number>(139).fill(0), ...dataFrame(0x08, 0x01, snap)]],
  127: [
    [...radiotap(0x10), ...dataFrame(0x08, 0x01, snap), 1, 2, 3, 4],
    [...radiotap(0), ...dataFrame(0x88, 0x01, [5, 0, ...snap])],
    [...radiotap(0x20), ...dataFrame(0x88, 0x01, [5, 0, 0, 0, ...snap])],
  ],
  228: [inner],
  229: [inner6],
  276: [
    [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0, ...inner],
    [0x86, 0xdd, 0, 0, 0, 0, 0, 3, 3, 4, 0, 6, ...filled(8), ...inner6],
  ],
};
