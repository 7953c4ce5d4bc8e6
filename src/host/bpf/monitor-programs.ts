// One direction's counting program with its maps, loaded and not attached; and the pair that counts by socket.
import { NetError } from '../../model/errors.ts';
import type { DirectionCounts, TalkerCounts, TalkersBy, TrafficDirection } from '../../model/traffic.ts';
import { countsBytes, decodeCounts, type Counts, linkLayerValue, talkersByValue } from '../../monitor/layout.ts';
import { bpfCalls } from './calls.ts';
import { possibleCpus } from './cpus.ts';
import { linkLayerOf } from './link-layer.ts';
import { lookUp } from './maps.ts';
import { loadProgram } from './programs.ts';
import { createTalkers } from './talkers.ts';

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

const noTalkers = { talkers: [], total: 0, otherPackets: 0n, otherBytes: 0n };

export const loadDirection = async (request: DirectionRequest): Promise<LoadedDirection> => {
  const { hook, direction, talkers: by, ifindex } = request;
  const [calls, cpus] = [await bpfCalls(), await possibleCpus()];
  const linkLayer = ifindex === undefined ? 'ethernet' : await linkLayerOf(ifindex);
  const program = await loadProgram({
    section: `${hook}/${direction}`,
    kind: hook,
    constants: { link_layer: linkLayerValue[linkLayer], talkers_by: talkersByValue[by] },
    ...(by === 'none' ? { entries: { talkers: 1 } } : {}),
  });
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
  const talkers = by === 'none' ? undefined : createTalkers(calls, program, by, () => read().talkersAdded);
  const timer = talkers && setInterval(talkers.watch, watchMs).unref();
  return {
    programFd: program.programFd,
    read() {
      talkers?.watch();
      return read();
    },
    async talkers(limit) {
      const other = () => {
        const { otherPackets, otherBytes } = read();
        return { packets: Number(otherPackets), bytes: Number(otherBytes) };
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
