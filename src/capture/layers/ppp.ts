// PPP (RFC 1661, 1662): address and control where they were not negotiated away, and the protocol in one or two bytes.
import type { Layer, LayerInput } from './layer.ts';
import { pppLayer } from './numbers.ts';
import { after, has, left, u16, u8, uint } from './read.ts';

/** HDLC's address and control before the protocol. */
const framed = (input: LayerInput): boolean => left(input) >= 2 && u16(input, 0) === 0xff03;

export const ppp: Layer = {
  name: 'ppp',
  title: 'Point-to-Point Protocol',
  fields: {
    'ppp.address': uint('Address'),
    'ppp.control': uint('Control'),
    'ppp.protocol': uint('Protocol'),
  },
  decode: (input, sink) => {
    const start = framed(input) ? 2 : 0;
    if (!has(input, start + 1, sink)) return undefined;
    if (start === 2) {
      sink.field('ppp.address', 0xff);
      sink.field('ppp.control', 3);
    }
    // An odd first byte is the whole, compressed protocol field (RFC 1661 6.5).
    const short = (u8(input, start) & 1) === 1;
    if (!short && !has(input, start + 2, sink)) return undefined;
    const protocol = short ? u8(input, start) : u16(input, start);
    sink.field('ppp.protocol', protocol);
    return after(input, start + (short ? 1 : 2), pppLayer(protocol), protocol);
  },
};
