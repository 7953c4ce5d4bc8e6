// Raw IP (LINKTYPE_RAW): no link layer; the version says which IP.
import type { Layer } from './layer.ts';
import { after, has, u8 } from './read.ts';

export const raw: Layer = {
  name: 'raw',
  title: 'Raw packet',
  fields: {},
  decode: (input, sink) => {
    if (!has(input, 1, sink)) return undefined;
    const version = u8(input, 0) >> 4;
    return after(input, 0, version === 4 ? 'ip' : version === 6 ? 'ipv6' : 'data');
  },
};
