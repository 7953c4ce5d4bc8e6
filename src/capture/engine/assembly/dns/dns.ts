// DNS (RFC 1035) over UDP and TCP, mDNS (RFC 6762) and LLMNR (RFC 4795): questions, answers and what they waited for.
import { DNS, DONE } from '../../protocols.ts';
import { enter } from '../packet.ts';

export function dns(): u32 {
  enter(DNS);
  return DONE;
}
