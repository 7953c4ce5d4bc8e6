// Packets whose TCP verdicts differ from tshark 4.0.17's, each with its reason: all that are known. All are of conversations by chance
// (conversations.ts), in which both sides do what no TCP does; public captures and the kernel's own traffic have none.

export interface TcpDifference {
  /** Of `wildCapture`. */
  seed: number;
  packet: number;
  /** Names as in Wireshark's tcp.analysis fields. */
  tshark: string;
  engine: string;
  reason: string;
}

export const tcpDifferences: readonly TcpDifference[] = [
  {
    seed: 1,
    packet: 1643,
    tshark: 'keep_alive',
    engine: 'ack_lost_segment keep_alive',
    reason:
      'A SYN+ACK with another initial number came in the middle of the connection. The ACK is behind all that the other side sent; tshark lets it pass once after such a SYN+ACK.',
  },
  {
    seed: 1,
    packet: 3371,
    tshark: 'nothing',
    engine: 'ack_lost_segment',
    reason:
      'The ACK is one byte behind all that was sent. The same side acknowledged unseen bytes before, and tshark says so once; the engine forgets it when the other side acknowledges something.',
  },
  {
    seed: 5,
    packet: 2964,
    tshark: 'zero_window zero_window_probe_ack',
    engine: 'zero_window',
    reason:
      'The sender retransmitted beyond its highest number, then answers a probe with a lower number. tshark takes the second such answer for one in order; the engine expects the number behind the highest byte sent.',
  },
  {
    seed: 6,
    packet: 1448,
    tshark: 'zero_window',
    engine: 'retransmission zero_window',
    reason:
      'Bytes sent before (packet 1441, 100 bytes from one below the expected number) are sent again. tshark has gone back to the lower number of the pure ACKs between; the engine has not.',
  },
  {
    seed: 6,
    packet: 2256,
    tshark: 'retransmission zero_window',
    engine: 'retransmission fast_retransmission zero_window',
    reason:
      'Sent again 19.98 ms after the latest of several ACKs for it, of which one is a duplicate by the definition and others follow an ACK of unseen bytes. The engine counts those as duplicates, as tshark does elsewhere.',
  },
];
