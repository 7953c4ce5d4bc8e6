// What an expression may do with one packet: a packet made for it cannot make a test take seconds. Throws limit_exceeded.
import { NetError } from '../../model/errors.ts';
import { maxComparisons, maxJoined, maxMade } from './limits.ts';

export class Budget {
  #comparisons = 0;
  #made = 0;

  /** The next packet. */
  renew(): void {
    this.#comparisons = 0;
    this.#made = 0;
  }

  /** Values of one field are compared with those of another one. */
  compare(count: number, packet: number): void {
    this.#comparisons += count;
    if (this.#comparisons > maxComparisons)
      throw new NetError(
        'limit_exceeded',
        `Filter: packet ${packet} has so many values that fields are compared with fields over ${maxComparisons} times.`,
        `Compare fields with values instead, or leave the packet out: frame.number != ${packet} and (...).`,
      );
  }

  /** Ranges of a slice are joined to so many bytes or characters. */
  join(length: number, packet: number): void {
    if (length > maxJoined)
      throw new NetError(
        'limit_exceeded',
        `Filter: a slice of packet ${packet} has ${length} bytes in several ranges.`,
        `Give the ranges lengths, at most ${maxJoined} bytes in all, or leave the packet out: frame.number != ${packet} and (...).`,
      );
    this.make(length, packet);
  }

  /** Bytes or characters that a slice or a function makes. */
  make(length: number, packet: number): void {
    this.#made += length;
    if (this.#made > maxMade)
      throw new NetError(
        'limit_exceeded',
        `Filter: slices and functions make more than ${maxMade} bytes of packet ${packet}.`,
        `Use fewer slices and functions, or leave the packet out: frame.number != ${packet} and (...).`,
      );
  }
}
