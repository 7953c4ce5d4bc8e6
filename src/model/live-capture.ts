// Captures of live traffic into files of our own: what may be asked of them and what they say.

export interface LiveCaptureRequest {
  /** Name of an interface that exists, or `any`. */
  iface: string;
  /** 1 to 600. */
  durationSeconds: number;
  maxPackets: number | undefined;
  /** The file never grows beyond it. */
  maxBytes: number;
  /** Bytes kept of each packet. */
  snaplen: number;
  /** A pcap filter expression (pcap-filter(7)), compiled by tcpdump. */
  filter: string | undefined;
  promiscuous: boolean;
}

/** Why a capture is over: `ended` is for an end that nobody asked for, with tcpdump's words in `message`. */
export const captureEndings = ['duration', 'max_packets', 'max_size', 'stopped', 'ended'] as const;
export type CaptureEnding = (typeof captureEndings)[number];

export interface LiveCapture {
  id: string;
  path: string;
  request: LiveCaptureRequest;
  /** Undefined while it runs. */
  ending: CaptureEnding | undefined;
  packets: number;
  bytes: number;
  secondsLeft: number;
  /** Packets the kernel had no room for; known at the end. */
  dropped: number | undefined;
  /** Packets taken that the file could not hold, because the disk is full; known at the end, but not of one that reached its size. */
  lost: number | undefined;
  /** What tcpdump said when it ended by itself. */
  message: string | undefined;
}

export interface StartedCapture extends LiveCapture {
  /** Names of old captures of ours that made room. */
  removed: readonly string[];
}

export interface LiveCaptures {
  /**
   * Answers once packets are being taken. It ends with this process, and by itself when that is killed. Throws missing_binary, not_permitted,
   * not_found, invalid_argument (the filter, an interface that is down), limit_exceeded, storage_failed, cancelled.
   */
  start(request: LiveCaptureRequest, signal: AbortSignal): Promise<StartedCapture>;
  /** Those of this process, newest last. */
  list(): Promise<LiveCapture[]>;
  /** Paths of capture files there are, newest first: those of processes before this one too. */
  files(): Promise<string[]>;
  /** Ends it and answers once its file is complete; one that is over stays as it is. Undefined: there is none of that id. */
  stop(id: string): Promise<LiveCapture | undefined>;
  /** Resolves when it is over. */
  wait(id: string, signal: AbortSignal): Promise<void>;
}
