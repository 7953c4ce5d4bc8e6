// The plain queues: pfifo_fast (its limit is the interface's txqueuelen), pfifo and bfifo.
import type { Kind } from '../kind.ts';
import { count, size } from '../params.ts';

export const pfifoFast: Kind = { kind: 'pfifo_fast', leaf: false, params: [], fixedWords: ['bands', 'priomap'] };

export const pfifo: Kind = { kind: 'pfifo', leaf: false, params: [count('limit', { min: 1, max: 10_000_000 })] };

export const bfifo: Kind = {
  kind: 'bfifo',
  leaf: false,
  params: [size('limit_bytes', { word: 'limit', min: 64, max: 1_073_741_824 })],
};
