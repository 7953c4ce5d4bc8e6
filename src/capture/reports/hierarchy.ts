// The protocol hierarchy: what was in what, in packets and in bytes on the wire, as Wireshark's statistic of that name counts it.
import type { EngineExports } from '../engine/engine.ts';
import { protocolName } from '../protocol-names.ts';

export interface HierarchyNode {
  /** Wireshark's name. */
  protocol: string;
  /** Packets with this layer at this place, whatever is inside; bytes are of the whole packets. */
  packets: number;
  bytes: number;
  /** Of all packets and bytes of the file. */
  percent_packets: number;
  percent_bytes: number;
  children: HierarchyNode[];
}

export interface Amount {
  packets: number;
  bytes: number;
}

export interface Hierarchy extends Amount {
  children: HierarchyNode[];
  /** Packets that have the protocol anywhere, most packets first. */
  protocols: Map<string, Amount>;
}

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 100);

interface Counted {
  protocol: string;
  packets: number;
  bytes: number;
  children: Counted[];
}

/** A parent's number is below its children's, so that one pass backwards adds everything up. */
const countNodes = (exports: EngineExports): Counted => {
  const nodes = Array.from({ length: exports.nodeCount() }, (_, node): Counted => ({
    protocol: protocolName(exports.nodeProtocol(node)),
    packets: exports.nodePackets(node) >>> 0,
    bytes: exports.nodeBytes(node),
    children: [],
  }));
  for (let node = nodes.length - 1; node > 0; node--) {
    const counted = nodes[node];
    const parent = nodes[exports.nodeParent(node)];
    if (counted === undefined || parent === undefined || counted.packets === 0) continue;
    parent.packets += counted.packets;
    parent.bytes += counted.bytes;
    const same = parent.children.find(({ protocol }) => protocol === counted.protocol);
    if (same === undefined) parent.children.push(counted);
    else {
      same.packets += counted.packets;
      same.bytes += counted.bytes;
      same.children.push(...counted.children);
    }
  }
  return nodes[0] ?? { protocol: 'frame', packets: 0, bytes: 0, children: [] };
};

/** Adds packets once to each protocol on their way down, however often it stands there. */
const addTotals = (node: Counted, above: ReadonlySet<string>, totals: Map<string, Amount>): void => {
  const isNew = !above.has(node.protocol);
  if (isNew) {
    const total = totals.get(node.protocol) ?? { packets: 0, bytes: 0 };
    totals.set(node.protocol, { packets: total.packets + node.packets, bytes: total.bytes + node.bytes });
  }
  const names = isNew ? new Set([...above, node.protocol]) : above;
  for (const child of node.children) addTotals(child, names, totals);
};

/** The tables of an engine that has read a capture, as a tree; the most frequent first. */
export const hierarchyOf = (exports: EngineExports): Hierarchy => {
  const root = countNodes(exports);
  const show = ({ protocol, packets, bytes, children }: Counted): HierarchyNode => ({
    protocol,
    packets,
    bytes,
    percent_packets: percent(packets, root.packets),
    percent_bytes: percent(bytes, root.bytes),
    children: children.map(show).sort((one, other) => other.packets - one.packets || other.bytes - one.bytes),
  });
  const totals = new Map<string, Amount>();
  for (const child of root.children) addTotals(child, new Set(), totals);
  return {
    packets: root.packets,
    bytes: root.bytes,
    children: show(root).children,
    protocols: new Map([...totals].sort(([, one], [, other]) => other.packets - one.packets)),
  };
};
