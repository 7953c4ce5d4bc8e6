// One packet of a capture by its number, with what the engine said of it. Everything before it is read for that, nothing behind it.
import type { CaptureSource } from '../model/ports.ts';
import type { Coverage } from './coverage.ts';
import type { Engine } from './engine/engine.ts';
import * as layout from './engine/layout.ts';
import { readCapture, type ReadOptions } from './read.ts';
import { addressAt, transportOf } from './reports/values.ts';

export interface Conversation {
  protocol: string;
  /** Sent the conversation's first packet. */
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
  /** Whether this packet went from source to destination. */
  forward: boolean;
}

export interface OnePacket {
  number: number;
  /** Nanoseconds since 1970; the least of all numbers: its record has no time. */
  time: bigint;
  captured: number;
  original: number;
  /** LINKTYPE_ of its interface, and the interface's number in the file. */
  link: number;
  interface: number;
  /** Bits of verdicts.ts. */
  verdicts: number;
  conversation: Conversation | undefined;
  bytes: Uint8Array;
}

interface FoundPacket {
  /** Undefined: the file has fewer. */
  packet: OnePacket | undefined;
  coverage: Coverage;
}

const conversationOf = (engine: Engine, flow: number, direction: number): Conversation | undefined => {
  const { exports } = engine;
  if (flow === 0) return undefined;
  const family = exports.flowFamily(flow);
  return {
    protocol: transportOf(exports.flowProtocol(flow)),
    source: addressAt(engine, exports.flowSource(flow), family),
    sourcePort: exports.flowSourcePort(flow),
    destination: addressAt(engine, exports.flowDestination(flow), family),
    destinationPort: exports.flowDestinationPort(flow),
    forward: direction === 0,
  };
};

const packetAt = (engine: Engine, entry: number): OnePacket => {
  const { buffer } = engine.memory;
  const view = new DataView(buffer, entry, layout.ENTRY_BYTES);
  const word = (offset: number): number => view.getUint32(offset, true);
  const captured = word(layout.ENTRY_CAPTURED);
  return {
    number: word(layout.ENTRY_NUMBER),
    time: view.getBigInt64(layout.ENTRY_TIME, true),
    captured,
    original: word(layout.ENTRY_ORIGINAL),
    link: word(layout.ENTRY_LINK),
    interface: word(layout.ENTRY_INTERFACE),
    verdicts: word(layout.ENTRY_VERDICTS),
    conversation: conversationOf(engine, word(layout.ENTRY_FLOW), word(layout.ENTRY_DIRECTION)),
    // A copy: the engine's memory is written again by the next block.
    bytes: new Uint8Array(buffer, word(layout.ENTRY_START), captured).slice(),
  };
};

/** `number` counts from 1, as Wireshark does. */
export const findPacket = async (source: CaptureSource, number: number, options: ReadOptions): Promise<FoundPacket> => {
  let packet: OnePacket | undefined;
  const { coverage } = await readCapture(source, options, (engine, entries, address) => {
    const first = new DataView(engine.memory.buffer, address, layout.ENTRY_BYTES).getUint32(layout.ENTRY_NUMBER, true);
    const index = number - first;
    if (index < 0 || index >= entries) return false;
    packet = packetAt(engine, address + index * layout.ENTRY_BYTES);
    return true;
  });
  return { packet, coverage };
};
