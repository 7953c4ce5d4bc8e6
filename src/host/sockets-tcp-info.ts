// What the kernel tells of a TCP connection (struct tcp_info, linux/tcp.h), read from the text of `ss -i`, and what limits its sending.

/** What holds a sender back most; see limitOf. */
export const limits = ['application', 'receive_window', 'send_buffer', 'congestion_window'] as const;
export type Limit = (typeof limits)[number];

/** Null: the kernel does not tell it, or not yet. Segments are of mss_bytes. */
export interface TcpInfo {
  rtt_ms: number | null;
  rtt_variation_ms: number | null;
  min_rtt_ms: number | null;
  retransmission_timeout_ms: number | null;
  congestion_control: string | null;
  congestion_window_segments: number | null;
  /** Null while it was never reduced. */
  slow_start_threshold_segments: number | null;
  mss_bytes: number | null;
  path_mtu_bytes: number | null;
  bytes_sent: number;
  bytes_acked: number;
  bytes_received: number;
  bytes_retransmitted: number;
  /** Sent and not acknowledged yet. */
  unacked_segments: number;
  lost_segments: number;
  /** Written by the application and not sent yet. */
  unsent_bytes: number;
  /** Retransmitted and not acknowledged yet. */
  retransmissions_outstanding: number;
  retransmissions_total: number;
  delivery_rate_mbps: number | null;
  pacing_rate_mbps: number | null;
  /** Time with data to send or to be acknowledged; the percentages are parts of it. */
  busy_ms: number;
  receive_window_limited_percent: number;
  send_buffer_limited_percent: number;
  /** The application gave too little to fill the path when delivery_rate was measured. */
  app_limited: boolean;
  limited_by: Limit | null;
}

/** What `ss` prints for a flag; any other bare word before the first `name:value` is the congestion control. */
const flags = new Set(['ts', 'sack', 'ecn', 'ecnseen', 'accecn', 'fastopen', 'cc:']);

const factors: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9 };

/** `12345bps`, `1.2Mbps` -> Mbit/s. */
const megabits = (text: string | undefined): number | null => {
  const found = /^(\d{1,20}(?:\.\d{1,6})?)([KMG]?)bps/.exec(text ?? '');
  if (found === null) return null;
  const bits = Number(found[1]) * (factors[found[2] ?? ''] ?? 1);
  return Number((bits / 1e6).toFixed(3));
};

const firstNumber = (text: string | undefined): number | null => {
  const digits = /^\d{1,20}(?:\.\d{1,6})?/.exec(text ?? '')?.[0];
  return digits === undefined ? null : Number(digits);
};

/**
 * `application`: the last delivery rate sample was taken while the application gave too little (tcpi_delivery_rate_app_limited).
 * Else the largest part of the busy time: the peer's window, our send buffer, or the rest, in which the congestion window,
 * pacing or loss held data back. Null for a connection that has sent nothing and has nothing to send: the kernel calls the
 * handshake's own sample limited by the application too.
 */
export const limitOf = (
  info: Pick<
    TcpInfo,
    | 'busy_ms'
    | 'receive_window_limited_percent'
    | 'send_buffer_limited_percent'
    | 'app_limited'
    | 'bytes_sent'
    | 'unsent_bytes'
  >,
): Limit | null => {
  if (info.bytes_sent === 0 && info.unsent_bytes === 0) return null;
  if (info.app_limited && info.bytes_sent > 0) return 'application';
  if (info.busy_ms <= 0) return null;
  const { receive_window_limited_percent: window, send_buffer_limited_percent: buffer } = info;
  const rest = 100 - window - buffer;
  if (window >= buffer && window >= rest) return 'receive_window';
  return buffer >= rest ? 'send_buffer' : 'congestion_window';
};

/** `name:value` words by name, and the rates, which ss writes as `name value`. */
const valuesOf = (words: readonly string[]): Map<string, string> => {
  const values = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const colon = word.indexOf(':');
    if (colon > 0) values.set(word.slice(0, colon), word.slice(colon + 1));
    else if (word.endsWith('_rate')) values.set(word, words[index + 1] ?? '');
  }
  return values;
};

const algorithmOf = (words: readonly string[]): string | null => {
  const first = words.findIndex((word) => word.includes(':'));
  const bare = (first === -1 ? words : words.slice(0, first)).filter((word) => !flags.has(word)).at(-1);
  return bare !== undefined && /^[A-Za-z0-9_-]{1,16}$/.test(bare) ? bare : null;
};

/** Null where ss prints no measurements, as for TIME_WAIT. */
export const parseTcpInfo = (text: string): TcpInfo | null => {
  const words = text.split(/\s+/);
  const values = valuesOf(words);
  if (!values.has('rto') && !values.has('rtt') && !values.has('mss')) return null;
  const value = (name: string): number | null => firstNumber(values.get(name));
  const [rtt, variation] = (values.get('rtt') ?? '').split('/');
  const [outstanding, total] = (values.get('retrans') ?? '').split('/');
  const percent = (name: string): number => firstNumber(/\(([\d.]+)%\)/.exec(values.get(name) ?? '')?.[1]) ?? 0;
  const measured = {
    busy_ms: value('busy') ?? 0,
    receive_window_limited_percent: percent('rwnd_limited'),
    send_buffer_limited_percent: percent('sndbuf_limited'),
    app_limited: words.includes('app_limited'),
    bytes_sent: value('bytes_sent') ?? 0,
    unsent_bytes: value('notsent') ?? 0,
  };
  return {
    rtt_ms: firstNumber(rtt),
    rtt_variation_ms: firstNumber(variation),
    min_rtt_ms: value('minrtt'),
    retransmission_timeout_ms: value('rto'),
    congestion_control: algorithmOf(words),
    congestion_window_segments: value('cwnd'),
    slow_start_threshold_segments: value('ssthresh'),
    mss_bytes: value('mss'),
    path_mtu_bytes: value('pmtu'),
    bytes_acked: value('bytes_acked') ?? 0,
    bytes_received: value('bytes_received') ?? 0,
    bytes_retransmitted: value('bytes_retrans') ?? 0,
    unacked_segments: value('unacked') ?? 0,
    lost_segments: value('lost') ?? 0,
    retransmissions_outstanding: firstNumber(outstanding) ?? 0,
    retransmissions_total: firstNumber(total) ?? 0,
    delivery_rate_mbps: megabits(values.get('delivery_rate')),
    pacing_rate_mbps: megabits(values.get('pacing_rate')),
    ...measured,
    limited_by: limitOf(measured),
  };
};
