// The header that older drivers put before an 802.11 frame (LINKTYPE_IEEE802_11_PRISM): only its code and its length are looked at.
import type { Layer } from './layer.ts';
import { after, has, uint } from './read.ts';

/** Longer ones are none: the number stands in the other byte order. */
const longest = 0xffff;

export const prism: Layer = {
  name: 'prism',
  title: 'Prism capture header',
  fields: {
    'prism.msgcode': uint('Message code'),
    'prism.msglen': uint('Header length'),
  },
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const { view, at } = input;
    const little = view.getUint32(at + 4, true) <= longest;
    const length = view.getUint32(at + 4, little);
    sink.field('prism.msgcode', view.getUint32(at, little));
    sink.field('prism.msglen', length);
    if (length < 8 || length > longest) {
      sink.note(`A length of ${length} bytes is none of a Prism header.`);
      return undefined;
    }
    return has(input, length, sink) ? after(input, length, 'wlan') : undefined;
  },
};
