// MPLS (RFC 3032): the whole stack of labels. Below it the first bits tell IP from a pseudowire's control word (RFC 4385, 4928).
import type { Layer, LayerInput, Next } from './layer.ts';
import { after, has, left, u32, u8, uint } from './read.ts';

const mplsUdpPort = 6635;

/** Labels with a meaning: explicit null of IPv4 and IPv6. */
const nulls: Readonly<Record<number, string>> = { 0: 'ip', 2: 'ipv6' };

const byFirstBits = (input: LayerInput, header: number): Next => {
  const first = left(input) > header ? u8(input, header) >> 4 : -1;
  if (first === 4) return after(input, header, 'ip');
  if (first === 6) return after(input, header, 'ipv6');
  if (first === 0 && left(input) >= header + 18) return after(input, header + 4, 'eth');
  // 1 is an associated channel; else Ethernet without a control word.
  return after(input, header, first !== 1 && left(input) >= header + 14 ? 'eth' : 'data');
};

export const mpls: Layer = {
  name: 'mpls',
  title: 'MultiProtocol Label Switching',
  fields: {
    'mpls.label': uint('Label'),
    'mpls.exp': uint('Traffic class'),
    'mpls.bottom': uint('Bottom of the stack'),
    'mpls.ttl': uint('Time to live'),
  },
  claims: (transport, { context }) =>
    transport === 'udp' && (context.destinationPort === mplsUdpPort || context.sourcePort === mplsUdpPort),
  decode: (input, sink) => {
    for (let at = 0; has(input, at + 4, sink); at += 4) {
      const entry = u32(input, at);
      const bottom = (entry >>> 8) & 1;
      sink.field('mpls.label', entry >>> 12);
      sink.field('mpls.exp', (entry >>> 9) & 7);
      sink.field('mpls.bottom', bottom);
      sink.field('mpls.ttl', entry & 0xff);
      if (bottom === 0) continue;
      const layer = nulls[entry >>> 12];
      return layer === undefined ? byFirstBits(input, at + 4) : after(input, at + 4, layer);
    }
    return undefined;
  },
};
