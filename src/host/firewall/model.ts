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
  /** Without any match: it takes every packet that reaches it. */
  unconditional: boolean;
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
  /** Of the policy, where it is counted (legacy tables). */
  counter: Counted | null;
}

export interface FirewallSet {
  name: string;
  kind: 'set' | 'map';
  type: string;
  /** Null: not counted, since listing them all takes too long. */
  elements: number | null;
  comment: string | null;
}

export interface Table {
  backend: 'nft' | 'legacy';
  family: string;
  name: string;
  chains: Chain[];
  rules: Rule[];
  sets: FirewallSet[];
}
