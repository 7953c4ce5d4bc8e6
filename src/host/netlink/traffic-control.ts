// clsact and its BPF filters by rtnetlink (tc-bpf(8), include/uapi/linux/pkt_cls.h): made, listed and removed one by one.
import { attributesByType, nestedAttribute, textAttribute, textOf, u32Attribute } from './attributes.ts';
import { NLM_F_CREATE, NLM_F_EXCL, type NetlinkMessage, type Request } from './messages.ts';
import { RouteError, type NetlinkSocket } from './socket.ts';

const RTM_NEWQDISC = 36;
const RTM_DELQDISC = 37;
const RTM_GETQDISC = 38;
const RTM_NEWTFILTER = 44;
const RTM_DELTFILTER = 45;
const RTM_GETTFILTER = 46;
const TCA_KIND = 1;
const TCA_OPTIONS = 2;
const TCA_BPF_FD = 6;
const TCA_BPF_NAME = 7;
const TCA_BPF_FLAGS = 8;
const TCA_BPF_FLAGS_GEN = 9;
const TCA_BPF_FLAG_ACT_DIRECT = 1;
const TCA_CLS_FLAGS_SKIP_HW = 1;
/** Parent and handle of clsact, which stands where `ingress` would. */
const TC_H_CLSACT = 0xfffffff1;
const clsactHandle = 0xffff0000;
/** ETH_P_ALL in network byte order. */
const allProtocols = 0x0300;
const ENOENT = 2;
const EINVAL = 22;
const ENODEV = 19;
/** struct tcmsg */
const headerBytes = 20;

export const hooks = { incoming: 0xfffffff2, outgoing: 0xfffffff3 } as const;
export type Hook = keyof typeof hooks;

interface Place {
  ifindex: number;
  handle?: number;
  parent: number;
  /** Priority in the upper half, protocol in the lower one. */
  info?: number;
}

const header = ({ ifindex, handle = 0, parent, info = 0 }: Place): Buffer => {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeInt32LE(ifindex, 4);
  bytes.writeUInt32LE(handle, 8);
  bytes.writeUInt32LE(parent, 12);
  bytes.writeUInt32LE(info, 16);
  return bytes;
};

const infoOf = (priority: number): number => ((priority << 16) | allProtocols) >>> 0;

/** Kind of the qdisc where clsact stands (`clsact`, `ingress`); undefined when there is none, or no such interface. */
export const readIngressQdisc = async (socket: NetlinkSocket, ifindex: number): Promise<string | undefined> => {
  // The kernel answers a question for a single qdisc to its listeners only.
  const { messages } = await socket.dump(RTM_GETQDISC, [header({ ifindex, parent: 0 })]);
  const found = messages.find(
    ({ body }) =>
      body.length >= headerBytes && body.readInt32LE(4) === ifindex && body.readUInt32LE(12) === TC_H_CLSACT,
  );
  return found === undefined ? undefined : textOf(attributesByType(found.body.subarray(headerBytes)).get(TCA_KIND));
};

const clsactRequest = (type: number, flags: number, ifindex: number): Request => ({
  type,
  flags,
  body: [header({ ifindex, handle: clsactHandle, parent: TC_H_CLSACT }), textAttribute(TCA_KIND, 'clsact')],
});

/** With everything on it. Throws RouteError. */
export const removeClsact = async (socket: NetlinkSocket, ifindex: number): Promise<void> => {
  await socket.request(clsactRequest(RTM_DELQDISC, 0, ifindex));
};

export interface Filter {
  /** 0 for the entry that stands for all filters of a priority. */
  handle: number;
  priority: number;
  kind: string;
  allProtocols: boolean;
  /** Of a BPF filter. */
  name: string | undefined;
}

/** Undefined for a message that is no whole RTM_NEWTFILTER. */
export const readFilter = ({ type, body }: NetlinkMessage): Filter | undefined => {
  if (type !== RTM_NEWTFILTER || body.length < headerBytes) return undefined;
  const attributes = attributesByType(body.subarray(headerBytes));
  const options = attributes.get(TCA_OPTIONS);
  return {
    handle: body.readUInt32LE(8),
    priority: body.readUInt16LE(18),
    kind: textOf(attributes.get(TCA_KIND)) ?? '',
    allProtocols: body.readUInt16LE(16) === allProtocols,
    name: options === undefined ? undefined : textOf(attributesByType(options).get(TCA_BPF_NAME)),
  };
};

/** Empty where there is no such interface or qdisc. */
export const readFilters = async (socket: NetlinkSocket, ifindex: number, hook: Hook): Promise<Filter[]> => {
  try {
    const { messages } = await socket.dump(RTM_GETTFILTER, [header({ ifindex, parent: hooks[hook] })]);
    return messages.map(readFilter).filter((filter) => filter !== undefined);
  } catch (error) {
    if (error instanceof RouteError && [ENOENT, EINVAL, ENODEV].includes(error.errno)) return [];
    throw error;
  }
};

export interface BpfFilter {
  ifindex: number;
  hook: Hook;
  priority: number;
  handle: number;
}

/** What the filter runs, and what it is called. */
export interface FilterProgram {
  fd: number;
  name: string;
}

/** For every protocol, with the program's result as the verdict, never offloaded to hardware. */
const filterRequest = ({ ifindex, hook, priority, handle }: BpfFilter, { fd, name }: FilterProgram): Request => ({
  type: RTM_NEWTFILTER,
  flags: NLM_F_CREATE | NLM_F_EXCL,
  body: [
    header({ ifindex, handle, parent: hooks[hook], info: infoOf(priority) }),
    textAttribute(TCA_KIND, 'bpf'),
    nestedAttribute(TCA_OPTIONS, [
      u32Attribute(TCA_BPF_FD, fd),
      textAttribute(TCA_BPF_NAME, name),
      u32Attribute(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT),
      u32Attribute(TCA_BPF_FLAGS_GEN, TCA_CLS_FLAGS_SKIP_HW),
    ]),
  ],
});

/** Throws RouteError; EEXIST when it is there. */
export const addBpfFilter = async (socket: NetlinkSocket, filter: BpfFilter, program: FilterProgram): Promise<void> => {
  await socket.request(filterRequest(filter, program));
};

/**
 * Makes clsact and the filter on it by one call of the kernel, so that a kill leaves both or none. What was refused, each by itself: a qdisc that is
 * there already (EEXIST; `ingress` too) does not keep the filter from being made on it.
 */
export const addClsactAndFilter = async (
  socket: NetlinkSocket,
  filter: BpfFilter,
  program: FilterProgram,
): Promise<{ qdisc: RouteError | undefined; filter: RouteError | undefined }> => {
  const [qdisc, made] = await socket.requestAll([
    clsactRequest(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, filter.ifindex),
    filterRequest(filter, program),
  ]);
  return { qdisc, filter: made };
};

/** Throws RouteError; ENOENT when it is not there. */
export const removeBpfFilter = async (
  socket: NetlinkSocket,
  { ifindex, hook, priority, handle }: BpfFilter,
): Promise<void> => {
  const body = [
    header({ ifindex, handle, parent: hooks[hook], info: infoOf(priority) }),
    textAttribute(TCA_KIND, 'bpf'),
  ];
  await socket.request({ type: RTM_DELTFILTER, flags: 0, body });
};
