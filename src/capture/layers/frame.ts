// Fields that are not in the packet's bytes: of its record (`frame`) and of the engine's TCP analysis (`tcp.analysis`). Whoever looks
// at the index of packets (engine/layout.ts) gives their values.
import {
  ACKED_UNSEEN,
  DUPLICATE_ACK,
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  KEEP_ALIVE_ACK,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  PORT_REUSE,
  RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
  WINDOW_FULL,
  WINDOW_UPDATE,
  ZERO_WINDOW,
  ZERO_WINDOW_PROBE,
  ZERO_WINDOW_PROBE_ACK,
} from '../engine/verdicts.ts';
import type { FieldSpecs } from './layer.ts';
import { spec, uint } from './read.ts';

export const frameFields: FieldSpecs = {
  'frame.number': uint('Number of the packet, from 1'),
  'frame.len': uint('Bytes on the wire'),
  'frame.cap_len': uint('Bytes captured'),
  'frame.time_epoch': spec('time', 'Seconds since 1970'),
  'frame.time_relative': spec('time', 'Seconds since the first packet'),
  'frame.interface_id': uint('Interface of the capture, from 0'),
  'frame.protocols': spec('string', 'Names of its layers, joined by colons'),
};

/** Wireshark's name of a verdict, and its bit in the index (verdicts.ts). RESET and REFUSED have no name of their own there. */
export const verdictBits: Readonly<Record<string, number>> = {
  'tcp.analysis.retransmission': RETRANSMISSION,
  'tcp.analysis.fast_retransmission': FAST_RETRANSMISSION,
  'tcp.analysis.spurious_retransmission': SPURIOUS_RETRANSMISSION,
  'tcp.analysis.out_of_order': OUT_OF_ORDER,
  'tcp.analysis.duplicate_ack': DUPLICATE_ACK,
  'tcp.analysis.lost_segment': LOST_SEGMENT,
  'tcp.analysis.ack_lost_segment': ACKED_UNSEEN,
  'tcp.analysis.zero_window': ZERO_WINDOW,
  'tcp.analysis.window_full': WINDOW_FULL,
  'tcp.analysis.window_update': WINDOW_UPDATE,
  'tcp.analysis.keep_alive': KEEP_ALIVE,
  'tcp.analysis.keep_alive_ack': KEEP_ALIVE_ACK,
  'tcp.analysis.zero_window_probe': ZERO_WINDOW_PROBE,
  'tcp.analysis.zero_window_probe_ack': ZERO_WINDOW_PROBE_ACK,
  'tcp.analysis.reused_ports': PORT_REUSE,
};

export const analysisFields: FieldSpecs = {
  'tcp.analysis.flags': spec('protocol', 'Any finding of the TCP analysis'),
  ...Object.fromEntries(
    Object.keys(verdictBits).map((name) => [
      name,
      spec('protocol', name.slice('tcp.analysis.'.length).replaceAll('_', ' ')),
    ]),
  ),
};
