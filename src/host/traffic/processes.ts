// Counts by socket at the root of the cgroups (version 2), for packets of one interface. The links end with this process.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fromUnknown, NetError } from '../../model/errors.ts';
import type { HostPorts } from '../../model/ports.ts';
import type { ProcessTraffic, ProcessTrafficCount } from '../../model/traffic.ts';
import { type BpfCalls, bpfCalls } from '../bpf/calls.ts';
import { lookUpBatch, makeBatch, update } from '../bpf/maps.ts';
import { loadProgram, type LoadedProgram } from '../bpf/programs.ts';
import { native } from '../native.ts';
import { attachByLink } from './bpf-link.ts';
import { openCgroupRoot } from './cgroup-root.ts';

/** enum bpf_attach_type. */
const attachTypes = { socket_incoming: 0, socket_outgoing: 1 } as const;
const batchSize = 1024;
/** `struct socket`: u64 cookie, u64 outgoing; its value `struct amount`: u64 packets, bytes. */
const keyBytes = 16;
const valueBytes = 16;

const everyNamespace =
  'Before Linux 6.15 sockets of other network namespaces are counted too where an interface there has the same index.';

/** Packets of a socket for which there is no place are counted at cookie 0, so these entries must be there. */
const prepare = (calls: BpfCalls, fd: number): void => {
  for (const outgoing of [0n, 1n]) {
    const key = Buffer.alloc(keyBytes);
    key.writeBigUInt64LE(outgoing, 8);
    update(calls, fd, key, Buffer.alloc(valueBytes));
  }
};

const readCounts = async (calls: BpfCalls, sockets: Sockets, isOpen: () => boolean): Promise<ProcessTrafficCount[]> => {
  const counts: ProcessTrafficCount[] = [];
  const batch = makeBatch(sockets.definition, batchSize);
  let from: Buffer | undefined;
  do {
    if (!isOpen())
      throw new NetError('cancelled', 'The counter was closed.', 'Call again if the answer is still wanted.');
    const { count, next } = lookUpBatch(calls, sockets.fd, batch, from);
    for (let at = 0; at < count; at += 1) {
      const packets = batch.values.readBigUInt64LE(at * valueBytes);
      if (packets === 0n) continue;
      counts.push({
        direction: batch.keys.readBigUInt64LE(at * keyBytes + 8) === 1n ? 'outgoing' : 'incoming',
        socketCookie: batch.keys.readBigUInt64LE(at * keyBytes),
        packets,
        bytes: batch.values.readBigUInt64LE(at * valueBytes + 8),
      });
    }
    from = next;
    await nextTurn();
  } while (from !== undefined);
  return counts;
};

type Sockets = NonNullable<ReturnType<LoadedProgram['maps']['get']>>;

export const openProcesses = async (
  ifindex: number,
  { kernel }: HostPorts,
  signal: AbortSignal,
): Promise<ProcessTraffic> => {
  const folder = await openCgroupRoot(kernel);
  /** Undone in reverse. */
  const undo: (() => void | Promise<void>)[] = [() => folder.close()];
  const close = async (): Promise<void> => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
  };
  let isOpen = true;
  try {
    const calls = await bpfCalls();
    let shared: LoadedProgram['maps'] = new Map();
    let netns = Number((await native()).netnsCookie());
    for (const kind of ['socket_incoming', 'socket_outgoing'] as const) {
      signal.throwIfAborted();
      const section = kind.replace('_', '/');
      const load = (cookie: number) =>
        loadProgram({ section, kind, constants: { device: ifindex, netns: cookie }, shared });
      const program = await load(netns).catch((error: unknown) => {
        if (netns === 0 || fromUnknown(error).code !== 'missing_kernel_feature') throw error;
        netns = 0;
        return load(0);
      });
      undo.push(() => {
        program.close();
      });
      const fresh = shared.size === 0;
      shared = program.maps;
      const sockets = shared.get('sockets');
      if (fresh && sockets !== undefined) prepare(calls, sockets.fd);
      const what = 'Attaching a counting program to the root cgroup';
      const place = { what, target: folder.fd, attachType: attachTypes[kind], flags: 0 };
      const attachment = await attachByLink(program.programFd, place);
      undo.push(() => attachment.detach());
    }
    const sockets = shared.get('sockets');
    if (sockets === undefined) throw new Error('the programs have no table of sockets');
    signal.throwIfAborted();
    return {
      ...(netns === 0 ? { note: everyNamespace } : {}),
      read: () => readCounts(calls, sockets, () => isOpen),
      async close() {
        isOpen = false;
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};
