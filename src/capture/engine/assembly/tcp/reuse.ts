// When a packet between known endpoints belongs to a new connection: its SYN has another initial sequence number.
import { PORT_REUSE } from '../../verdicts.ts';
import { MARK_KEPT, Flow } from '../flow-record.ts';
import { packet } from '../packet.ts';
import { ACK, segment, SYN, WHOLE } from './segment.ts';
import { KNOWN_INITIAL, sideOf } from './state.ts';

/** The connection the packet belongs to is not the flow's; then the packet has the verdict of reused ports. */
export function opensAnew(flow: Flow, direction: u32): bool {
  if (packet.protocol !== 6 || segment.number !== packet.number) return false;
  if ((segment.flags & (SYN | ACK)) !== SYN || segment.state !== WHOLE) return false;
  if ((flow.marks & MARK_KEPT) !== 0) {
    if (direction !== 0 || flow.initial === segment.seq) return false;
  } else {
    if (flow.connection === 0) return false;
    const side = sideOf(flow.connection, direction);
    if ((side.known & KNOWN_INITIAL) === 0 || side.initial === segment.seq) return false;
  }
  packet.verdicts |= 1 << PORT_REUSE;
  return true;
}
