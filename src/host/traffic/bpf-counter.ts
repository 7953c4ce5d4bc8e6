// A direction counted by a BPF program that something holds attached: what the rungs xdp, tcx and clsact have in common.
import { NetError } from '../../model/errors.ts';
import type { DirectionCounter, TrafficRequest } from '../../model/traffic.ts';
import { bpfCalls } from '../bpf/calls.ts';
import { loadDirection, type LoadedDirection } from '../bpf/monitor-programs.ts';

/** What keeps the program attached. */
export interface Attachment {
  /** Whether it is still attached to what it was attached to. */
  holds(): Promise<boolean>;
  detach(): Promise<void>;
}

/** Throws not_found when an interface that is still there, or a new one by its index, is no longer counted: silence would read as no traffic. */
export const checkHeld = async (attachment: Pick<Attachment, 'holds'>, request: TrafficRequest): Promise<void> => {
  const { iface, ifindex, rung } = request;
  if ((await attachment.holds()) || (await bpfCalls()).interfaceType(ifindex) === undefined) return;
  throw new NetError(
    'not_found',
    `The ${rung} program that counted at ${iface} is no longer attached.`,
    'Somebody detached it, or the interface was made anew; call again.',
  );
};

export interface BpfRung {
  hook: 'xdp' | 'tc';
  note: string;
  attach: (programFd: number) => Promise<Attachment>;
}

/** Loads, attaches, and undoes both when the caller has gone meanwhile. */
export const openBpfCounter = async (
  request: TrafficRequest,
  { hook, note, attach }: BpfRung,
  signal: AbortSignal,
): Promise<DirectionCounter> => {
  const { rung, direction, talkers, ifindex } = request;
  signal.throwIfAborted();
  const loaded = await loadDirection({ hook, direction, talkers, ifindex });
  const attachment = await attached(loaded, attach);
  const close = async (): Promise<void> => {
    try {
      await attachment.detach();
    } finally {
      loaded.close();
    }
  };
  let closing: Promise<void> | undefined;
  const counter: DirectionCounter = {
    rung,
    note,
    read: async () => {
      await checkHeld(attachment, request);
      return loaded.read();
    },
    talkers: async (limit) => (talkers === 'none' ? undefined : loaded.talkers(limit)),
    close: () => (closing ??= close()),
  };
  if (signal.aborted) await counter.close();
  signal.throwIfAborted();
  return counter;
};

const attached = async (loaded: LoadedDirection, attach: BpfRung['attach']): Promise<Attachment> => {
  try {
    return await attach(loaded.programFd);
  } catch (error) {
    loaded.close();
    throw error;
  }
};
