// Bytes that no layer of ours explains.
import type { Layer } from './layer.ts';
import { bytesAt, left, spec, uint } from './read.ts';

export const data: Layer = {
  name: 'data',
  title: 'Data',
  leaf: true,
  fields: { 'data.len': uint('Length'), 'data.data': spec('bytes', 'Data') },
  decode: (input, sink) => {
    sink.field('data.data', bytesAt(input, 0, left(input)));
    sink.field('data.len', left(input));
    return undefined;
  },
};
