// A capture at a glance, from the engine's totals and tables.
import type { Analysis } from '../analysis.ts';
import type { Engine, EngineExports } from '../engine/engine.ts';
import { countConversations, putOutOf } from './conversations.ts';
import { endpointsOf, type Talker } from './endpoints.ts';
import { leftOutOfLayers } from './left-out.ts';
import { linkTypeName, undecodedLinks } from './link-types.ts';
import { packetsByProtocol } from './protocols.ts';
import { tcpIssuesLine } from './tcp-issues-line.ts';
import { counted, isoOf, leastSeconds, rounded, secondsOf } from './values.ts';

const talkers = 5;

export type CaptureFormat = 'pcap' | 'pcapng';

export interface LinkType {
  linktype: number;
  name: string;
  packets: number;
}

export interface Summary {
  summary: string;
  file_path: string;
  packet_count: number;
  /** 0 when none of its packets has a time, as capinfos has it. */
  duration_seconds: number;
  total_bytes: number;
  captured_bytes: number;
  start_time: number | null;
  end_time: number | null;
  start_time_iso: string | null;
  end_time_iso: string | null;
  packets_per_second: number | null;
  bits_per_second: number | null;
  average_packet_bytes: number | null;
  protocols: Record<string, number>;
  top_talkers: Talker[];
  top_destinations: Talker[];
  unique_ips: number;
  unique_ipv4: number;
  unique_ipv6: number;
  conversations: Record<string, number>;
  tcp_issues_summary: string | null;
  file: {
    format: CaptureFormat;
    compression: 'gzip' | 'zstd' | null;
    size_bytes: number;
    link_types: LinkType[];
    cut_packets: number;
    out_of_order_packets: number;
  };
  notes: string[];
}

const linkTypesOf = (exports: EngineExports): LinkType[] =>
  Array.from({ length: exports.linkCount() }, (_, index) => ({
    linktype: exports.linkType(index),
    name: linkTypeName(exports.linkType(index)),
    packets: exports.linkPackets(index),
  }));

type Times = Pick<
  Summary,
  | 'duration_seconds'
  | 'start_time'
  | 'end_time'
  | 'start_time_iso'
  | 'end_time_iso'
  | 'packets_per_second'
  | 'bits_per_second'
>;

const noTimes: Times = {
  duration_seconds: 0,
  start_time: null,
  end_time: null,
  start_time_iso: null,
  end_time_iso: null,
  packets_per_second: null,
  bits_per_second: null,
};

const timesOf = (exports: EngineExports): Times => {
  if (exports.packetCount() === exports.untimedPackets()) return noTimes;
  const [earliest, latest] = [exports.earliestTime(), exports.latestTime()];
  const seconds = secondsOf(latest - earliest);
  const perSecond = (amount: number): number | null => (seconds < leastSeconds ? null : rounded(amount / seconds, 1));
  return {
    duration_seconds: seconds,
    start_time: secondsOf(earliest),
    end_time: secondsOf(latest),
    start_time_iso: isoOf(earliest),
    end_time_iso: isoOf(latest),
    packets_per_second: perSecond(exports.packetCount() - exports.untimedPackets()),
    bits_per_second: perSecond((exports.totalOriginal() - exports.untimedBytes()) * 8),
  };
};

const notesOf = (engine: Engine, omitted: number): string[] => {
  const { exports } = engine;
  const notes = leftOutOfLayers(exports);
  const packets = exports.packetCount();
  const cut = exports.cutPackets();
  if (cut > 0) {
    const missing = exports.totalOriginal() - exports.totalCaptured();
    notes.push(
      `${cut} of ${counted(packets, 'packet')} ${cut === 1 ? 'was' : 'were'} cut when captured (snaplen): ${missing} bytes are missing. Counts and rates use lengths on the wire.`,
    );
  }
  const untimed = exports.untimedPackets();
  if (untimed > 0) {
    const without = untimed === packets ? 'there are no duration and no rates' : 'duration and rates are of the others';
    notes.push(`${counted(untimed, 'packet has', 'packets have')} no time: ${without}.`);
  }
  const seconds = secondsOf(exports.latestTime() - exports.earliestTime());
  if (packets > untimed && seconds < leastSeconds)
    notes.push(`The packets lie within ${seconds} s: below ${leastSeconds} s there are no rates.`);
  const disordered = exports.disorderedPackets();
  if (disordered > 0)
    notes.push(`${counted(disordered, 'packet is', 'packets are')} earlier than the one before in the file.`);
  const putOut = putOutOf(engine);
  if (putOut !== null) {
    notes.push(
      `More conversations than are told apart at a time: ${putOut.conversations} with ${putOut.packets} packets are counted, but not listed.`,
    );
  }
  if (omitted > 0) notes.push(`More addresses than are told apart: ${omitted} times one was left out.`);
  return notes;
};

const sentence = (exports: EngineExports, seconds: number, protocols: Record<string, number>): string => {
  const packets = exports.packetCount();
  if (packets === 0) return 'The capture holds no packets.';
  const first = Object.keys(protocols).slice(0, 6).join(', ');
  const during = packets === exports.untimedPackets() ? '' : ` in ${rounded(seconds, 3)} s`;
  const amount = `${counted(packets, 'packet')}, ${exports.totalOriginal()} bytes${during}`;
  return [`${amount}${first === '' ? '' : `: ${first}`}.`, ...undecodedLinks(exports)].join(' ');
};

export const summaryOf = ({ engine, coverage, compression, path }: Analysis): Summary => {
  const { exports } = engine;
  const packets = exports.packetCount();
  const protocols = packetsByProtocol(exports);
  const { unique, omitted, senders, receivers } = endpointsOf(engine, talkers);
  const times = timesOf(exports);
  return {
    summary: sentence(exports, times.duration_seconds, protocols),
    file_path: path,
    packet_count: packets,
    total_bytes: exports.totalOriginal(),
    captured_bytes: exports.totalCaptured(),
    ...times,
    average_packet_bytes: packets === 0 ? null : rounded(exports.totalOriginal() / packets, 1),
    protocols,
    top_talkers: senders,
    top_destinations: receivers,
    unique_ips: unique.ipv4 + unique.ipv6,
    unique_ipv4: unique.ipv4,
    unique_ipv6: unique.ipv6,
    conversations: countConversations(engine),
    tcp_issues_summary: tcpIssuesLine(exports),
    file: {
      format: exports.captureFormat() === 2 ? 'pcapng' : 'pcap',
      compression,
      size_bytes: coverage.file_size_bytes,
      link_types: linkTypesOf(exports),
      cut_packets: exports.cutPackets(),
      out_of_order_packets: exports.disorderedPackets(),
    },
    notes: notesOf(engine, omitted),
  };
};
