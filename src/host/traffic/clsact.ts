// The clsact rung: a BPF filter at a place of our own among an interface's tc filters. Filters and a clsact of somebody else stay as they are.
// Unlike a link, a filter outlives its process, so a locked record (records.ts) says whose it is.
import { openNetlink, RouteError, type NetlinkSocket } from '../netlink/socket.ts';
import {
  addBpfFilter,
  addClsactAndFilter,
  readFilters,
  readIngressQdisc,
  removeClsact,
  type Hook,
} from '../netlink/traffic-control.ts';
import { clsactRefused, ingressInPlace } from './clsact-errors.ts';
import {
  type ClsactRecord,
  filterName,
  filterPriority,
  handleOf,
  isForeign,
  isOurs,
  readAllFilters,
  readState,
  settle,
  writeRecord,
} from './clsact-filters.ts';
import { alone, claimRecord, deadRecords, recordsFolder, type Claim, type DeadRecord } from './records.ts';
import { setMark, takeMark } from './qdisc-mark.ts';

const kind = 'clsact';
const EEXIST = 17;

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

/** `record` always says how far it has come, in memory as on disk. */
const attach = async (
  socket: NetlinkSocket,
  folder: string,
  { request, claim, record }: { request: ClsactRequest; claim: Claim; record: ClsactRecord },
): Promise<void> => {
  const { iface, ifindex, hook, programFd } = request;
  const filter = { ifindex, hook, priority: filterPriority, handle: handleOf(claim.slot) };
  const program = { fd: programFd, name: filterName };
  const write = (state: ClsactRecord['state']): void => {
    record.state = state;
    writeRecord(claim, record);
  };
  // A filter for egress would be taken by `ingress` too, and count what comes in.
  const checkKind = (qdisc: string | undefined): void => {
    if (hook === 'outgoing' && qdisc !== undefined && qdisc !== 'clsact') throw ingressInPlace(iface);
  };
  const there = await readIngressQdisc(socket, ifindex);
  checkKind(there);
  if (there === undefined) {
    write('making');
    const refused = await addClsactAndFilter(socket, filter, program);
    // Somebody else was quicker: the filter is on theirs.
    if (refused.qdisc?.errno === EEXIST) record.state = 'attaching';
    else if (refused.qdisc !== undefined) throw refused.qdisc;
    else if (refused.filter === undefined) setMark(folder, ifindex);
    else await removeClsact(socket, ifindex);
    if (refused.filter !== undefined) throw refused.filter;
    if (record.state === 'attaching') checkKind(await readIngressQdisc(socket, ifindex));
  } else {
    // A mark without a filter of ours is of a qdisc that is gone.
    const { incoming, outgoing } = await readAllFilters(socket, ifindex);
    if (![...incoming, ...outgoing].some(isOurs)) takeMark(folder, ifindex);
    write('attaching');
    await addBpfFilter(socket, filter, program);
  }
  write('attached');
};

/** Attaches a loaded tc program. Throws as `Traffic.open`. */
export const attachClsact = async (runtimeDir: string, request: ClsactRequest): Promise<Attached> => {
  const { ifindex, hook } = request;
  const folder = recordsFolder(runtimeDir);
  const undo = (claim: Claim, state: ClsactRecord['state']): Promise<void> =>
    withSocket(async (socket) => {
      await settle(socket, folder, claim, { ifindex, state });
      claim.release();
    });
  const claim = await alone(runtimeDir, async () => {
    const made = await claimRecord(folder, kind, String(ifindex));
    const record: ClsactRecord = { hook, state: 'attaching' };
    try {
      // The place may be a dead process's, whose filter would be in our way.
      await withSocket(async (socket) => {
        if (made.left !== '') await settle(socket, folder, made, { ifindex, state: readState(made.left) });
        await attach(socket, folder, { request, claim: made, record });
      });
      return made;
    } catch (error) {
      await undo(made, record.state);
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

const refusal = async (error: unknown, { iface, ifindex, hook }: ClsactRequest): Promise<unknown> => {
  if (!(error instanceof RouteError)) return error;
  const filters = await withSocket((socket) => readFilters(socket, ifindex, hook));
  const taken = filters.some((filter) => filter.priority === filterPriority && isForeign(filter));
  return clsactRefused(error, iface, taken);
};

const removeLeft = async (folder: string, record: DeadRecord): Promise<string[]> => {
  const ifindex = Number(record.key);
  if (!Number.isSafeInteger(ifindex)) return [];
  const state = readState(record.left);
  const { filter, qdisc } = await withSocket((socket) => settle(socket, folder, record, { ifindex, state }));
  const where = `that an ended netmcp left at interface ${ifindex}`;
  return [
    ...(filter === undefined ? [] : [`removed the ${filter} tc filter ${filterName} ${where}`]),
    ...(qdisc ? [`removed the clsact qdisc ${where}`] : []),
  ];
};

/** Removes what ended processes left at this namespace's interfaces; one line for each thing removed. */
export const removeClsactLeftovers = (runtimeDir: string): Promise<string[]> =>
  alone(runtimeDir, async () => {
    const folder = recordsFolder(runtimeDir);
    const lines: string[] = [];
    const { records, refused } = await deadRecords(folder, kind);
    try {
      for (const record of records) {
        lines.push(...(await removeLeft(folder, record)));
        record.release();
      }
    } finally {
      // After a failure the rest waits for the next start.
      for (const record of records) record.letGo();
    }
    if (refused !== undefined) throw refused;
    return lines;
  });
