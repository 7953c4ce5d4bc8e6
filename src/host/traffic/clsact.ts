// The clsact rung: a BPF filter at a place of our own among an interface's tc filters. Filters and a clsact of somebody else stay as they are.
// Unlike a link, a filter outlives its process, so a locked record (records.ts) says whose it is.
import * as z from 'zod';
import { openNetlink, RouteError, type NetlinkSocket } from '../netlink/socket.ts';
import {
  addBpfFilter,
  addClsact,
  readFilters,
  readIngressQdisc,
  removeBpfFilter,
  removeClsact,
  type Filter,
  type Hook,
} from '../netlink/traffic-control.ts';
import { clsactRefused, ingressInPlace } from './clsact-errors.ts';
import { alone, claimRecord, deadRecords, recordsFolder, type Claim, type DeadRecord } from './records.ts';
import { hasMark, setMark, takeMark } from './qdisc-mark.ts';

export const filterName = 'netmcp_monitor';
/** Before everybody else's, since a filter that decides over a packet hides it from those behind. */
export const filterPriority = 1;
/** With the record's slot: `nm` and its number. No other program is known to choose such handles; the kernel counts from 1. */
const handleOf = (slot: number): number => 0x6e6d0000 + slot;

const kind = 'clsact';
const EEXIST = 17;
const recordSchema = z.strictObject({
  hook: z.enum(['incoming', 'outgoing']),
  /** `attaching` until the filter is there, and again before it is removed. */
  state: z.enum(['attaching', 'attached']),
});
type ClsactRecord = z.infer<typeof recordSchema>;

interface Place extends ClsactRecord {
  ifindex: number;
}

const isOurs = ({ handle, priority, name, kind: filterKind }: Filter): boolean =>
  filterKind === 'bpf' && name === filterName && priority === filterPriority && handle >> 16 === handleOf(0) >> 16;

/** Anybody else's; the entry that stands for a priority is somebody's only where none of the filters behind it is ours. */
const isForeign = (filter: Filter): boolean =>
  !isOurs(filter) && !(filter.handle === 0 && filter.priority === filterPriority && filter.kind === 'bpf');

const writeRecord = (claim: Claim, { hook, state }: ClsactRecord): void => {
  claim.write(JSON.stringify({ hook, state }));
};

/**
 * Removes our filter, and the qdisc if we made it and nothing is left on it. Called alone. True when a filter was there.
 * That our filter was there proves that the qdisc is still the one we made, so the record keeps that until the qdisc is gone too.
 */
const settle = async (
  socket: NetlinkSocket,
  folder: string,
  claim: Claim,
  place: Place,
): Promise<{ filter: boolean; qdisc: boolean }> => {
  const { ifindex, hook, state } = place;
  const handle = handleOf(claim.slot);
  const found = (await readFilters(socket, ifindex, hook)).some((filter) => isOurs(filter) && filter.handle === handle);
  if (found) {
    writeRecord(claim, { hook, state: 'attaching' });
    await removeBpfFilter(socket, { ifindex, hook, priority: filterPriority, handle });
  }
  if (!hasMark(folder, ifindex)) return { filter: found, qdisc: false };
  const [incoming, outgoing] = await Promise.all([
    readFilters(socket, ifindex, 'incoming'),
    readFilters(socket, ifindex, 'outgoing'),
  ]);
  const filters = [...incoming, ...outgoing];
  if (filters.some(isOurs)) return { filter: found, qdisc: false };
  const remove = !filters.some(isForeign) && (found || state === 'attaching');
  const there = remove && (await readIngressQdisc(socket, ifindex)) === 'clsact';
  if (there) await removeClsact(socket, ifindex);
  takeMark(folder, ifindex);
  return { filter: found, qdisc: there };
};

/** Makes clsact where there is none, and remembers that before it is there. `ingress` will do for what comes in. */
const ensureQdisc = async (
  socket: NetlinkSocket,
  folder: string,
  { iface, ifindex, hook }: ClsactRequest,
): Promise<void> => {
  if ((await readIngressQdisc(socket, ifindex)) === undefined) {
    const marked = hasMark(folder, ifindex);
    if (!marked) setMark(folder, ifindex);
    try {
      await addClsact(socket, ifindex);
      return;
    } catch (error) {
      if (!marked) takeMark(folder, ifindex);
      // Somebody else was quicker.
      if (!(error instanceof RouteError && error.errno === EEXIST)) throw error;
    }
  }
  // A filter for egress would be taken by `ingress` too, and count what comes in.
  if (hook === 'outgoing' && (await readIngressQdisc(socket, ifindex)) !== 'clsact') throw ingressInPlace(iface);
};

export interface ClsactRequest {
  iface: string;
  ifindex: number;
  hook: Hook;
  programFd: number;
}

/** Undone by `detach`; more than once does nothing. */
export interface Attached {
  /** Whether the filter is still there. */
  holds(): Promise<boolean>;
  detach(): Promise<void>;
}

const withSocket = async <Value>(use: (socket: NetlinkSocket) => Promise<Value>): Promise<Value> => {
  const socket = await openNetlink();
  try {
    return await use(socket);
  } finally {
    socket.close();
  }
};

const attach = async (socket: NetlinkSocket, folder: string, request: ClsactRequest, claim: Claim): Promise<void> => {
  const { ifindex, hook, programFd } = request;
  writeRecord(claim, { hook, state: 'attaching' });
  await ensureQdisc(socket, folder, request);
  const filter = { ifindex, hook, priority: filterPriority, handle: handleOf(claim.slot) };
  await addBpfFilter(socket, filter, programFd, filterName);
  writeRecord(claim, { hook, state: 'attached' });
};

/** Attaches a loaded tc program. Throws as `Traffic.open`. */
export const attachClsact = async (runtimeDir: string, request: ClsactRequest): Promise<Attached> => {
  const { ifindex, hook } = request;
  const folder = recordsFolder(runtimeDir);
  const undo = (claim: Claim, state: ClsactRecord['state']): Promise<void> =>
    withSocket(async (socket) => {
      await settle(socket, folder, claim, { ifindex, hook, state });
      claim.release();
    });
  const claim = await alone(runtimeDir, async () => {
    const made = await claimRecord(folder, kind, String(ifindex));
    try {
      // The place may be a dead process's, whose filter would be in our way.
      const left = leftOf(made.left);
      await withSocket(async (socket) => {
        if (left !== undefined) await settle(socket, folder, made, { ifindex, ...left });
        await attach(socket, folder, request, made);
      });
      return made;
    } catch (error) {
      await undo(made, 'attaching');
      throw await refusal(error, request);
    }
  });
  let attached = true;
  return {
    holds: () =>
      withSocket(async (socket) => {
        const filters = await readFilters(socket, ifindex, hook);
        return filters.some((filter) => isOurs(filter) && filter.handle === handleOf(claim.slot));
      }),
    async detach() {
      if (!attached) return;
      attached = false;
      await alone(runtimeDir, () => undo(claim, 'attached'));
    },
  };
};

const leftOf = (text: string): ClsactRecord | undefined => {
  if (!/^\{[^{}]*\} *$/.test(text)) return undefined;
  const parsed = recordSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
};

const refusal = async (error: unknown, { iface, ifindex, hook }: ClsactRequest): Promise<unknown> => {
  if (!(error instanceof RouteError)) return error;
  const filters = await withSocket((socket) => readFilters(socket, ifindex, hook));
  const taken = filters.some((filter) => filter.priority === filterPriority && isForeign(filter));
  return clsactRefused(error, iface, taken);
};

const removeLeft = async (folder: string, record: DeadRecord): Promise<string[]> => {
  const ifindex = Number(record.key);
  const left = leftOf(record.left);
  // A record that was cut off while it was first written: nothing was attached yet.
  if (left === undefined || !Number.isSafeInteger(ifindex)) return [];
  const { filter, qdisc } = await withSocket((socket) => settle(socket, folder, record, { ifindex, ...left }));
  const where = `that an ended netmcp left at interface ${ifindex}`;
  return [
    ...(filter ? [`removed the ${left.hook} tc filter ${filterName} ${where}`] : []),
    ...(qdisc ? [`removed the clsact qdisc ${where}`] : []),
  ];
};

/** Removes what ended processes left at this namespace's interfaces; one line for each thing removed. */
export const removeClsactLeftovers = (runtimeDir: string): Promise<string[]> =>
  alone(runtimeDir, async () => {
    const folder = recordsFolder(runtimeDir);
    const lines: string[] = [];
    const records = await deadRecords(folder, kind);
    try {
      for (const record of records) {
        lines.push(...(await removeLeft(folder, record)));
        record.release();
      }
    } finally {
      // After a failure the rest waits for the next start.
      for (const record of records) record.letGo();
    }
    return lines;
  });
