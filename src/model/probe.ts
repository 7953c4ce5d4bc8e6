// What probes see of the world: a guard that every target passes first, and sockets that send probes and hear what comes back.

export type IpVersion = 4 | 6;

/** A target that may be probed. Whoever connects uses `address` and never resolves the name again. */
export interface CheckedTarget {
  /** As the caller wrote it. */
  target: string;
  /** The first of `addresses`, in canonical form (RFC 5952 for IPv6; a zone as in `fe80::1%eth0` is kept). */
  address: string;
  family: IpVersion;
  /** Every address the name has in the families asked for, each checked, in the resolver's order. */
  addresses: readonly string[];
}

export interface CheckOptions {
  /** Only addresses of this family. */
  family?: IpVersion | undefined;
  signal?: AbortSignal | undefined;
}

export interface TargetGuard {
  /**
   * Resolves once and checks the name and every address it has. Throws target_refused (one address that is refused
   * refuses the name), invalid_argument (no name and no address), not_found (the name does not resolve), timeout, cancelled.
   */
  check(target: string, options?: CheckOptions): Promise<CheckedTarget>;
  /** For a nameserver or an address that came back from the network; never resolves. Throws target_refused, invalid_argument. */
  checkAddress(address: string): CheckedTarget;
  /** For a name that is only asked about (DNS, RDAP) and never connected to. Throws target_refused, invalid_argument. */
  checkName(name: string): void;
}

export interface ProbePacket {
  /** Canonical address of the socket's family. */
  address: string;
  /** 0 to 65535: the echo's sequence number, or the UDP destination port. Tells answers apart, so unique among what is outstanding. */
  token: number;
  /** TTL or hop limit, 1 to 255; the system's default unless told. */
  hopLimit?: number;
  /** Bytes after the ICMP or UDP header, 0 to 65,500; 56 unless told. */
  payloadBytes?: number;
  /** Sets DF and never fragments here, whatever the path MTU known so far. */
  dontFragment?: boolean;
}

/** `local`: this host could not send it (no route, message longer than the interface's MTU). */
export const probeAnswerKinds = ['echo_reply', 'time_exceeded', 'unreachable', 'too_big', 'local'] as const;

export interface ProbeAnswer {
  /** Of the packet it is about. An ICMP error counts only when it quotes the destination that this packet was sent to. */
  token: number;
  /** Who answered; null for `local`. */
  from: string | null;
  kind: (typeof probeAnswerKinds)[number];
  /** ICMP code of an error (for `unreachable`, 3 is a closed port in IPv4 and 4 in IPv6); errno for `local`; 0 for a reply. */
  code: number;
  /** Next hop's or interface's MTU in bytes, when `too_big` or `local` tells it. */
  mtu: number | null;
  /** TTL or hop limit with which the answer came, when it is told. */
  hopLimit: number | null;
  /** When it was received, on the clock of `send`. */
  atMs: number;
}

export interface ProbeSocket {
  readonly family: IpVersion;
  /** How it probes: echo over an unprivileged datagram socket or a raw one, or UDP. */
  readonly method: 'icmp_datagram' | 'icmp_raw' | 'udp';
  /** Sends at once and gives the time of sending in milliseconds. What the host itself refuses comes as an answer of kind `local`. */
  send(packet: ProbePacket): number;
  /** The listener for all answers from now on. */
  onAnswer(listener: (answer: ProbeAnswer) => void): void;
  close(): void;
}

export interface ProbeSockets {
  /**
   * The first method of the list that this process may use. Throws not_permitted with the fix when there is none,
   * missing_kernel_feature without the family, unsupported_platform off Linux.
   */
  open(family: IpVersion, methods: readonly ('icmp' | 'udp')[]): Promise<ProbeSocket>;
}
