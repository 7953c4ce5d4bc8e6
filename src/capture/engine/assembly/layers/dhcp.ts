// DHCP (RFC 2131): the fixed part and whether its options end within what was captured.
import { DHCP, DONE } from '../../protocols.ts';
import { enter, left, packet, short } from '../packet.ts';

/** Bytes before the options, with the magic number. */
const FIXED: usize = 240;

export function dhcp(): u32 {
  enter(DHCP);
  if (packet.end === packet.wire) return DONE;
  if (<usize>left() < FIXED) return short();
  let at = packet.at + FIXED;
  while (at + 2 <= packet.end) {
    const option = load<u8>(at);
    if (option === 255) return DONE;
    at += option === 0 ? 1 : 2 + <usize>load<u8>(at + 1);
  }
  return at < packet.end && load<u8>(at) === 255 ? DONE : short();
}
