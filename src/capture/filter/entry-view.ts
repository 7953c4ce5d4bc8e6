// One entry of the engine's index of packets, read without copying: numbers, times, addresses and bytes where the engine has them.
// The same object stands for one packet after the other; what it gives is valid until it moves on.
import type { Engine } from '../engine/engine.ts';
import * as layout from '../engine/layout.ts';

/** Bytes of a classic file's header. */
const pcapHeader = 24;

const u32 = 4_294_967_296;

/** Halves of a time in nanoseconds. */
interface Moment {
  high: number;
  low: number;
}

export class EntryView {
  readonly #engine: Engine;
  #words: Uint32Array;
  #memory: Uint8Array;
  #at = 0;
  #classic = false;
  #seen = false;
  readonly #first: Moment = { high: 0, low: 0 };
  readonly #previous: Moment = { high: 0, low: 0 };

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#words = new Uint32Array(engine.memory.buffer);
    this.#memory = new Uint8Array(engine.memory.buffer);
  }

  /** The engine has read on: its memory may have grown. */
  refresh(): void {
    if (this.#memory.length === this.#engine.memory.buffer.byteLength) return;
    this.#words = new Uint32Array(this.#engine.memory.buffer);
    this.#memory = new Uint8Array(this.#engine.memory.buffer);
  }

  /** The file is a classic one (pcap), which has no interfaces: its first record begins right behind its header. */
  get classic(): boolean {
    return this.#classic;
  }

  /** Stands for the packet of this entry from now on. */
  moveTo(address: number): void {
    if (this.#seen && this.timed) this.#note(this.#previous);
    this.#at = address >> 2;
    if (this.#seen) return;
    this.#classic ||= new DataView(this.#memory.buffer).getFloat64(address + layout.ENTRY_OFFSET, true) === pcapHeader;
    if (!this.timed) return;
    this.#seen = true;
    this.#note(this.#first);
    this.#note(this.#previous);
  }

  #note(moment: Moment): void {
    moment.high = this.#word(layout.ENTRY_TIME + 4) | 0;
    moment.low = this.#word(layout.ENTRY_TIME);
  }

  #word(offset: number): number {
    return this.#words[this.#at + (offset >> 2)] ?? 0;
  }

  get number(): number {
    return this.#word(layout.ENTRY_NUMBER);
  }
  get captured(): number {
    return this.#word(layout.ENTRY_CAPTURED);
  }
  get original(): number {
    return this.#word(layout.ENTRY_ORIGINAL);
  }
  get link(): number {
    return this.#word(layout.ENTRY_LINK);
  }
  get interface(): number {
    return this.#word(layout.ENTRY_INTERFACE);
  }
  /** Node of the protocol tree. */
  get node(): number {
    return this.#word(layout.ENTRY_NODE);
  }
  get verdicts(): number {
    return this.#word(layout.ENTRY_VERDICTS);
  }
  /** Number of its flow among those of its protocol; 0xffffffff without one. */
  get stream(): number {
    return this.#word(layout.ENTRY_STREAM);
  }
  /** 0: sent by who sent the flow's first packet. */
  get direction(): number {
    return this.#word(layout.ENTRY_DIRECTION);
  }
  get family(): number {
    return this.#word(layout.ENTRY_FAMILY);
  }
  get sourcePort(): number {
    return this.#word(layout.ENTRY_SOURCE_PORT) & 0xffff;
  }
  get destinationPort(): number {
    return this.#word(layout.ENTRY_SOURCE_PORT) >>> ((layout.ENTRY_DESTINATION_PORT - layout.ENTRY_SOURCE_PORT) * 8);
  }

  /** Whether its record has a time: those below are only valid then. */
  get timed(): boolean {
    return this.#word(layout.ENTRY_TIME + 4) !== 0x8000_0000 || this.#word(layout.ENTRY_TIME) !== 0;
  }
  /** Nanoseconds since 1970. */
  get time(): bigint {
    return (BigInt(this.#word(layout.ENTRY_TIME + 4) | 0) << 32n) + BigInt(this.#word(layout.ENTRY_TIME));
  }

  #since({ high, low }: Moment): number {
    return (((this.#word(layout.ENTRY_TIME + 4) | 0) - high) * u32 + (this.#word(layout.ENTRY_TIME) - low)) / 1e9;
  }

  /** Seconds since the file's first packet, and since the packet before. */
  get relativeTime(): number {
    return this.#since(this.#first);
  }
  get sincePrevious(): number {
    return this.#since(this.#previous);
  }

  // Addresses of the engine's memory.
  get start(): number {
    return this.#word(layout.ENTRY_START);
  }
  get sourceAddress(): number {
    return this.#word(layout.ENTRY_SOURCE);
  }
  get transport(): number {
    return this.#word(layout.ENTRY_TRANSPORT);
  }

  /** The innermost addresses, 4 or 16 bytes as `family` says, into `target`. */
  readSource(target: Uint8Array): void {
    this.copy(this.#word(layout.ENTRY_SOURCE), target);
  }
  readDestination(target: Uint8Array): void {
    this.copy(this.#word(layout.ENTRY_DESTINATION), target);
  }
  copy(from: number, target: Uint8Array): void {
    for (let at = 0; at < target.length; at += 1) target[at] = this.#memory[from + at] ?? 0;
  }
  /** Big-endian number of 1, 2 or 4 bytes. */
  read(from: number, size: 1 | 2 | 4): number {
    let value = 0;
    for (let at = 0; at < size; at += 1) value = value * 256 + (this.#memory[from + at] ?? 0);
    return value;
  }
  /** The engine's own bytes. */
  bytes(from: number, to: number): Uint8Array {
    return this.#memory.subarray(from, to);
  }
}

/** Where entry `index` stands. */
export const entryAddress = (address: number, index: number): number => address + index * layout.ENTRY_BYTES;
