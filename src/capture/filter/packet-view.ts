// One packet as a compiled filter sees it: what the engine's index says of it (entry-view.ts), and its decoded fields once somebody asks
// for them. Values are valid until it moves on to the next packet.
import {
  collectFields,
  decodePacket,
  type Collected,
  type DecodedLayer,
  type PacketBytes,
  type Wanted,
} from '../decode.ts';
import type { Engine } from '../engine/engine.ts';
import { Budget } from './budget.ts';
import { EntryView } from './entry-view.ts';
import { nodeReader, type NodeFacts } from './node-facts.ts';
import { TcpNumbers } from './tcp-numbers.ts';

/** What a filter wants to know of packets. */
export interface Wants {
  /** To be decoded. */
  wanted: Wanted;
  /** Numbers counted from the connection's first ones: every packet has to be looked at for them. */
  relative: boolean;
}

export class PacketView extends EntryView {
  readonly #wanted: Wanted;
  readonly #factsOf: (node: number) => NodeFacts;
  /** Decoded bytes are copied here: the engine's memory is shared and changes. */
  readonly #copy = new Uint8Array(262_144);
  /** What the filter may still do with this packet. */
  readonly budget = new Budget();
  readonly #numbers: TcpNumbers | undefined;
  #bytes: PacketBytes | undefined;
  #collected: Collected | undefined;
  #decoded: DecodedLayer[] | undefined;
  #looked = false;

  constructor(engine: Engine, { wanted, relative }: Wants) {
    super(engine);
    this.#wanted = wanted;
    this.#factsOf = nodeReader(engine.exports);
    this.#numbers = relative ? new TcpNumbers() : undefined;
  }

  override moveTo(address: number): void {
    super.moveTo(address);
    this.budget.renew();
    this.#looked = false;
    this.#bytes = undefined;
    this.#collected = undefined;
    this.#decoded = undefined;
    this.#numbers?.note(this, this.facts.transport);
  }

  /** Somebody looked at its bytes, which takes longer than its index entry. */
  get looked(): boolean {
    return this.#looked;
  }

  override bytes(from: number, to: number): Uint8Array {
    this.#looked = true;
    return super.bytes(from, to);
  }

  get facts(): NodeFacts {
    return this.#factsOf(this.node);
  }

  /** Of the innermost TCP segment; undefined without one, or when nobody asked for it. */
  get tcpNumbers(): TcpNumbers | undefined {
    return this.#numbers?.known === true ? this.#numbers : undefined;
  }

  /** The packet's bytes as captured. */
  get packet(): PacketBytes {
    if (this.#bytes !== undefined) return this.#bytes;
    const length = Math.min(this.captured, this.#copy.length);
    this.#copy.set(this.bytes(this.start, this.start + length));
    this.#bytes = { bytes: this.#copy.subarray(0, length), link: this.link, original: this.original };
    return this.#bytes;
  }

  /** Its layers, and the fields that the filter asks for. */
  get collected(): Collected {
    this.#collected ??= collectFields(this.packet, this.#wanted);
    return this.#collected;
  }

  /** Its layers with every field. */
  get decoded(): DecodedLayer[] {
    this.#decoded ??= decodePacket(this.packet);
    return this.#decoded;
  }
}
