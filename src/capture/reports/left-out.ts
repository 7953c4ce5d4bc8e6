// What the engine's tables of layers had no room for and which packets it cannot look into, in sentences; empty for nearly any capture.
import type { EngineExports } from '../engine/engine.ts';
import { undecodedLinks } from './link-types.ts';

export const leftOutOfLayers = (exports: EngineExports): string[] => {
  const refused = exports.nodesRefused() >>> 0;
  const evicted = exports.fragmentsEvicted() >>> 0;
  return [
    ...undecodedLinks(exports),
    ...(refused === 0
      ? []
      : [`More combinations of protocols than are told apart: ${refused} layers count with the one above them.`]),
    ...(evicted === 0
      ? []
      : [
          `More fragmented datagrams open at once than are followed: later fragments of ${evicted} of them count as data.`,
        ]),
  ];
};
