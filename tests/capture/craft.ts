// Captures made by hand, the same bytes every time: Ethernet, VLAN, IPv4, IPv6, TCP and UDP packets, and files of both formats.
// Checksums are left 0: neither tshark nor the engine checks them by default.

export type Bytes = Uint8Array;

/** A packet of a file: its time in nanoseconds since 1970, its bytes, and its length on the wire when that was more. */
export interface Crafted {
  time: bigint;
  bytes: Bytes;
  original?: number;
}

export const join = (...parts: readonly Bytes[]): Bytes => new Uint8Array(Buffer.concat(parts));

const be16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
export const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value)];

/** An IPv4 or IPv6 address (with at most one ::) as its bytes. */
export const address = (text: string): Bytes => {
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number));
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => parseInt(group, 16));
  const first = groups(head);
  const last = groups(tail ?? '');
  const zeros = new Array<number>(8 - first.length - last.length).fill(0);
  return Uint8Array.from([...first, ...zeros, ...last].flatMap(be16));
};

export const ethernet = (type: number, payload: Bytes): Bytes =>
  join(Uint8Array.from([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ...be16(type)]), payload);

/** 802.1Q: what stands behind the Ethernet addresses, so that it nests: `ethernet(0x8100, vlan(5, 0x0800, ...))`. */
export const vlan = (id: number, type: number, payload: Bytes): Bytes =>
  join(Uint8Array.from([...be16(id), ...be16(type)]), payload);

export interface IpOptions {
  ttl?: number;
  id?: number;
  /** Instead of the true length. */
  length?: number;
  /** Flags and offset of IPv4. */
  fragment?: number;
}

/** An IP packet of the family of its addresses. */
export const ip = (
  source: string,
  destination: string,
  protocol: number,
  payload: Bytes,
  more: IpOptions = {},
): Bytes => {
  const { ttl = 64, id = 0, fragment = 0 } = more;
  const ends = [address(source), address(destination)];
  if (source.includes(':'))
    return join(
      Uint8Array.from([0x60, 0, 0, 0, ...be16(more.length ?? payload.length), protocol, ttl]),
      ...ends,
      payload,
    );
  const length = more.length ?? payload.length + 20;
  const head = [0x45, 0, ...be16(length), ...be16(id), ...be16(fragment), ttl, protocol, 0, 0];
  return join(Uint8Array.from(head), ...ends, payload);
};

export const udp = (sourcePort: number, destinationPort: number, payload: Bytes): Bytes =>
  join(Uint8Array.from([...be16(sourcePort), ...be16(destinationPort), ...be16(payload.length + 8), 0, 0]), payload);

export interface TcpHeader {
  sourcePort: number;
  destinationPort: number;
  seq: number;
  ack?: number;
  /** Letters of FSRPAU: `SA` is a SYN+ACK. */
  flags: string;
  window?: number;
  /** Padded to a multiple of 4. */
  options?: readonly number[];
  payload?: Bytes;
}

export const tcp = ({ sourcePort, destinationPort, seq, flags, ...more }: TcpHeader): Bytes => {
  const { ack = 0, window = 64240, options = [], payload = new Uint8Array() } = more;
  const padded = [...options, ...new Array<number>((4 - (options.length % 4)) % 4).fill(1)];
  const bits = ['F', 'S', 'R', 'P', 'A', 'U'].reduce(
    (sum, letter, at) => sum | (flags.includes(letter) ? 1 << at : 0),
    0,
  );
  const ends = [...be16(sourcePort), ...be16(destinationPort), ...be32(seq), ...be32(ack)];
  return join(
    Uint8Array.from([...ends, ((5 + padded.length / 4) << 4) & 255, bits, ...be16(window), 0, 0, 0, 0, ...padded]),
    payload,
  );
};

// TCP options.
export const windowScale = (shift: number): number[] => [1, 3, 3, shift];
export const sackPermitted = [1, 1, 4, 2] as const;
export const sack = (...blocks: readonly (readonly [number, number])[]): number[] => [
  ...[1, 1, 5, 2 + 8 * blocks.length],
  ...blocks.flatMap(([left, right]) => [...be32(left), ...be32(right)]),
];
export const timestamps = (value: number, echo: number): number[] => [1, 1, 8, 10, ...be32(value), ...be32(echo)];

/** Ethernet around an IP packet. */
export const frame = (packet: Bytes): Bytes => ethernet((packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800, packet);

export interface FileOptions {
  /** Bytes kept of each packet. */
  snaplen?: number;
  /** LINKTYPE_; Ethernet unless told. */
  link?: number;
  nanoseconds?: boolean;
  bigEndian?: boolean;
}

/** Writes numbers of 16 and 32 bits in the file's byte order. */
const writer = (bigEndian: boolean) => ({
  words: (...values: readonly number[]): Bytes => {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((value, at) => {
      view.setUint32(at * 4, value, !bigEndian);
    });
    return new Uint8Array(view.buffer);
  },
  halves: (...values: readonly number[]): Bytes => {
    const view = new DataView(new ArrayBuffer(values.length * 2));
    values.forEach((value, at) => {
      view.setUint16(at * 2, value, !bigEndian);
    });
    return new Uint8Array(view.buffer);
  },
});

const cut = ({ bytes, original }: Crafted, snaplen: number): { kept: Bytes; wire: number } => ({
  kept: bytes.subarray(0, snaplen),
  wire: original ?? bytes.length,
});

/** A classic capture file. */
export const pcap = (packets: readonly Crafted[], options: FileOptions = {}): Bytes => {
  const { snaplen = 262144, link = 1, nanoseconds = true, bigEndian = false } = options;
  const { words, halves } = writer(bigEndian);
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const records = packets.flatMap((packet) => {
    const { kept, wire } = cut(packet, snaplen);
    const fraction = Number(packet.time % 1_000_000_000n);
    const units = nanoseconds ? fraction : Math.floor(fraction / 1000);
    return [words(Number(packet.time / 1_000_000_000n), units, kept.length, wire), kept];
  });
  return join(words(magic), halves(2, 4), words(0, 0, snaplen, link), ...records);
};

/** A pcapng file of one section and one interface, times in nanoseconds. */
export const pcapng = (packets: readonly Crafted[], options: FileOptions = {}): Bytes => {
  const { snaplen = 262144, link = 1, bigEndian = false } = options;
  const { words, halves } = writer(bigEndian);
  const block = (type: number, ...parts: readonly Bytes[]): Bytes => {
    const body = join(...parts);
    const padding = new Uint8Array((4 - (body.length % 4)) % 4);
    const length = body.length + padding.length + 12;
    return join(words(type, length), body, padding, words(length));
  };
  const resolution = join(halves(9, 1), Uint8Array.from([9, 0, 0, 0]), halves(0, 0));
  const records = packets.map((packet) => {
    const { kept, wire } = cut(packet, snaplen);
    const time = words(0, Number(packet.time >> 32n), Number(packet.time & 0xffff_ffffn), kept.length, wire);
    return block(6, time, kept);
  });
  return join(
    block(0x0a0d0d0a, words(0x1a2b3c4d), halves(1, 0), words(0xffffffff, 0xffffffff)),
    block(1, halves(link, 0), words(snaplen), resolution),
    ...records,
  );
};
