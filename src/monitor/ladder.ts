// Which rung counts a direction: the best one that this host lets us have, with why each better one did not.
import { type ErrorCode, NetError } from '../model/errors.ts';
import type { DirectionCounter, Rung, TalkersBy, Traffic, TrafficDirection } from '../model/traffic.ts';

export const methods = ['auto', 'xdp', 'xdp_native', 'tcx', 'clsact', 'nft', 'proc'] as const;
export type Method = (typeof methods)[number];

export interface Refusal {
  rung: Rung;
  code: ErrorCode;
  message: string;
  hint: string;
}

export interface Wanted {
  direction: TrafficDirection;
  iface: string;
  ifindex: number;
  talkers: TalkersBy;
  method: Method;
}

export interface OpenedDirection {
  direction: TrafficDirection;
  counter: DirectionCounter;
  /** Better rungs, in the order in which they were tried. */
  refused: readonly Refusal[];
}

const ladders: Readonly<Record<TrafficDirection, readonly Rung[]>> = {
  incoming: ['xdp', 'tcx', 'clsact', 'nft', 'proc'],
  // XDP sees only what comes in.
  outgoing: ['tcx', 'clsact', 'nft', 'proc'],
};

/** What the next rung may do better; any other failure is the answer. */
const goesDown: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'rung_taken',
  'missing_kernel_feature',
  'not_permitted',
  'missing_binary',
  // Of descriptors, of memory, or of measurements of this kind; the rungs below need less.
  'limit_exceeded',
  'locked',
  // Of a machine that is too busy for it.
  'timeout',
  // No place for the record of what outlives its process.
  'storage_failed',
  'state_dir_refused',
]);

const rungsOf = ({ direction, method }: Wanted): readonly Rung[] => {
  if (method === 'auto') return ladders[direction];
  if (direction === 'outgoing' && method.startsWith('xdp')) {
    throw new NetError(
      'invalid_argument',
      `${method} sees incoming packets only.`,
      'Ask for direction incoming, or for another method.',
    );
  }
  return [method];
};

const refusalOf = (rung: Rung, { code, message, hint }: NetError): Refusal => ({ rung, code, message, hint });

/** Throws what the only or the last rung threw, and whatever no other rung could do better. */
export const openDirection = async (
  traffic: Pick<Traffic, 'open'>,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<OpenedDirection> => {
  const { direction, iface, ifindex, talkers } = wanted;
  const rungs = rungsOf(wanted);
  const refused: Refusal[] = [];
  for (const rung of rungs) {
    signal.throwIfAborted();
    try {
      const counter = await traffic.open({ rung, direction, iface, ifindex, talkers }, signal);
      if (signal.aborted) await counter.close();
      signal.throwIfAborted();
      return { direction, counter, refused };
    } catch (error) {
      if (!(error instanceof NetError) || !goesDown.has(error.code) || rung === rungs.at(-1)) throw error;
      refused.push(refusalOf(rung, error));
    }
  }
  throw new NetError('internal', 'No rung was tried.', 'Report it with the call.');
};

/** All of them or none, opened side by side: after a failure what was opened is closed again, and the first one's failure thrown. */
export const openDirections = async (
  traffic: Pick<Traffic, 'open'>,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<OpenedDirection[]> => {
  // A method that one of them cannot have is told before anything is attached.
  for (const each of wanted) rungsOf(each);
  const ends = await Promise.allSettled(wanted.map((each) => openDirection(traffic, each, signal)));
  const opened = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure === undefined) return opened;
  await closeAll(opened);
  throw failure.reason;
};

/** Closes every one, also when one of them fails, and then throws that failure. */
export const closeAll = async (opened: readonly OpenedDirection[]): Promise<void> => {
  const ends = await Promise.allSettled(opened.map(({ counter }) => counter.close()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
};
