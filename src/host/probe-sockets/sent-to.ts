// Whether an ICMP error is about a packet that was sent: it must quote the destination that this packet had.
import type { SocketAddress } from './address.ts';

/** Packets to the unspecified address go to the loopback address. */
const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** A scope counts where both have one. */
export const quotesDestination = (quoted: SocketAddress | undefined, sent: SocketAddress | undefined): boolean =>
  quoted !== undefined &&
  sent !== undefined &&
  (quoted.address === sent.address || quoted.address === loopbackOf[sent.address]) &&
  (quoted.scope === 0 || sent.scope === 0 || quoted.scope === sent.scope);
