// What a node of the engine's protocol tree says of its packets: which protocols they have. Looked up once a node, so that most packets
// are decided without being decoded.
import type { EngineExports } from '../engine/engine.ts';
import {
  ARP,
  DNS,
  ESP,
  ETHERNET,
  FRAME,
  GENEVE,
  GRE,
  ICMP,
  ICMPV6,
  IPV4,
  IPV6,
  LLMNR,
  MDNS,
  MPLS,
  PROTOCOL_LIMIT,
  RADIOTAP,
  SCTP,
  TCP,
  UDP,
  VXLAN,
  WLAN,
} from '../engine/protocols.ts';

/** Layers that the engine and the decoder see alike; of others the decoder is asked. */
const sharedLayers: ReadonlyMap<string, number> = new Map([
  ['eth', ETHERNET],
  ['arp', ARP],
  ['ip', IPV4],
  ['ipv6', IPV6],
  ['icmp', ICMP],
  ['icmpv6', ICMPV6],
  ['tcp', TCP],
  ['udp', UDP],
  ['sctp', SCTP],
  ['mpls', MPLS],
  ['gre', GRE],
  ['vxlan', VXLAN],
  ['geneve', GENEVE],
  ['esp', ESP],
  ['dns', DNS],
  ['mdns', MDNS],
  ['llmnr', LLMNR],
]);

/** The engine's number of a layer that both see alike. */
export const sharedProtocol = (layer: string): number | undefined => sharedLayers.get(layer);

export interface NodeFacts {
  /** How often the protocol with this number is among the packet's layers. */
  counts: Uint8Array;
  /** TCP, UDP or SCTP: the innermost one; 0 without. */
  transport: number;
  /** TCP, UDP or SCTP when it carries no IP in turn: the packet's flow is of it. */
  flow: number;
  /** The counts hold for the decoder too. Packets quoted in ICMP errors are the decoder's. */
  exact: boolean;
}

/** Nodes that the tree can have: when it is full, deeper ones are missing. */
const nodeLimit = 1024;

const readFacts = (exports: EngineExports, node: number): NodeFacts => {
  const counts = new Uint8Array(PROTOCOL_LIMIT);
  let transport = 0;
  let flow = 0;
  for (let at = node, steps = 0; at !== 0 && steps < nodeLimit; at = exports.nodeParent(at), steps += 1) {
    const protocol = exports.nodeProtocol(at);
    counts[protocol] = (counts[protocol] ?? 0) + 1;
    if (transport !== 0 || (protocol !== TCP && protocol !== UDP && protocol !== SCTP)) continue;
    transport = protocol;
    if (counts[IPV4] === 0 && counts[IPV6] === 0) flow = protocol;
  }
  const [icmp, icmpv6, wlan, radiotap] = [ICMP, ICMPV6, WLAN, RADIOTAP].map((protocol) => counts[protocol]);
  const exact = node !== FRAME && icmp === 0 && icmpv6 === 0 && wlan === 0 && radiotap === 0;
  return { counts, transport, flow, exact };
};

/** Facts by node; nodes keep their numbers while a file is read. */
export const nodeReader = (exports: EngineExports): ((node: number) => NodeFacts) => {
  const known: NodeFacts[] = [];
  return (node) => {
    const before = known[node];
    if (before !== undefined) return before;
    const facts = readFacts(exports, node);
    const full = exports.nodeCount() >= nodeLimit;
    const made = full ? { ...facts, exact: false } : facts;
    known[node] = made;
    return made;
  };
};
