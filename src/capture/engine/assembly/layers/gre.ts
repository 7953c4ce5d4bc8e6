// GRE (RFC 2784, RFC 2890), its version 1 for PPTP (RFC 2637), and ERSPAN (draft-foschiano-erspan), which it carries.
import { DONE, ERSPAN, ETHERNET, GRE, PPP } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, rest, short, skip } from '../packet.ts';
import { byVersion } from './cooked.ts';
import { etherType } from './ethernet.ts';

const CHECKSUM: u32 = 0x8000;
const ROUTING: u32 = 0x4000;
const KEY: u32 = 0x2000;
const SEQUENCE: u32 = 0x1000;
const ACKNOWLEDGEMENT: u32 = 0x0080;

/** An ERSPAN header is 8 bytes (type II) or 12 (III) long, and there is none (I) when GRE counts no packets. */
let spanHeader = false;

export function gre(): u32 {
  enter(GRE);
  if (left() < 4) return short();
  const flags = be16(packet.at);
  const type = be16(packet.at + 2);
  let header: usize = 4;
  if ((flags & (CHECKSUM | ROUTING)) !== 0) header += 4;
  if ((flags & KEY) !== 0) header += 4;
  if ((flags & SEQUENCE) !== 0) header += 4;
  if ((flags & 7) === 1 && (flags & ACKNOWLEDGEMENT) !== 0) header += 4;
  packet.at += header;
  if (packet.at > packet.end) return short();
  if ((flags & ROUTING) !== 0) {
    // Source routes up to an empty one.
    for (let more = true; more;) {
      if (left() < 4) return short();
      const length = <usize>load<u8>(packet.at + 3);
      packet.at += 4 + length;
      more = length !== 0;
    }
    if (packet.at > packet.end) return short();
  }
  // Only an acknowledgement, or a keep-alive.
  if (packet.wire === packet.at) return DONE;
  if (type === 0x6558) return ETHERNET;
  if (type === 0x880b) return PPP;
  if (type === 0x88be || type === 0x22eb) {
    spanHeader = type === 0x22eb || (flags & SEQUENCE) !== 0;
    return ERSPAN;
  }
  return type <= 1500 ? rest() : etherType(type);
}

export function erspan(): u32 {
  enter(ERSPAN);
  if (!spanHeader) return ETHERNET;
  if (left() < 8) return short();
  const version = load<u8>(packet.at) >>> 4;
  if (version === 1) return skip(8, ETHERNET);
  if (version !== 2) return rest();
  if (left() < 12) return short();
  const last = be16(packet.at + 10);
  // The last bit: a subheader of the platform. Frame type 2: IP without Ethernet.
  packet.at += (last & 1) !== 0 ? 20 : 12;
  if (packet.at > packet.end) return short();
  return ((last >>> 10) & 31) === 2 ? byVersion() : ETHERNET;
}
