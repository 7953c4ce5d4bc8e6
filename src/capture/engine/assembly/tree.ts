// The protocol tree: what was in what. A packet is counted at the node of its innermost layer only; readers add up.
import { FRAME, PROTOCOL_LIMIT } from '../protocols.ts';
import { take } from './memory.ts';

/** Nodes: hostile nesting beyond this stays with the parent. */
const LIMIT: u32 = 1024;

@unmanaged
class Node {
  bytes: u64;
  packets: u32;
  parent: u16;
  protocol: u16;
}

const nodes: usize = take(LIMIT * offsetof<Node>());
/** Child by parent and protocol; 0: none yet. */
const children: usize = take(LIMIT * PROTOCOL_LIMIT * 2);
let count: u32 = 1;
let refused: u32 = 0;

/** The node of a protocol inside another node, made when needed. */
export function child(parent: u32, protocol: u32): u32 {
  const slot = children + <usize>((parent * PROTOCOL_LIMIT + protocol) << 1);
  const known = load<u16>(slot);
  if (known !== 0) return known;
  if (count >= LIMIT) {
    refused += 1;
    return parent;
  }
  const made = count++;
  const node = changetype<Node>(nodes + made * offsetof<Node>());
  node.parent = <u16>parent;
  node.protocol = <u16>protocol;
  store<u16>(slot, <u16>made);
  return made;
}

export function countAt(node: u32, bytes: u32): void {
  const record = changetype<Node>(nodes + node * offsetof<Node>());
  record.packets += 1;
  record.bytes += bytes;
}

// For readers.
/** Layers that stayed with the one above because the tree was full. */
export function nodesRefused(): u32 {
  return refused;
}
export function nodeCount(): u32 {
  return count;
}
export function nodeParent(node: u32): u32 {
  return changetype<Node>(nodes + node * offsetof<Node>()).parent;
}
export function nodeProtocol(node: u32): u32 {
  return node === 0 ? FRAME : changetype<Node>(nodes + node * offsetof<Node>()).protocol;
}
export function nodePackets(node: u32): u32 {
  return changetype<Node>(nodes + node * offsetof<Node>()).packets;
}
export function nodeBytes(node: u32): f64 {
  return <f64>changetype<Node>(nodes + node * offsetof<Node>()).bytes;
}
