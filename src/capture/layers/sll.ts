// Linux cooked capture (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2): what the capture device `any` writes instead of a link layer.
import type { FieldSink, Layer, LayerInput, Next } from './layer.ts';
import { etherTypeLayer, tunnelLayer } from './numbers.ts';
import { after, bytesAt, has, spec, u16, u32, u8, uint } from './read.ts';

const linkTypeV2 = 276;
const arphrdGre = 778;

/** Offsets of what both versions have. */
interface Places {
  header: number;
  hardware: number;
  addressLength: number;
  address: number;
  protocol: number;
}

const placesOf = (input: LayerInput): Places =>
  input.context.announced === linkTypeV2
    ? { header: 20, hardware: 8, addressLength: u8(input, 11), address: 12, protocol: 0 }
    : { header: 16, hardware: 2, addressLength: u16(input, 4), address: 6, protocol: 14 };

const fieldsOf = (input: LayerInput, places: Places, sink: FieldSink): void => {
  const second = input.context.announced === linkTypeV2;
  if (second) sink.field('sll.ifindex', u32(input, 4));
  sink.field('sll.pkttype', second ? u8(input, 10) : u16(input, 0));
  const hardware = u16(input, places.hardware);
  sink.field('sll.hatype', hardware);
  sink.field('sll.halen', places.addressLength);
  const address = bytesAt(input, places.address, Math.min(8, places.addressLength));
  if (address.length === 6) sink.field('sll.src.eth', address);
  else if (address.length > 0) sink.field('sll.src.other', address);
  const protocol = u16(input, places.protocol);
  if (hardware === arphrdGre) sink.field('sll.gretype', protocol);
  else sink.field(protocol >= 1536 ? 'sll.etype' : 'sll.ltype', protocol);
};

const follow = (input: LayerInput, { header, hardware, protocol }: Places): Next => {
  const type = u16(input, protocol);
  if (u16(input, hardware) === arphrdGre) return after(input, header, tunnelLayer(type), type);
  // 4: 802.2; other small numbers are of protocols that no layer of ours knows.
  const layer = type === 4 ? 'llc' : type < 1536 ? 'data' : etherTypeLayer(type);
  return after(input, header, layer, type);
};

export const sll: Layer = {
  name: 'sll',
  title: 'Linux cooked capture',
  fields: {
    'sll.pkttype': uint('Packet type: 0 to us, 1 broadcast, 2 multicast, 3 to others, 4 sent by us'),
    'sll.hatype': uint('Kind of interface (ARPHRD_), 1 Ethernet'),
    'sll.halen': uint('Length of the address'),
    'sll.src.eth': spec('ether', 'Sender'),
    'sll.src.other': spec('bytes', 'Sender'),
    'sll.etype': uint('EtherType'),
    'sll.ltype': uint('Protocol'),
    'sll.gretype': uint('Protocol in GRE'),
    'sll.ifindex': uint('Interface index'),
  },
  decode: (input, sink) => {
    if (!has(input, input.context.announced === linkTypeV2 ? 20 : 16, sink)) return undefined;
    const places = placesOf(input);
    if (!input.brief) fieldsOf(input, places, sink);
    return follow(input, places);
  },
};
