// What pinging one address gave, however it was done, and the words for errors that came instead of replies.
import type { IpVersion, ProbeAnswer, ProbeSocket } from '../../model/probe.ts';
import { refusalOf } from '../answers.ts';

export interface EchoReply {
  /** 1 for the first packet. */
  sequence: number;
  latencyMs: number;
  /** TTL or hop limit of the reply. */
  hopLimit: number | null;
}

export interface EchoError {
  /** Null when the source does not tell. */
  sequence: number | null;
  /** Null: this host itself. */
  from: string | null;
  kind: Exclude<ProbeAnswer['kind'], 'echo_reply'>;
  /** In words. */
  what: string;
  /** MTU in bytes that the error names. */
  mtu: number | null;
}

export interface EchoReport {
  method: ProbeSocket['method'] | 'ping_binary';
  sent: number;
  replies: EchoReply[];
  duplicates: number;
  errors: EchoError[];
  notes: string[];
}

export interface EchoRequest {
  address: string;
  family: IpVersion;
  count: number;
  timeoutMs: number;
  intervalMs: number;
  payloadBytes: number;
  hopLimit?: number | undefined;
  dontFragment: boolean;
}

/** What an answer that is no reply says, without the letters that traceroute adds. */
export const wordsOf = (answer: ProbeAnswer, family: IpVersion): string => {
  if (answer.kind === 'time_exceeded') {
    return answer.code === 1 ? 'fragments did not arrive in time' : 'TTL exceeded in transit';
  }
  const words = (refusalOf(answer, family) ?? answer.kind).replace(/ \(![A-Z]\)$/, '');
  return answer.mtu === null ? words : `${words}, MTU ${answer.mtu}`;
};
