// Logical link control (IEEE 802.2) with SNAP: an EtherType behind an organization code.
import type { FieldSink, Layer, LayerInput, Next } from './layer.ts';
import { etherTypeLayer } from './numbers.ts';
import { after, has, u16, u24, u8, uint } from './read.ts';

const snapSap = 0xaa;
const ipSap = 0x06;
/** Organization codes that are followed by an EtherType: RFC 1042 and 802.1H. */
const etherTyped: ReadonlySet<number> = new Set([0, 0x0000f8]);

const snap = (input: LayerInput, at: number, sink: FieldSink): Next | undefined => {
  if (!has(input, at + 5, sink)) return undefined;
  const organization = u24(input, at);
  const type = u16(input, at + 3);
  sink.field('llc.oui', organization);
  const typed = etherTyped.has(organization);
  sink.field(typed ? 'llc.type' : 'llc.pid', type);
  return after(input, at + 5, typed && type > 1500 ? etherTypeLayer(type) : 'data', type);
};

export const llc: Layer = {
  name: 'llc',
  title: 'Logical-Link Control',
  fields: {
    'llc.dsap': uint('Destination service access point'),
    'llc.ssap': uint('Source service access point'),
    'llc.control': uint('Control'),
    'llc.oui': uint('Organization code'),
    'llc.type': uint('EtherType'),
    'llc.pid': uint("Organization's protocol"),
  },
  decode: (input, sink) => {
    if (!has(input, 3, sink)) return undefined;
    const destination = u8(input, 0);
    // Unnumbered frames have one byte of control, others two.
    const unnumbered = (u8(input, 2) & 3) === 3;
    if (!unnumbered && !has(input, 4, sink)) return undefined;
    sink.field('llc.dsap', destination);
    sink.field('llc.ssap', u8(input, 1));
    sink.field('llc.control', unnumbered ? u8(input, 2) : u16(input, 2));
    const header = unnumbered ? 3 : 4;
    if (destination === snapSap && unnumbered) return snap(input, header, sink);
    return after(input, header, destination === ipSap ? 'ip' : 'data');
  },
};
