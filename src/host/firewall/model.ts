// What is known of a firewall, whether nftables or the legacy tables hold it: tables, chains, rules, sets.

export interface Counted {
  packets: number;
  bytes: number;
}

export interface Nat {
  kind: 'masquerade' | 'snat' | 'dnat' | 'redirect';
  /** As the rule has it: `10.0.0.1:8080`; null where there is none, or it is computed. */
  to: string | null;
}

/** What a rule asks of the packets it takes; null where it asks nothing, or nothing as simple. */
export interface Matched {
  /** `tcp`, or several: `tcp, udp`. */
  protocol: string | null;
  /** Destination port: `80`, `8000-8010`, `80, 443`, `@name`, `not 80`. */
  port: string | null;
}

export type PacketFamily = 'ipv4' | 'ipv6';

export interface AcceptedPorts {
  protocol: 'tcp' | 'udp';
  /** `22` or `8000-8010`. */
  ports: string[];
}

export interface Rule {
  chain: string;
  /** Null in legacy tables, which have none. */
  handle: number | null;
  /** From 1, within the chain. */
  position: number;
  comment: string | null;
  counter: Counted | null;
  /** What ends the rule; null when it only counts, logs, marks or translates. */
  verdict: 'accept' | 'drop' | 'reject' | 'queue' | 'return' | 'jump' | 'goto' | null;
  /** Chains it may go to, also through a verdict map. */
  targets: string[];
  /** Without any match but for the family in `only`: it takes every packet that reaches it. */
  unconditional: boolean;
  /** Drops or rejects some packets: by its verdict, a verdict map, or a nested chain. */
  refuses: boolean;
  /** May do so, and nobody can tell from here: a program decides, or the elements of a map are not listed. */
  unsure: boolean;
  /** Decides for all that no rule takes in a way that is not followed: the `*` of a verdict map, a nested chain, a queue. */
  catchAll: boolean;
  /** The packets it is about; null: any. `other` is neither, such as ARP. */
  only: PacketFamily | 'other' | null;
  matched: Matched;
  nat: Nat | null;
  /** Only for a plain `tcp dport PORT accept`, which may count, log, or ask for a new connection beside it. */
  accepts: AcceptedPorts | null;
  text: string;
}

export interface Chain {
  name: string;
  /** Null: a chain that others jump to. */
  hook: string | null;
  type: string | null;
  priority: number | null;
  policy: string | null;
  /** Of an ingress or egress chain; empty where they are not known, or do not matter. */
  devices: string[];
  /** Of the policy, where it is counted (legacy tables). */
  counter: Counted | null;
}

export interface FirewallSet {
  name: string;
  kind: 'set' | 'map';
  /** `ipv4_addr . inet_service`, of a map `inet_service : verdict`. */
  type: string;
  flags: string[];
  /** Null: not counted, since listing them all takes too long. */
  elements: number | null;
  /** The first of them, as nft writes them. */
  first: string[];
  comment: string | null;
}

export interface Table {
  backend: 'nft' | 'legacy';
  family: string;
  name: string;
  /** Switched off: none of its chains sees a packet. */
  dormant: boolean;
  chains: Chain[];
  rules: Rule[];
  sets: FirewallSet[];
}
