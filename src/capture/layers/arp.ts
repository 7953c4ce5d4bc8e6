// ARP (RFC 826); addresses are shown for Ethernet and IPv4.
import type { FieldSink, Layer, LayerInput } from './layer.ts';
import { bytesAt, flag, has, spec, u16, u8, uint } from './read.ts';

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
const same = (one: Uint8Array, other: Uint8Array): boolean => one.every((byte, index) => byte === other[index]);

const addresses = (input: LayerInput, sink: FieldSink): void => {
  if (!has(input, 28, sink)) return;
  const sender = bytesAt(input, 14, 4);
  const target = bytesAt(input, 24, 4);
  sink.field('arp.src.hw_mac', bytesAt(input, 8, 6));
  sink.field('arp.src.proto_ipv4', sender);
  sink.field('arp.dst.hw_mac', bytesAt(input, 18, 6));
  sink.field('arp.dst.proto_ipv4', target);
  if (isZero(sender)) sink.field('arp.isprobe', true);
  else if (same(sender, target)) sink.field('arp.isgratuitous', true);
};

export const arp: Layer = {
  name: 'arp',
  title: 'Address Resolution Protocol',
  leaf: true,
  fields: {
    'arp.hw.type': uint('Hardware type'),
    'arp.proto.type': uint('Protocol type'),
    'arp.hw.size': uint('Hardware size'),
    'arp.proto.size': uint('Protocol size'),
    'arp.opcode': uint('Opcode: 1 request, 2 reply'),
    'arp.src.hw_mac': spec('ether', 'Sender MAC address'),
    'arp.src.proto_ipv4': spec('ipv4', 'Sender IP address'),
    'arp.dst.hw_mac': spec('ether', 'Target MAC address'),
    'arp.dst.proto_ipv4': spec('ipv4', 'Target IP address'),
    'arp.isgratuitous': flag('Asks for the own address'),
    'arp.isprobe': flag('Asks without having an address'),
  },
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    sink.field('arp.hw.type', u16(input, 0));
    sink.field('arp.proto.type', u16(input, 2));
    sink.field('arp.hw.size', u8(input, 4));
    sink.field('arp.proto.size', u8(input, 5));
    sink.field('arp.opcode', u16(input, 6));
    const ethernetAndIp = u16(input, 2) === 0x0800 && u8(input, 4) === 6 && u8(input, 5) === 4;
    if (ethernetAndIp) addresses(input, sink);
    return undefined;
  },
};
