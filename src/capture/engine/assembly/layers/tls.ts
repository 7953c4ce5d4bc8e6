// TLS records (RFC 8446, 5.1) across segments: a segment is TLS when a record begins or ends in it.
import { be16 } from '../bytes.ts';
import { packet } from '../packet.ts';
import { Side } from './stream.ts';

/** Whether these bytes begin a record: type, major version, a length that is allowed. */
export function looksLikeTls(at: usize, end: usize): bool {
  if (at + 5 > end) return false;
  const type = load<u8>(at);
  return type >= 20 && type <= 24 && load<u8>(at + 1) === 3 && load<u8>(at + 2) <= 4 && be16(at + 3) <= 18432;
}

/** Of a record's header so far: `held` bytes, of which the length's first may be in `flags`. */
export function tls(side: Side): bool {
  const end = packet.end;
  let at = packet.at;
  let counted = false;
  while (at < end) {
    if (side.left > 0) {
      const taken = min<usize>(side.left, end - at);
      side.left -= <u32>taken;
      at += taken;
      if (side.left === 0) counted = true;
      continue;
    }
    if (side.held === 0) {
      counted = true;
      // Not a record: the rest is continued data.
      if (load<u8>(at) < 20 || load<u8>(at) > 24) return true;
      if (at + 5 <= end) {
        side.left = be16(at + 3);
        at += 5;
        continue;
      }
    }
    const byte = load<u8>(at);
    at += 1;
    if (side.held === 3) side.flags = byte;
    side.held += 1;
    if (side.held === 5) {
      side.left = ((<u32>side.flags) << 8) | byte;
      side.held = 0;
      counted = true;
    }
  }
  return counted;
}
