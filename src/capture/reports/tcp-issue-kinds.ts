// The TCP issues: what each is measured against, from which rate it is serious, and where to look next. Rates in percent.
import * as verdicts from '../engine/verdicts.ts';

export type Severity = 'low' | 'medium' | 'high';

/** What a rate is a share of. */
export const bases = ['data segments', 'data, SYN and FIN segments', 'pure ACKs', 'segments', 'connections'] as const;
export type Base = (typeof bases)[number];

export interface IssueKind {
  type: string;
  verdict: number;
  of: Base;
  /** Below this rate it is no issue but ordinary, unless a single flow suffers; 0 unless said. */
  ordinaryBelow?: number;
  /** What it means then. */
  ordinary?: string;
  /** From these rates on; below, it is low. */
  medium: number;
  high: number;
  recommendation: string;
}

/** In the order of their weight among equals of severity and rate. */
export const issueKinds: readonly IssueKind[] = [
  {
    type: 'connection_refused',
    verdict: verdicts.REFUSED,
    of: 'connections',
    medium: 1,
    high: 20,
    recommendation: 'A RST answered the SYN: check that the service listens on that port, and firewalls that reject.',
  },
  {
    type: 'connection_unanswered',
    verdict: verdicts.UNANSWERED,
    of: 'connections',
    medium: 1,
    high: 20,
    recommendation: 'Nobody answered the SYN: check that the host is up, the way back, and firewalls that drop.',
  },
  {
    type: 'retransmission',
    verdict: verdicts.RETRANSMISSION,
    of: 'data, SYN and FIN segments',
    medium: 0.5,
    high: 3,
    recommendation:
      'Segments were sent again (fast and spurious included): look for loss on the path, drops of qdiscs and cards.',
  },
  {
    type: 'lost_segment',
    verdict: verdicts.LOST_SEGMENT,
    of: 'data, SYN and FIN segments',
    medium: 0.5,
    high: 3,
    recommendation: 'Segments are missing: lost before this point if resent later, else the capture dropped them.',
  },
  {
    type: 'zero_window',
    verdict: verdicts.ZERO_WINDOW,
    of: 'segments',
    medium: 0.05,
    high: 1,
    recommendation:
      'The receiver stopped the sender: its application reads too slowly, or its buffer (tcp_rmem) is small.',
  },
  {
    type: 'reset',
    verdict: verdicts.RESET,
    of: 'connections',
    medium: 1,
    high: 10,
    recommendation: 'Connections were cut: see `resets` for who and when, then the logs of that side and middleboxes.',
  },
  {
    type: 'window_full',
    verdict: verdicts.WINDOW_FULL,
    of: 'data segments',
    // A bulk transfer fills the first windows until the receiver's buffer has grown; one that the window limits fills it with every ACK.
    ordinaryBelow: 1,
    ordinary: 'a sender filled the window now and then, as bulk transfers do before it has grown',
    medium: 2,
    high: 10,
    recommendation:
      "The sender filled the receiver's window: compare bandwidth x RTT with the receive buffer (tcp_rmem).",
  },
  {
    type: 'out_of_order',
    verdict: verdicts.OUT_OF_ORDER,
    of: 'data, SYN and FIN segments',
    medium: 1,
    high: 5,
    recommendation:
      'Segments overtook each other: look for paths in parallel, bonding, or several queues without flow hashing.',
  },
  {
    type: 'duplicate_ack',
    verdict: verdicts.DUPLICATE_ACK,
    of: 'pure ACKs',
    medium: 5,
    high: 20,
    recommendation: 'Receivers reported holes: read it together with retransmission, lost_segment and out_of_order.',
  },
  {
    type: 'fast_retransmission',
    verdict: verdicts.FAST_RETRANSMISSION,
    of: 'data, SYN and FIN segments',
    medium: 0.5,
    high: 3,
    recommendation: 'Loss repaired after duplicate ACKs, without waiting for a timer; part of retransmission.',
  },
  {
    type: 'spurious_retransmission',
    verdict: verdicts.SPURIOUS_RETRANSMISSION,
    of: 'data, SYN and FIN segments',
    medium: 1,
    high: 5,
    recommendation: 'Data was sent again though acknowledged: ACKs were lost or late; part of retransmission.',
  },
  {
    type: 'acked_unseen',
    verdict: verdicts.ACKED_UNSEEN,
    of: 'segments',
    medium: 0.5,
    high: 5,
    recommendation: 'ACKs for data that is not in the file: the capture dropped packets or sees one direction only.',
  },
];

/** What is worth knowing and no fault. */
export const informationalKinds: readonly { type: string; verdict: number; meaning: string }[] = [
  { type: 'keep_alive', verdict: verdicts.KEEP_ALIVE, meaning: 'idle connections are kept open' },
  { type: 'window_update', verdict: verdicts.WINDOW_UPDATE, meaning: 'a receiver made room' },
  { type: 'port_reuse', verdict: verdicts.PORT_REUSE, meaning: 'a port was used again for a new connection' },
];
