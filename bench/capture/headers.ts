// Header templates of the generated packets: link, tunnel, network and transport in one buffer, with the places that change.

export interface Template {
  bytes: Buffer;
  /** 16-bit fields that hold the payload's length plus a constant: their offset and the constant. */
  lengths: readonly (readonly [number, number])[];
  /** Where the transport header begins. */
  transport: number;
}

export interface Endpoint {
  /** Last bits of its address. */
  host: number;
  port: number;
}

/** What lies below the transport layer. */
export type Carrier = 'ipv4' | 'ipv6' | 'vlan' | 'vxlan' | 'gre';

const ethernet = (type: number): Buffer => {
  const bytes = Buffer.alloc(14);
  bytes.writeUInt16BE(0x0200, 0);
  bytes.writeUInt32BE(1, 2);
  bytes.writeUInt16BE(0x0200, 6);
  bytes.writeUInt32BE(2, 8);
  bytes.writeUInt16BE(type, 12);
  return bytes;
};

const ipv4 = (protocol: number, source: number, destination: number): Buffer => {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt8(0x45, 0);
  bytes.writeUInt16BE(0x4000, 6);
  bytes.writeUInt8(64, 8);
  bytes.writeUInt8(protocol, 9);
  bytes.writeUInt32BE(0x0a00_0000 + source, 12);
  bytes.writeUInt32BE(0x0a00_0000 + destination, 16);
  return bytes;
};

const ipv6 = (protocol: number, source: number, destination: number): Buffer => {
  const bytes = Buffer.alloc(40);
  bytes.writeUInt8(0x60, 0);
  bytes.writeUInt8(protocol, 6);
  bytes.writeUInt8(64, 7);
  for (const [at, host] of [
    [8, source],
    [24, destination],
  ] as const) {
    bytes.writeUInt32BE(0x2001_0db8, at);
    bytes.writeUInt32BE(host, at + 12);
  }
  return bytes;
};

const vlanTag = (): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(100, 0);
  bytes.writeUInt16BE(0x0800, 2);
  return bytes;
};

const udpHeader = (source: number, destination: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16BE(source, 0);
  bytes.writeUInt16BE(destination, 2);
  return bytes;
};

const vxlanHeader = (): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(8, 0);
  bytes.writeUInt32BE(42 << 8, 4);
  return bytes;
};

const greHeader = (): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(0x0800, 2);
  return bytes;
};

/** The outer headers, and which of their lengths count everything inside: offset of the field, offset from where it counts. */
const outside = (carrier: Carrier): { parts: Buffer[]; counted: [number, number][] } => {
  switch (carrier) {
    case 'ipv4':
      return { parts: [ethernet(0x0800)], counted: [] };
    case 'ipv6':
      return { parts: [ethernet(0x86dd)], counted: [] };
    case 'vlan':
      return { parts: [ethernet(0x8100), vlanTag()], counted: [] };
    case 'vxlan':
      return {
        parts: [
          ethernet(0x0800),
          ipv4(17, 0xf0_0001, 0xf0_0002),
          udpHeader(50_000, 4789),
          vxlanHeader(),
          ethernet(0x0800),
        ],
        counted: [
          [16, 14],
          [38, 34],
        ],
      };
    case 'gre':
      return { parts: [ethernet(0x0800), ipv4(47, 0xf0_0003, 0xf0_0004), greHeader()], counted: [[16, 14]] };
  }
};

/** Headers up to and with a transport header of which only ports (and UDP's length) are set. */
export const template = (
  carrier: Carrier,
  protocol: 6 | 17,
  headerBytes: number,
  [source, destination]: readonly [Endpoint, Endpoint],
): Template => {
  const { parts, counted } = outside(carrier);
  const network = parts.reduce((sum, part) => sum + part.length, 0);
  const ip = carrier === 'ipv6' ? ipv6 : ipv4;
  const inner = ip(protocol, source.host, destination.host);
  const transport = Buffer.alloc(headerBytes);
  transport.writeUInt16BE(source.port, 0);
  transport.writeUInt16BE(destination.port, 2);
  const bytes = Buffer.concat([...parts, inner, transport]);
  const transportAt = network + inner.length;
  const fields: [number, number][] = [
    ...counted,
    carrier === 'ipv6' ? [network + 4, transportAt] : [network + 2, network],
    ...(protocol === 17 ? [[transportAt + 4, transportAt] satisfies [number, number]] : []),
  ];
  return { bytes, transport: transportAt, lengths: fields.map(([at, from]) => [at, bytes.length - from] as const) };
};

/** Copies the template to `at` of `target` with its lengths set for so many bytes of payload. Where the payload begins. */
export const place = ({ bytes, lengths }: Template, target: Buffer, at: number, payload: number): number => {
  bytes.copy(target, at);
  for (const [offset, constant] of lengths) target.writeUInt16BE(payload + constant, at + offset);
  return at + bytes.length;
};
