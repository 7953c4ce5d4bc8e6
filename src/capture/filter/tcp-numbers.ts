// Sequence numbers counted from a connection's first ones, and windows as its handshake scales them (RFC 7323), as Wireshark gives them:
// a SYN has 0, the first byte of data 1; without the handshake in the file counting begins with the first segment seen.
import { TCP } from '../engine/protocols.ts';
import type { EntryView } from './entry-view.ts';

/** Connections that are known by number; segments of later ones have no such fields. About 50 MB. */
export const maxConnections = 4_194_304;

const header = 20;
const syn = 2;
const acknowledges = 16;
/** No SYN was seen, or one that does not scale. */
const unscaled = 0;
/** RFC 7323: a larger shift counts as 14. */
const largestShift = 14;

export class TcpNumbers {
  /** This packet has them. */
  known = false;
  seq = 0;
  ack = 0;
  /** Bytes. */
  window = 0;
  /** By connection and direction: the number before the first byte of data, whether it is known, and the shift. */
  #bases = new Uint32Array(2048);
  #given = new Uint8Array(2048);
  #shifts = new Uint8Array(2048);

  #grow(): void {
    const size = this.#bases.length * 2;
    const [bases, given, shifts] = [this.#bases, this.#given, this.#shifts];
    this.#bases = new Uint32Array(size);
    this.#given = new Uint8Array(size);
    this.#shifts = new Uint8Array(size);
    this.#bases.set(bases);
    this.#given.set(given);
    this.#shifts.set(shifts);
  }

  /** Every packet of the file, in its order. */
  note(entry: EntryView, transport: number): void {
    const { stream, transport: at } = entry;
    const end = entry.start + entry.captured;
    this.known = transport === TCP && stream < maxConnections && at !== 0 && at + header <= end;
    if (!this.known) return;
    while (stream * 2 + 2 > this.#bases.length) this.#grow();
    const own = stream * 2 + entry.direction;
    const other = stream * 2 + 1 - entry.direction;
    const [seq, ack, flags] = [entry.read(at + 4, 4), entry.read(at + 8, 4), entry.read(at + 13, 1)];
    const opening = (flags & syn) !== 0;
    const answering = (flags & acknowledges) !== 0;
    if (this.#given[own] === 0 || opening) {
      this.#bases[own] = opening ? seq : seq - 1;
      this.#given[own] = 1;
    }
    if (this.#given[other] === 0 && answering) {
      this.#bases[other] = ack - 1;
      this.#given[other] = 1;
    }
    if (opening) this.#scale(entry, at, { own, other, answering });
    this.seq = (seq - (this.#bases[own] ?? 0)) >>> 0;
    this.ack = answering ? (ack - (this.#bases[other] ?? 0)) >>> 0 : 0;
    this.window = entry.read(at + 14, 2) * 2 ** (opening ? 0 : (this.#shifts[own] ?? 0));
  }

  /** Windows are scaled when both SYNs say so. */
  #scale(entry: EntryView, at: number, { own, other, answering }: { own: number; other: number; answering: boolean }) {
    const end = Math.min(at + (entry.read(at + 12, 1) >> 4) * 4, entry.start + entry.captured);
    this.#shifts[own] = unscaled;
    let scales = false;
    for (let option = at + header; option < end;) {
      const kind = entry.read(option, 1);
      if (kind === 0) break;
      const length = kind === 1 ? 1 : option + 1 < end ? entry.read(option + 1, 1) : 0;
      if (length === 0 || option + length > end) break;
      if (kind === 3 && length === 3) {
        scales = true;
        this.#shifts[own] = Math.min(entry.read(option + 2, 1), largestShift);
      }
      option += length;
    }
    if (answering && !scales) this.#shifts[other] = unscaled;
  }
}
