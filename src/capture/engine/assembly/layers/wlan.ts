// IEEE 802.11 with what may stand before it (radiotap, the older prism): data frames that are not encrypted lead on to LLC.
import { DATA, DONE, LLC, PRISM, RADIOTAP, WLAN, WLAN_MANAGEMENT, WLAN_RADIO } from '../../protocols.ts';
import { be32 } from '../bytes.ts';
import { enter, left, packet, short, skip } from '../packet.ts';

/** Whether headers are padded to four bytes (radiotap says so); valid between radiotap and the frame behind it. */
let padded = false;

/** https://www.radiotap.org: only the flags matter here: a checksum at the end, padding behind the header. */
export function radiotap(): u32 {
  enter(RADIOTAP);
  padded = false;
  if (left() < 8) return short();
  const at = packet.at;
  const length = <usize>load<u16>(at, 2);
  if (length < 8) return short();
  if (packet.at + length > packet.end) return short();
  let present = load<u32>(at, 4);
  const has = present;
  let field: usize = 8;
  // Further words of the bitmap.
  while ((present & 0x80000000) !== 0 && field + 4 <= length) {
    present = load<u32>(at + field);
    field += 4;
  }
  if ((has & 1) !== 0) field = ((field + 7) & ~7) + 8;
  if ((has & 2) !== 0 && field < length) {
    const flags = load<u8>(at + field);
    padded = (flags & 0x20) !== 0;
    packet.at += length;
    if ((flags & 0x10) !== 0 && packet.wire >= packet.at + 4) {
      packet.wire -= 4;
      packet.end = min(packet.end, packet.wire);
    }
    packet.at -= length;
  }
  return skip(length, WLAN_RADIO);
}

export function prism(): u32 {
  enter(PRISM);
  if (left() < 8) return short();
  // Its length stands in the writer's byte order.
  let length = load<u32>(packet.at, 4);
  if (length > 0xffff) length = be32(packet.at + 4);
  if (length < 8 || length > 0xffff) return short();
  return skip(length, WLAN_RADIO);
}

export function wlanRadio(): u32 {
  enter(WLAN_RADIO);
  return WLAN;
}

export function wlan(): u32 {
  enter(WLAN);
  const dataPadded = padded;
  padded = false;
  if (left() < 10) return short();
  const control = load<u8>(packet.at);
  const flags = load<u8>(packet.at + 1);
  const type = (control >>> 2) & 3;
  if (type === 0) {
    enter(WLAN_MANAGEMENT);
    return DONE;
  }
  if (type !== 2) return DONE;
  const subtype = control >>> 4;
  let header: usize = 24;
  // To and from a distribution system: a fourth address.
  if ((flags & 3) === 3) header += 6;
  const quality = packet.at + header;
  if ((subtype & 8) !== 0) {
    header += 2;
    if ((flags & 0x80) !== 0) header += 4;
  }
  if (<usize>left() < header) return short();
  // Without data.
  if ((subtype & 4) !== 0) return DONE;
  const aggregated = (subtype & 8) !== 0 && (load<u8>(quality) & 0x80) !== 0;
  if (dataPadded) header = (header + 3) & ~3;
  if ((flags & 0x40) !== 0) return skip(header, DATA);
  return aggregated ? DONE : skip(header, LLC);
}
