// Counting an interface's packets for a while: the rungs it can be done by, and what each direction's counter tells.

/**
 * Ways to count, best first. `xdp`: generic XDP; `xdp_native`: in the driver, only when asked for; `tcx`: BPF link at the tc hook (Linux 6.6);
 * `clsact`: BPF filter of a clsact qdisc; `nft`: counters in a netdev table; `proc`: the interface's own statistics.
 */
export const rungs = ['xdp', 'xdp_native', 'tcx', 'clsact', 'nft', 'proc'] as const;
export type Rung = (typeof rungs)[number];

export const trafficDirections = ['incoming', 'outgoing'] as const;
export type TrafficDirection = (typeof trafficDirections)[number];

/** What talkers are told apart by; `process` is counted at the root cgroup (ProcessTraffic), not by a rung. */
export type TalkersBy = 'none' | 'address' | 'port';

/** Lower ends of the size histogram's classes, in bytes of the frame without FCS; a packet is in the last one it reaches. */
export const sizeClasses = [0, 65, 128, 256, 512, 1024, 1519] as const;

export const trafficFamilies = ['ipv4', 'ipv6', 'arp', 'other'] as const;
export type TrafficFamily = (typeof trafficFamilies)[number];

export interface ProtocolCount {
  family: TrafficFamily;
  /** Number of the IP protocol (IANA), behind IPv6's extension headers; undefined where the family has none or it is not to be seen. */
  protocol: number | undefined;
  packets: bigint;
  bytes: bigint;
}

/** Since the counter was opened. `undefined` is for what the rung cannot count, never 0. */
export interface DirectionCounts {
  /** As the kernel passes them on: a GSO or GRO packet is one. */
  packets: bigint;
  /** Of the frames with their link-layer header, without FCS. */
  bytes: bigint;
  /** As on the wire: each segment of a GSO packet counts, with its own headers. */
  wirePackets: bigint | undefined;
  wireBytes: bigint | undefined;
  protocols: readonly ProtocolCount[] | undefined;
  multicast: bigint | undefined;
  broadcast: bigint | undefined;
  /** Packets by `sizeClasses`. */
  sizes: readonly bigint[] | undefined;
}

export interface TalkerCount {
  family: 'ipv4' | 'ipv6';
  /** The other side's: the source of incoming packets, the destination of outgoing ones. Text of the address (RFC 5952). */
  address: string | undefined;
  /** For `port`: the IP protocol and the lower of both ports, which is the service's in most traffic. */
  protocol: number | undefined;
  port: number | undefined;
  packets: bigint;
  bytes: bigint;
}

export interface TalkerCounts {
  /** Largest first by bytes, at most what was asked for. */
  talkers: readonly TalkerCount[];
  /** How many there are in the table. */
  total: number;
  /** Packets and bytes that no entry holds: the table was full, or the packet has no address. */
  otherPackets: bigint;
  otherBytes: bigint;
  /** How many the table holds, where more came: one of those left out may be larger than one that is shown. Undefined: none was left out. */
  exceeded: number | undefined;
}

export interface TrafficRequest {
  rung: Rung;
  direction: TrafficDirection;
  iface: string;
  ifindex: number;
  talkers: TalkersBy;
}

/** One direction under count. It counts in the kernel until it is closed, or until this process ends however it ends. */
export interface DirectionCounter {
  rung: Rung;
  /** What this rung cannot see or counts otherwise, in one or two sentences. */
  note: string;
  read(): Promise<DirectionCounts>;
  /** Undefined: the rung knows none. */
  talkers(limit: number): Promise<TalkerCounts | undefined>;
  /** Detaches at once. Once is enough; more does nothing. */
  close(): Promise<void>;
}

/** An interface's own counters, RTM_GETLINK's IFLA_STATS64. */
export interface LinkStatistics {
  iface: string;
  ifindex: number;
  /** Set up by an administrator (IFF_UP). */
  up: boolean;
  loopback: boolean;
  /** Whether there is a link partner (IFLA_CARRIER); undefined where the interface is down or nothing tells it. */
  carrier: boolean | undefined;
  /** RFC 2863, in the kernel's words: unknown, notpresent, down, lowerlayerdown, testing, dormant, up. */
  operstate: string;
  /** Bytes. */
  mtu: number;
  rxPackets: bigint;
  txPackets: bigint;
  rxBytes: bigint;
  txBytes: bigint;
  rxErrors: bigint;
  txErrors: bigint;
  rxDropped: bigint;
  txDropped: bigint;
  multicast: bigint;
  /** Further fields of rtnl_link_stats64 by the kernel's names (collisions, rx_crc_errors, ...). */
  others: Readonly<Record<string, bigint>>;
}

export interface ProcessTrafficCount {
  direction: TrafficDirection;
  /** Of the socket (SO_COOKIE); 0 for packets without one. */
  socketCookie: bigint;
  /** Of the IP packets, without link-layer headers; `bytes` of GSO packets is counted once. */
  packets: bigint;
  bytes: bigint;
}

export interface ProcessTraffic {
  /** What this kernel cannot tell apart, in a sentence; undefined where there is nothing to say. */
  note?: string;
  read(): Promise<readonly ProcessTrafficCount[]>;
  close(): Promise<void>;
}

export interface Traffic {
  /**
   * Throws NetError: `rung_taken` (another program holds the place), `missing_kernel_feature` (this kernel, driver or interface lacks it),
   * `not_permitted` (the hint names the capabilities), `missing_binary`, `not_found` (the interface is gone), `invalid_argument`.
   */
  open(request: TrafficRequest, signal: AbortSignal): Promise<DirectionCounter>;
  /** Counts by socket at the root cgroup, for packets of that interface. Throws as `open`. */
  openProcesses(ifindex: number, signal: AbortSignal): Promise<ProcessTraffic>;
  /** Every interface of this network namespace, by one dump. */
  statistics(): Promise<LinkStatistics[]>;
  /** Removes what earlier processes of ours left at qdiscs and in nft; one line for each thing removed. */
  removeLeftovers(): Promise<string[]>;
}
