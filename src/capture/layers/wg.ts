// WireGuard (wireguard.com/protocol): the header of each message; the rest is encrypted. Recognised by its looks, whatever the port.
import type { Layer, LayerInput } from './layer.ts';
import { bytesAt, has, left, spec, u8, uint } from './read.ts';

const initiation = 1;
const response = 2;
const cookie = 3;
const transport = 4;

/** Whole length of the messages that have a fixed one. */
const lengths: Readonly<Record<number, number>> = { [initiation]: 148, [response]: 92, [cookie]: 64 };

const looksRight = (input: LayerInput): boolean => {
  if (left(input) < 4 || input.view.getUint32(input.at, true) > transport) return false;
  const onWire = input.wire - input.at;
  const type = u8(input, 0);
  return type === transport ? onWire >= 32 && onWire % 16 === 0 : onWire === lengths[type];
};

const indexAt = ({ view, at }: LayerInput, offset: number): number => view.getUint32(at + offset, true);

export const wg: Layer = {
  name: 'wg',
  title: 'WireGuard Protocol',
  leaf: true,
  fields: {
    'wg.type': uint('Type: 1 initiation, 2 response, 3 cookie, 4 data'),
    'wg.sender': uint("Sender's index"),
    'wg.receiver': uint("Receiver's index"),
    'wg.counter': uint('Counter'),
    'wg.mac1': spec('bytes', 'mac1'),
    'wg.mac2': spec('bytes', 'mac2'),
    'wg.keepalive': spec('protocol', 'Carries nothing'),
  },
  claims: (kind, input) => kind === 'udp' && looksRight(input),
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const type = u8(input, 0);
    sink.field('wg.type', type);
    if (type === initiation || type === response) sink.field('wg.sender', indexAt(input, 4));
    if (type === cookie || type === transport) sink.field('wg.receiver', indexAt(input, 4));
    if (type === response && left(input) >= 12) sink.field('wg.receiver', indexAt(input, 8));
    if (type === transport && left(input) >= 16) {
      sink.field('wg.counter', input.view.getBigUint64(input.at + 8, true));
      if (input.wire - input.at === 32) sink.field('wg.keepalive', true);
    }
    const macs = type === initiation ? 116 : type === response ? 60 : -1;
    if (macs > 0 && left(input) >= macs + 32) {
      sink.field('wg.mac1', bytesAt(input, macs, 16));
      sink.field('wg.mac2', bytesAt(input, macs + 16, 16));
    }
    return undefined;
  },
};
