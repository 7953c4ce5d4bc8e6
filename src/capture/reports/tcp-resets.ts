// Who sent the RSTs of a capture, and how far the connection had come. Client and server are said only where a SYN or SYN+ACK tells which is which.
import type { Engine, EngineExports } from '../engine/engine.ts';
import { RESET } from '../engine/verdicts.ts';
import { clientDirection, hasFin, hasSyn } from './tcp-flow.ts';
import { topOf } from './top.ts';
import { endpointOf } from './values.ts';

/** In the order of the engine's numbers. */
const stages = ['refusing', 'handshake', 'established', 'after_fin', 'unknown'] as const;
export type ResetStage = (typeof stages)[number];

export interface ResetSides {
  by_client: number;
  by_server: number;
  /** Neither SYN nor SYN+ACK is in the file. */
  by_unknown: number;
}

export interface UnknownSender {
  sender: string;
  receiver: string;
  count: number;
}

/** `unknown`: without the SYN in the file. */
export interface Resets extends Record<ResetStage, ResetSides> {
  /** Endpoints that sent those by neither side known, most first. */
  unknown_senders: UnknownSender[];
}

/** Senders named. */
const named = 3;

const bothSides = (exports: EngineExports, stage: ResetStage): number =>
  exports.resetCount(stages.indexOf(stage), 0) + exports.resetCount(stages.indexOf(stage), 1);

/** RSTs that cut something: not those after a FIN, nor refusals, which are an issue of their own. */
export const cuttingResets = (exports: EngineExports): number =>
  bothSides(exports, 'handshake') + bothSides(exports, 'established') + bothSides(exports, 'unknown');

export const resetsAfterFin = (exports: EngineExports): number => bothSides(exports, 'after_fin');

/** At most `total` in all; what neither side is known to have sent is left. */
const sidesOf = (total: number, client: number, server: number): ResetSides => {
  const by_client = Math.min(total, Math.max(0, client));
  const by_server = Math.min(total - by_client, Math.max(0, server));
  return { by_client, by_server, by_unknown: total - by_client - by_server };
};

type Pair = [client: number, server: number];

interface Known {
  /** Of flows whose SYN is in the file, and that were closed. */
  closed: Pair;
  /** Of flows without: as the engine has them, the flow's first sender for the client; and as a SYN+ACK tells. */
  taken: Pair;
  afterFin: Pair;
  unknown: Pair;
}

/** What the flows with findings tell of their RSTs. */
const knownOf = (exports: EngineExports): Known => {
  const known: Known = { closed: [0, 0], taken: [0, 0], afterFin: [0, 0], unknown: [0, 0] };
  for (let index = 1; index <= exports.findingsCount(); index++) {
    const flow = exports.findingsRecord(index);
    if (flow === 0) continue;
    const sent: Pair = [exports.findingsOf(index, RESET, 0), exports.findingsOf(index, RESET, 1)];
    const client = clientDirection(exports, flow);
    const add = (to: Pair, direction: number): void => {
      to[0] += sent[direction === 0 ? 0 : 1];
      to[1] += sent[direction === 0 ? 1 : 0];
    };
    if (hasSyn(exports, flow)) {
      if (hasFin(exports, flow)) add(known.closed, client ?? 0);
      continue;
    }
    if (hasFin(exports, flow)) add(known.taken, 0);
    if (client !== undefined) add(hasFin(exports, flow) ? known.afterFin : known.unknown, client);
  }
  return known;
};

/** RSTs after a FIN: the engine's counts less what it guessed, with what a SYN+ACK tells. Flows that were put out tell nothing any more. */
const afterFinOf = (exports: EngineExports, { closed, taken, afterFin }: Known): ResetSides => {
  const stage = stages.indexOf('after_fin');
  const sure = (side: 0 | 1): number =>
    Math.min(closed[side], Math.max(0, exports.resetCount(stage, side) - taken[side])) + afterFin[side];
  return sidesOf(bothSides(exports, 'after_fin'), sure(0), sure(1));
};

/** Both directions of every flow with findings are numbered from 1. */
const sendersOf = (engine: Engine): UnknownSender[] => {
  const { exports } = engine;
  const at = (place: number): { index: number; flow: number; direction: number } => {
    const index = (place + 1) >> 1;
    return { index, flow: exports.findingsRecord(index), direction: (place + 1) & 1 };
  };
  return topOf(exports.findingsCount() * 2, named, (place) => {
    const { index, flow, direction } = at(place);
    const count = flow === 0 ? 0 : exports.findingsOf(index, RESET, direction);
    return count === 0 || clientDirection(exports, flow) !== undefined ? Number.NaN : count;
  }).map((place) => {
    const { index, flow, direction } = at(place);
    return {
      sender: endpointOf(engine, flow, direction),
      receiver: endpointOf(engine, flow, 1 - direction),
      count: exports.findingsOf(index, RESET, direction),
    };
  });
};

export const resetsOf = (engine: Engine): Resets => {
  const { exports } = engine;
  const told = (stage: ResetStage): ResetSides => ({
    by_client: exports.resetCount(stages.indexOf(stage), 0),
    by_server: exports.resetCount(stages.indexOf(stage), 1),
    by_unknown: 0,
  });
  const known = knownOf(exports);
  const after_fin = afterFinOf(exports, known);
  const unknown = sidesOf(bothSides(exports, 'unknown'), ...known.unknown);
  return {
    refusing: told('refusing'),
    handshake: told('handshake'),
    established: told('established'),
    after_fin,
    unknown,
    unknown_senders: after_fin.by_unknown + unknown.by_unknown === 0 ? [] : sendersOf(engine),
  };
};
