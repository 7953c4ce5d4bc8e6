// Captures whose packets have no time: pcapng's simple packet blocks, behind a section and an interface as craft.ts makes them.
import { join, pcapng, type Bytes, type Crafted } from './craft.ts';

const words = (...values: readonly number[]): Bytes => new Uint8Array(new Uint32Array(values).buffer);

/** One block; `kept` of the packet's bytes stand in the file. */
export const simplePacket = (bytes: Bytes, kept = bytes.length): Bytes => {
  const body = bytes.subarray(0, kept);
  const padding = new Uint8Array((4 - (body.length % 4)) % 4);
  const length = 16 + body.length + padding.length;
  return join(words(3, length, bytes.length), body, padding, words(length));
};

/** A packet with a time, or without. */
export type Packet = Crafted | Bytes;

/** All of them in this order. */
export const pcapngOf = (packets: readonly Packet[], snaplen?: number): Bytes => {
  const options = snaplen === undefined ? {} : { snaplen };
  const head = pcapng([], options);
  return join(
    head,
    ...packets.map((packet) =>
      packet instanceof Uint8Array ? simplePacket(packet, snaplen) : pcapng([packet], options).subarray(head.length),
    ),
  );
};
