// The names of the TCP verdicts, as results spell them.
import * as verdicts from './engine/verdicts.ts';

/** By bit. Probes of a zero window have no issue of their own: they belong to it. */
const names: Readonly<Record<number, string>> = {
  [verdicts.RETRANSMISSION]: 'retransmission',
  [verdicts.FAST_RETRANSMISSION]: 'fast_retransmission',
  [verdicts.SPURIOUS_RETRANSMISSION]: 'spurious_retransmission',
  [verdicts.OUT_OF_ORDER]: 'out_of_order',
  [verdicts.DUPLICATE_ACK]: 'duplicate_ack',
  [verdicts.LOST_SEGMENT]: 'lost_segment',
  [verdicts.ACKED_UNSEEN]: 'acked_unseen',
  [verdicts.ZERO_WINDOW]: 'zero_window',
  [verdicts.WINDOW_FULL]: 'window_full',
  [verdicts.WINDOW_UPDATE]: 'window_update',
  [verdicts.KEEP_ALIVE]: 'keep_alive',
  [verdicts.KEEP_ALIVE_ACK]: 'keep_alive_ack',
  [verdicts.ZERO_WINDOW_PROBE]: 'zero_window_probe',
  [verdicts.ZERO_WINDOW_PROBE_ACK]: 'zero_window_probe_ack',
  [verdicts.PORT_REUSE]: 'port_reuse',
  [verdicts.RESET]: 'reset',
  [verdicts.REFUSED]: 'connection_refused',
};

/** Of the bits in an entry of the index. */
export const verdictNames = (bits: number): string[] =>
  Object.entries(names).flatMap(([bit, name]) => (((bits >>> Number(bit)) & 1) === 1 ? [name] : []));
