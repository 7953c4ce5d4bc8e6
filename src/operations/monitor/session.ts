// One measurement: interface, counters and processes opened, watched, and closed again whatever happens. The tool and the live view both run it.
import { fromUnknown, NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { LinkStatistics, TalkerCount, TalkerCounts, TalkersBy, TrafficDirection } from '../../model/traffic.ts';
import { closeAll, openDirections, type Method, type OpenedDirection } from '../../monitor/ladder.ts';
import type { ProcessCount } from '../../monitor/processes.ts';
import { parseSoftnet, softnetBetween, type Softnet } from '../../monitor/softnet.ts';
import { watch, type Tick, type Watched } from '../../monitor/watch.ts';
import { chooseInterface } from './choose-interface.ts';
import { openProcessSampler, type ProcessSampler } from './process-sampler.ts';

export const groupings = ['address', 'port', 'process', 'protocol'] as const;
export type Grouping = (typeof groupings)[number];

export interface MonitorRequest {
  iface: string | undefined;
  directions: readonly TrafficDirection[];
  durationMs: number;
  intervalMs: number;
  topTalkers: number;
  by: Grouping;
  method: Method;
}

export interface Talkers {
  counted: TalkerCounts | undefined;
  processes: readonly ProcessCount[] | undefined;
}

/** What the live view may ask for between two intervals. */
export interface Running {
  link: LinkStatistics;
  opened: readonly OpenedDirection[];
  /** At most so many are shown. */
  topTalkers: number;
  talkers(direction: TrafficDirection): Promise<Talkers>;
}

export interface Measured extends Running {
  watched: Watched;
  byDirection: ReadonlyMap<TrafficDirection, Talkers>;
  softnet: Softnet | undefined;
  processNote: string | undefined;
}

/** Talkers read before the window began are not of it: enough to know those that can be among the largest. */
const knownBefore = 8192;

const keyOf = ({ family, address, protocol, port }: TalkerCount): string =>
  [family, address ?? '', protocol ?? '', port ?? ''].join(' ');

const since = (before: TalkerCounts | undefined, after: TalkerCounts): TalkerCounts => {
  const known = new Map((before?.talkers ?? []).map((talker) => [keyOf(talker), talker]));
  return {
    ...after,
    otherPackets: after.otherPackets - (before?.otherPackets ?? 0n),
    otherBytes: after.otherBytes - (before?.otherBytes ?? 0n),
    talkers: after.talkers
      .map((talker) => {
        const earlier = known.get(keyOf(talker));
        const [packets, bytes] = [talker.packets - (earlier?.packets ?? 0n), talker.bytes - (earlier?.bytes ?? 0n)];
        return { ...talker, packets, bytes };
      })
      .filter(({ packets }) => packets > 0n),
  };
};

/** Nothing once the interface is gone. */
const unlessGone = async (reading: Promise<TalkerCounts | undefined>): Promise<TalkerCounts | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NetError && error.code === 'not_found') return undefined;
    throw error;
  }
};

const readSoftnet = async ({ kernel }: OperationPorts): Promise<Softnet | undefined> => {
  const text = await kernel.read('/proc/net/softnet_stat');
  return text === undefined ? undefined : parseSoftnet(text);
};

const withoutXdp = (method: Method): Method => (method === 'xdp' || method === 'xdp_native' ? 'auto' : method);

/** Of runs that were killed. Who may not look has left nothing, and what stays is in nobody's way. */
const removeLeftovers = async ({ traffic, log }: OperationPorts): Promise<void> => {
  try {
    for (const line of await traffic.removeLeftovers()) log.info(line);
  } catch (error) {
    const { code, message, hint } = fromUnknown(error);
    if (code !== 'not_permitted') log.warn(`leftovers of an ended monitor: ${message} ${hint}`);
  }
};

/** `onTick` is awaited. Throws NetError; what was attached is detached in every case. */
export const measure = async (
  request: MonitorRequest,
  ports: OperationPorts,
  signal: AbortSignal,
  onTick: (tick: Tick, running: Running) => Promise<void> | void,
): Promise<Measured> => {
  const { traffic } = ports;
  const link = await chooseInterface(request.iface, ports, signal);
  const { iface, ifindex } = link;
  const told = request.by === 'address' || request.by === 'port' ? request.by : 'none';
  const talkers: TalkersBy = request.topTalkers === 0 ? 'none' : told;
  const wanted = request.directions.map((direction) => ({
    direction,
    iface,
    ifindex,
    talkers,
    // XDP is for what comes in; asked for both ways, the other one is counted by the best there is, which the answer names.
    method: direction === 'outgoing' && request.directions.length > 1 ? withoutXdp(request.method) : request.method,
  }));
  await removeLeftovers(ports);
  const opened = await openDirections(traffic, wanted, signal);
  let sampler: ProcessSampler | undefined;
  try {
    if (request.by === 'process') sampler = await openProcessSampler(link, ports, signal);
    const before = new Map<TrafficDirection, TalkerCounts | undefined>();
    const byDirection = new Map<TrafficDirection, Talkers>();
    const running: Running = {
      link,
      opened,
      topTalkers: request.topTalkers,
      talkers: async (direction) => {
        const counter = opened.find((each) => each.direction === direction)?.counter;
        const counted = counter === undefined ? undefined : await unlessGone(counter.talkers(request.topTalkers));
        return {
          counted: counted === undefined ? undefined : since(before.get(direction), counted),
          processes: await sampler?.counts(direction),
        };
      },
    };
    const softnetBefore = await readSoftnet(ports);
    const watched = await watch(
      {
        opened,
        iface,
        ifindex,
        statistics: () => traffic.statistics(),
        durationMs: request.durationMs,
        intervalMs: request.intervalMs,
        afterFirst: async () => {
          for (const { direction, counter } of opened)
            before.set(direction, await unlessGone(counter.talkers(knownBefore)));
          await sampler?.look(signal);
        },
        beforeLast: async () => {
          await sampler?.look(signal);
          for (const { direction } of opened) byDirection.set(direction, await running.talkers(direction));
        },
        onTick: async (tick) => {
          await sampler?.look(signal);
          await onTick(tick, running);
        },
      },
      signal,
    );
    // The interface went away, or the last interval ended late.
    for (const { direction } of opened)
      if (!byDirection.has(direction)) byDirection.set(direction, await running.talkers(direction));
    const softnetAfter = await readSoftnet(ports);
    const softnet =
      softnetBefore === undefined || softnetAfter === undefined
        ? undefined
        : softnetBetween(softnetBefore, softnetAfter);
    return { ...running, watched, byDirection, softnet, processNote: sampler?.note };
  } finally {
    await Promise.all([closeAll(opened), sampler?.close()]);
  }
};
