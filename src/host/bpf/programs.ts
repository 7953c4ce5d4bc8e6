// BPF programs by bpf(2): loaded with their maps, attached by links, and run on a packet for tests.
import { constants } from 'node:os';
import { completeProgram, readProgram, type MapDefinition } from '../../monitor/program.ts';
import { bpfCalls, type BpfCalls } from './calls.ts';
import { createMap } from './maps.ts';
import { monitorObject } from './object.ts';
import { missingCapabilities, refused } from './refusals.ts';

const BPF_PROG_LOAD = 5;
const BPF_PROG_TEST_RUN = 10;
const BPF_OBJ_GET_INFO_BY_FD = 15;
const BPF_LINK_CREATE = 28;
const attributeBytes = 80;
const { EACCES, EINVAL, EPERM } = constants.errno;

/** enum bpf_prog_type, and enum bpf_attach_type where the kernel wants to know it at load time. */
const kinds = {
  xdp: { type: 6, attach: 37 },
  tc: { type: 3, attach: 0 },
  socket_incoming: { type: 8, attach: 0 },
  socket_outgoing: { type: 8, attach: 1 },
} as const;
export type ProgramKind = keyof typeof kinds;

const verifierLogBytes = 256 * 1024;

let lastCheck: Promise<unknown> = Promise.resolve();

/** One after the other: the first program is attached, which is waiting, while the verifier works at the second. */
const inTurn = (check: () => Promise<number>): Promise<number> => {
  const done = lastCheck.then(check);
  lastCheck = done.catch(() => undefined);
  return done;
};

/** Aside, since the verifier takes milliseconds; after a failure again with the verifier's log, for the cause. */
const loadInstructions = async (
  calls: BpfCalls,
  kind: ProgramKind,
  instructions: Buffer,
  licence: string,
): Promise<number> => {
  const name = Buffer.from(`${licence}\0`, 'latin1');
  const attributes = Buffer.alloc(attributeBytes);
  attributes.writeUInt32LE(kinds[kind].type, 0);
  attributes.writeUInt32LE(instructions.length / 8, 4);
  attributes.writeBigUInt64LE(calls.address(instructions), 8);
  attributes.writeBigUInt64LE(calls.address(name), 16);
  attributes.write('netmcp_monitor', 48, 'latin1');
  attributes.writeUInt32LE(kinds[kind].attach, 68);
  const fd = await inTurn(() => calls.bpfAside(BPF_PROG_LOAD, attributes, instructions, name));
  if (fd >= 0) return fd;
  const log = Buffer.alloc(verifierLogBytes);
  attributes.writeUInt32LE(1, 24);
  attributes.writeUInt32LE(log.length, 28);
  attributes.writeBigUInt64LE(calls.address(log), 32);
  const again = calls.bpf(BPF_PROG_LOAD, attributes, instructions, name, log);
  if (again >= 0) return again;
  const said = log.toString('latin1', 0, log.indexOf(0)).trim().split('\n').slice(-20).join('\n');
  // The verifier says EACCES or EINVAL for a program it does not accept, also where only a capability is missing for it.
  const errno = again !== -EACCES && again !== -EINVAL ? -again : missingCapabilities().length > 0 ? EPERM : EINVAL;
  const error = refused('Loading a BPF program', errno);
  if (said !== '' && errno !== EPERM) error.cause = new Error(`the verifier: ${said}`);
  throw error;
};

export interface LoadedProgram {
  programFd: number;
  maps: ReadonlyMap<string, { fd: number; definition: MapDefinition }>;
  close(): void;
}

export interface ProgramRequest {
  /** Of the object's section. */
  section: string;
  kind: ProgramKind;
  constants: Readonly<Record<string, number>>;
  /** Fewer entries than the object says. */
  entries?: Readonly<Record<string, number>>;
  /** Maps that another program has already; they stay its to close. */
  shared?: ReadonlyMap<string, { fd: number; definition: MapDefinition }>;
}

export const loadProgram = async (request: ProgramRequest): Promise<LoadedProgram> => {
  const calls = await bpfCalls();
  const template = readProgram(monitorObject(), request.section);
  const own = new Map<string, { fd: number; definition: MapDefinition }>();
  const closeMaps = (): void => {
    for (const { fd } of own.values()) calls.close(fd);
    own.clear();
  };
  try {
    for (const [name, definition] of template.maps) {
      if (request.shared?.has(name) === true) continue;
      const fd = await createMap(name, definition, request.entries?.[name] ?? definition.maxEntries);
      own.set(name, { fd, definition });
    }
    const maps = new Map([...(request.shared ?? []), ...own]);
    const fds = new Map([...maps].map(([name, { fd }]) => [name, fd]));
    const instructions = Buffer.from(completeProgram(template, fds, request.constants).buffer);
    const programFd = await loadInstructions(calls, request.kind, instructions, template.licence);
    let open = true;
    return {
      programFd,
      maps,
      close() {
        if (!open) return;
        open = false;
        calls.close(programFd);
        closeMaps();
      },
    };
  } catch (error) {
    closeMaps();
    throw error;
  }
};

/** `attachType`: enum bpf_attach_type. `target`: an interface's index, or a cgroup's descriptor. The link ends with its descriptor. */
export const createLink = async (
  what: string,
  link: { programFd: number; target: number; attachType: number; flags: number },
  taken?: string,
): Promise<number> => {
  const attributes = Buffer.alloc(64);
  attributes.writeUInt32LE(link.programFd, 0);
  attributes.writeUInt32LE(link.target, 4);
  attributes.writeUInt32LE(link.attachType, 8);
  attributes.writeUInt32LE(link.flags, 12);
  // Aside, since the kernel waits until every CPU has seen the new list of programs: 5 to 10 ms.
  const fd = await (await bpfCalls()).bpfAside(BPF_LINK_CREATE, attributes);
  if (fd < 0) throw refused(what, -fd, taken);
  return fd;
};

/** Index of the interface that an XDP or tcx link is attached to; 0 once it is gone, or the link was detached by force. Undefined: not to be told. */
export const linkedDevice = (calls: BpfCalls, fd: number): number | undefined => {
  const info = Buffer.alloc(64);
  const attributes = Buffer.alloc(16);
  attributes.writeUInt32LE(fd, 0);
  attributes.writeUInt32LE(info.length, 4);
  attributes.writeBigUInt64LE(calls.address(info), 8);
  return calls.bpf(BPF_OBJ_GET_INFO_BY_FD, attributes, info) < 0 ? undefined : info.readUInt32LE(16);
};

/** Runs a program on a packet `repeat` times without any interface; nanoseconds a run as the kernel measured it. */
export const testRun = async (
  programFd: number,
  packet: Buffer,
  repeat = 1,
): Promise<{ answer: number; nanoseconds: number }> => {
  const calls = await bpfCalls();
  const out = Buffer.alloc(packet.length + 256);
  const attributes = Buffer.alloc(attributeBytes);
  attributes.writeUInt32LE(programFd, 0);
  attributes.writeUInt32LE(packet.length, 8);
  attributes.writeUInt32LE(out.length, 12);
  attributes.writeBigUInt64LE(calls.address(packet), 16);
  attributes.writeBigUInt64LE(calls.address(out), 24);
  attributes.writeUInt32LE(repeat, 32);
  const failed = calls.bpf(BPF_PROG_TEST_RUN, attributes, packet, out);
  if (failed < 0) throw refused('Running a BPF program', -failed);
  return { answer: attributes.readInt32LE(4), nanoseconds: attributes.readUInt32LE(36) };
};
