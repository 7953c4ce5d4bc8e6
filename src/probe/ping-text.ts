// What the ping programs print, read into data: iputils, busybox, macOS and Windows, the last in any language by its numbers.
import { plainText } from '../model/plain-text.ts';
import type { EchoError, EchoReply } from './echo/report.ts';

export interface PingText {
  /** As the program itself counted; null when it did not get so far. */
  sent: number | null;
  replies: EchoReply[];
  duplicates: number;
  errors: EchoError[];
}

/** A program that is not ours may print anything. */
const maxLines = 2000;
const maxLineCharacters = 400;

const linesOf = (text: string): string[] =>
  text.split(/\r?\n/, maxLines).map((line) => line.slice(0, maxLineCharacters));

const kindOf = (words: string): EchoError['kind'] => {
  if (/message too long/i.test(words)) return 'local';
  if (/exceeded/i.test(words)) return 'time_exceeded';
  if (/frag needed|too big/i.test(words)) return 'too_big';
  return 'unreachable';
};

const mtuOf = (words: string): number | null => {
  const found = /mtu\s?[=:]?\s?(\d{1,5})/i.exec(words)?.[1];
  return found === undefined ? null : Number(found);
};

const errorOf = (sequence: number | null, from: string | null, words: string): EchoError => ({
  sequence,
  from: from === null ? null : plainText(from, 60),
  kind: from === null ? 'local' : kindOf(words),
  what: plainText(words.trim(), 120),
  mtu: mtuOf(words),
});

/** `icmp_seq=1 ttl=64 time=0.05 ms`; busybox says `seq`, ping6 of macOS `hlim`. */
const unixReply = /\b(icmp_seq|seq)=(\d{1,5})\b.*?\btime[=<](\d{1,9}(?:\.\d{1,6})?) ?ms/;
/** `From 192.0.2.1 icmp_seq=1 Destination Host Unreachable` of iputils. */
const iputilsError = /^From (\S+?)(?: \(\S+\))?:? icmp_seq=(\d{1,5}) (.+)$/;
/** `92 bytes from 192.0.2.1: Destination Host Unreachable` of macOS. */
const macError = /^\d+ bytes from (\S+): ([A-Z][A-Za-z ]+.*)$/;
const ownError = /^(?:\/\S{1,100}\/)?ping6?: (?:(?:local error|sendmsg|sendto|connect): )(.+)$/;
const unixTotals = /^(\d{1,6}) packets transmitted, (\d{1,6}) (?:packets )?received/;

export const parseUnixPing = (text: string): PingText => {
  const found: PingText = { sent: null, replies: [], duplicates: 0, errors: [] };
  // macOS and busybox count from 0, iputils from 1.
  const lines = linesOf(text);
  const base = lines.some((line) => /^(PING6\(|PING .*\): .*data bytes$)/.test(line)) ? 0 : 1;
  for (const line of lines) {
    const reply = unixReply.exec(line);
    const error = iputilsError.exec(line);
    const mac = macError.exec(line);
    const own = ownError.exec(line);
    if (reply !== null) {
      const hopLimit = /\b(?:ttl|hlim)=(\d{1,3})\b/.exec(line)?.[1];
      if (line.includes('(DUP!)')) found.duplicates += 1;
      else {
        found.replies.push({
          sequence: Number(reply[2]) + 1 - base,
          latencyMs: Number(reply[3]),
          hopLimit: hopLimit === undefined ? null : Number(hopLimit),
        });
      }
    } else if (error !== null) {
      found.errors.push(errorOf(Number(error[2]), error[1] ?? null, error[3] ?? ''));
    } else if (mac !== null) {
      found.errors.push(errorOf(null, mac[1] ?? null, mac[2] ?? ''));
    } else if (own !== null) {
      found.errors.push(errorOf(null, null, own[1] ?? ''));
    }
    const totals = unixTotals.exec(line);
    if (totals !== null) found.sent = Number(totals[1]);
  }
  return found;
};

// `Reply from 192.0.2.1: bytes=32 time=12ms TTL=57`; IPv6 has neither bytes nor TTL; other languages have other words.
const windowsReply = /[=<] ?(\d{1,9}) ?(?:ms\b|\S{1,6}(?= TTL=))/i;
const windowsTtl = /\bTTL=(\d{1,3})\b/i;
const windowsTotals = /= ?(\d{1,6})\D{1,60}= ?(\d{1,6})\D{1,60}= ?(\d{1,6})\D{0,10}\(/;

const windowsError = (sequence: number, line: string): EchoError[] => {
  const from = /^Reply from (\S+): (.+)$/.exec(line);
  if (from !== null) return [errorOf(sequence, from[1] ?? null, from[2] ?? '')];
  if (/^(PING: |General failure|Packet needs to be fragmented)/.test(line)) return [errorOf(sequence, null, line)];
  return [];
};

/** A line a packet follows the heading; what is no reply and no known error was a timeout. */
export const parseWindowsPing = (text: string, address: string): PingText => {
  const found: PingText = { sent: null, replies: [], duplicates: 0, errors: [] };
  const lines = linesOf(text);
  const heading = lines.findIndex((line) => line.includes(address));
  if (heading === -1) return found;
  let sequence = 0;
  for (const line of lines.slice(heading + 1)) {
    const words = line.trim();
    if (words === '') {
      if (sequence > 0) break;
      continue;
    }
    // The heading may take two lines; the second one ends with a colon.
    if (sequence === 0 && words.endsWith(':') && !words.includes('=')) continue;
    sequence += 1;
    const time = windowsReply.exec(words.replaceAll(address, ''));
    if (time === null) found.errors.push(...windowsError(sequence, words));
    else {
      const ttl = windowsTtl.exec(words)?.[1];
      found.replies.push({ sequence, latencyMs: Number(time[1]), hopLimit: ttl === undefined ? null : Number(ttl) });
    }
  }
  const totals = lines.map((line) => windowsTotals.exec(line)).find((match) => match !== null);
  found.sent = totals?.[1] === undefined ? (sequence === 0 ? null : sequence) : Number(totals[1]);
  return found;
};
