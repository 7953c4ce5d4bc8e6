// Which filters at an interface are ours, and how one of ours goes away with the qdisc that was made for it. A qdisc has no name and no owner in the
// kernel, so what proves that it is ours is a filter of ours on it, which was made with it by one call.
import * as z from 'zod';
import type { NetlinkSocket } from '../netlink/socket.ts';
import {
  readFilters,
  readIngressQdisc,
  removeBpfFilter,
  removeClsact,
  type Filter,
  type Hook,
} from '../netlink/traffic-control.ts';
import type { Claim } from './records.ts';
import { hasMark, setMark, takeMark } from './qdisc-mark.ts';

export const filterName = 'netmcp_monitor';
/** Before everybody else's, since a filter that decides over a packet hides it from those behind. */
export const filterPriority = 1;
/** With the record's slot: `nm` and its number. No other program is known to choose such handles; the kernel counts from 1. */
export const handleOf = (slot: number): number => 0x6e6d0000 + slot;

const recordSchema = z.strictObject({
  hook: z.enum(['incoming', 'outgoing']),
  /** Until the filter is there: `making` with a qdisc, since there was none; `attaching` to one that is there. */
  state: z.enum(['making', 'attaching', 'attached']),
});
export type ClsactRecord = z.infer<typeof recordSchema>;
export type ClsactState = ClsactRecord['state'];

export const writeRecord = (claim: Claim, { hook, state }: ClsactRecord): void => {
  claim.write(JSON.stringify({ hook, state }));
};

/** `attached` for a record that says nothing or nothing we know: whatever has its handle is ours all the same. */
export const readState = (text: string): ClsactState => {
  try {
    return recordSchema.parse(JSON.parse(text)).state;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return 'attached';
    throw error;
  }
};

export const isOurs = ({ handle, priority, name, kind }: Filter): boolean =>
  kind === 'bpf' && name === filterName && priority === filterPriority && handle >> 16 === handleOf(0) >> 16;

/** Anybody else's; the entry that stands for a priority is somebody's only where none of the filters behind it is ours. */
export const isForeign = (filter: Filter): boolean =>
  !isOurs(filter) && !(filter.handle === 0 && filter.priority === filterPriority && filter.kind === 'bpf');

/** Of both directions. */
export const readAllFilters = async (socket: NetlinkSocket, ifindex: number): Promise<Record<Hook, Filter[]>> => ({
  incoming: await readFilters(socket, ifindex, 'incoming'),
  outgoing: await readFilters(socket, ifindex, 'outgoing'),
});

/**
 * Removes our filter, and the qdisc if we made it and nothing else is on it: both by one request then, so that no kill parts them. Called alone.
 * Without our filter the qdisc is left, whatever was written down: it may have been made anew by somebody else since.
 */
export const settle = async (
  socket: NetlinkSocket,
  folder: string,
  claim: Claim,
  { ifindex, state }: { ifindex: number; state: ClsactState },
): Promise<{ filter: Hook | undefined; qdisc: boolean }> => {
  const handle = handleOf(claim.slot);
  const mine = (filter: Filter): boolean => isOurs(filter) && filter.handle === handle;
  const { incoming, outgoing } = await readAllFilters(socket, ifindex);
  const filters = [...incoming, ...outgoing];
  const found = incoming.some(mine) ? 'incoming' : outgoing.some(mine) ? 'outgoing' : undefined;
  const othersOfOurs = filters.some((filter) => isOurs(filter) && !mine(filter));
  const made = found !== undefined && (state === 'making' || hasMark(folder, ifindex));
  if (made && !othersOfOurs && !filters.some(isForeign) && (await readIngressQdisc(socket, ifindex)) === 'clsact') {
    await removeClsact(socket, ifindex);
    takeMark(folder, ifindex);
    return { filter: found, qdisc: true };
  }
  // The last of ours takes the qdisc with it; if somebody else has put a filter on it, it is theirs.
  if (made && othersOfOurs) setMark(folder, ifindex);
  if (found !== undefined) await removeBpfFilter(socket, { ifindex, hook: found, priority: filterPriority, handle });
  if (!othersOfOurs) takeMark(folder, ifindex);
  return { filter: found, qdisc: false };
};
