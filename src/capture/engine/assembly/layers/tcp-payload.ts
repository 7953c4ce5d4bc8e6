// What TCP carries, by port and by looks: DNS, TLS, HTTP, SSH, or data. Messages over several segments count where they end.
import { DATA, DNS, DONE, HTTP, SSH, TCP, TLS } from '../../protocols.ts';
import { RETRANSMISSION } from '../../verdicts.ts';
import { enter, packet, rest, short } from '../packet.ts';
import { FIN, segment, SYN, WHOLE } from '../tcp/segment.ts';
import { nodeProtocol } from '../tree.ts';
import { http, httpEnds, httpGap, looksLikeHttp } from './http.ts';
import { tcpService } from './ports.ts';
import { makeStream, Side, sideOf, Stream, streamOf } from './stream.ts';
import { looksLikeTls, tls } from './tls.ts';

function classify(): u32 {
  if (looksLikeTls(packet.at, packet.end)) return TLS;
  if (looksLikeHttp(packet.at, packet.end)) return HTTP;
  return tcpService(packet.sourcePort, packet.destinationPort);
}

/** Brings the side up to `sequence`; false when the segment was there before. */
function advance(side: Side, kind: u32, sequence: u32, length: u32): bool {
  if (side.begun !== 0) {
    const ahead = <i32>(sequence - side.expected);
    if (ahead < 0) {
      if (ahead + <i32>length <= 0) return false;
      // Partly new: only the new bytes are read.
      packet.at -= ahead;
    } else if (ahead > 0) {
      if (kind === HTTP) httpGap(side, <u32>ahead);
      else if (side.left > <u32>ahead) side.left -= <u32>ahead;
      else {
        side.left = 0;
        side.held = 0;
      }
    }
  }
  side.begun = 1;
  side.expected = sequence + length;
  return true;
}

function follow(stream: Stream, kind: u32, sequence: u32, length: u32): bool {
  const side = sideOf(stream);
  // Cut segments are not put together.
  if (packet.end < packet.wire) {
    side.mode = 0;
    side.left = 0;
    side.held = 0;
    side.begun = 0;
    return true;
  }
  if (!advance(side, kind, sequence, length)) return false;
  return kind === TLS ? tls(side) : http(side, stream);
}

/** The flow's last bytes: a response that ends with its connection is complete. */
function ended(): void {
  const stream = streamOf();
  if (stream !== null && stream.kind === HTTP && httpEnds(sideOf(stream))) enter(HTTP);
}

/** The segment at hand is the packet's. */
export function tcpPayload(): u32 {
  if (packet.quoted !== 0) return DONE;
  if (segment.state !== WHOLE) {
    // Cut within its header, or a header shorter than one can be.
    const transport = packet.transport;
    const header = transport + 20 <= packet.end ? <usize>((load<u8>(transport + 12) >>> 4) << 2) : 20;
    if (transport + max<usize>(header, 20) > packet.end) return nodeProtocol(packet.node) === TCP ? short() : DONE;
    return DONE;
  }
  packet.at = segment.optionsEnd;
  const flags = segment.flags;
  if (packet.at >= packet.wire) {
    if ((flags & FIN) !== 0) ended();
    return DONE;
  }
  // Nothing of it captured: nothing to tell.
  if (packet.at >= packet.end) return DONE;
  if ((packet.verdicts & (1 << RETRANSMISSION)) !== 0) return DONE;
  if (packet.sourcePort === 53 || packet.destinationPort === 53) return DNS;
  let stream = streamOf();
  let kind: u32 = 0;
  if (stream !== null) kind = stream.kind;
  else {
    kind = classify();
    if (kind === DATA) return rest();
    if (kind === SSH) return SSH;
    // By port alone: nothing is known of it yet.
    if (kind === HTTP && !looksLikeHttp(packet.at, packet.end)) return DONE;
    stream = makeStream(kind);
    if (stream === null) return kind;
  }
  const sequence = segment.seq + ((flags & SYN) !== 0 ? 1 : 0);
  const counts = follow(stream, kind, sequence, <u32>(packet.wire - packet.at));
  if (counts) enter(kind);
  if ((flags & FIN) !== 0 && kind === HTTP && !counts && httpEnds(sideOf(stream))) enter(HTTP);
  return DONE;
}
