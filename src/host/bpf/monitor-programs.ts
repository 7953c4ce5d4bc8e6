// One direction's counting program with its maps, loaded and not attached; and the pair that counts by socket.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NetError } from '../../model/errors.ts';
import type { DirectionCounts, TalkerCounts, TalkersBy, TrafficDirection } from '../../model/traffic.ts';
import {
  countsBytes,
  decodeCounts,
  type Counts,
  linkLayerValue,
  talkersByValue,
  withoutTalker,
} from '../../monitor/layout.ts';
import { bpfCalls } from './calls.ts';
import { possibleCpus } from './cpus.ts';
import { linkLayerOf } from './link-layer.ts';
import { lookUp } from './maps.ts';
import { loadProgram } from './programs.ts';

export interface DirectionRequest {
  hook: 'xdp' | 'tc';
  direction: TrafficDirection;
  talkers: TalkersBy;
  /** Of the interface it will be attached to: its kind says where packets begin. Without one it is taken for Ethernet. */
  ifindex?: number;
}

export interface LoadedDirection {
  programFd: number;
  read(): DirectionCounts;
  talkers(limit: number): Promise<TalkerCounts>;
  /** Once is enough; more does nothing. What is attached goes on until it is detached too. */
  close(): void;
}

/** How often the table of talkers is looked at. */
const watchMs = 250;

/** A turn later: loaded while the kernel checks the program, not before that gets it. */
const talkersCode = async () => {
  await nextTurn();
  const { createTalkers } = await import('./talkers.ts');
  return createTalkers;
};

const noTalkers = { talkers: [], total: 0, otherPackets: 0n, otherBytes: 0n, exceeded: undefined };

export const loadDirection = async (request: DirectionRequest): Promise<LoadedDirection> => {
  const { hook, direction, talkers: by, ifindex } = request;
  const [calls, cpus] = [await bpfCalls(), possibleCpus()];
  const linkLayer = ifindex === undefined ? 'ethernet' : await linkLayerOf(ifindex);
  const loading = loadProgram({
    section: `${hook}/${direction}`,
    kind: hook,
    constants: { link_layer: linkLayerValue[linkLayer], talkers_by: talkersByValue[by] },
    ...(by === 'none' ? { entries: { talkers: 1 } } : {}),
  });
  const [loaded, code] = await Promise.allSettled([loading, by === 'none' ? undefined : talkersCode()]);
  if (loaded.status === 'rejected') throw loaded.reason;
  const program = loaded.value;
  if (code.status === 'rejected') {
    program.close();
    throw code.reason;
  }
  const countersFd = program.maps.get('counters')?.fd ?? -1;
  const key = Buffer.alloc(4);
  const value = Buffer.alloc(countsBytes * cpus);
  let open = true;
  const read = (): Counts => {
    // The descriptor may be something else's by now.
    if (!open) throw new NetError('cancelled', 'The counter was closed.', 'Call again if the answer is still wanted.');
    lookUp(calls, countersFd, key, value);
    return decodeCounts(value, cpus, hook === 'tc');
  };
  const talkers = by === 'none' ? undefined : code.value?.(calls, program, by, () => read().talkersAdded);
  const timer = talkers && setInterval(talkers.watch, watchMs).unref();
  return {
    programFd: program.programFd,
    read() {
      talkers?.watch();
      return read();
    },
    async talkers(limit) {
      const other = () => {
        const counts = read();
        const { otherPackets, otherBytes } = counts;
        return {
          packets: Number(otherPackets),
          bytes: Number(otherBytes),
          talkers: otherPackets > withoutTalker(counts),
        };
      };
      return talkers === undefined ? noTalkers : talkers.largest(limit, other);
    },
    close() {
      if (!open) return;
      open = false;
      clearInterval(timer);
      talkers?.stop();
      program.close();
    },
  };
};
