// LLC (IEEE 802.2) and SNAP: two service access points, a control field of one or two bytes.
import { DATA, IPV4, LLC } from '../../protocols.ts';
import { be16 } from '../bytes.ts';
import { enter, left, packet, rest, short, skip } from '../packet.ts';
import { etherType } from './ethernet.ts';

export function llc(): u32 {
  enter(LLC);
  if (left() < 3) return short();
  const destination = load<u8>(packet.at);
  const control = load<u8>(packet.at + 2);
  // Unnumbered frames have one byte of control.
  const header: usize = (control & 3) === 3 ? 3 : 4;
  if (destination === 0xaa) {
    if (<usize>left() < header + 5) return short();
    const organisation = be16(packet.at + header) | load<u8>(packet.at + header + 2);
    const type = be16(packet.at + header + 3);
    packet.at += header + 5;
    // 00-00-00: EtherTypes; 00-00-f8: bridged ones.
    if ((organisation === 0 || organisation === 0xf8) && type > 1500) return etherType(type);
    return rest();
  }
  if (destination === 0x06) return skip(header, IPV4);
  return skip(header, DATA);
}
