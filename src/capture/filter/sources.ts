// Where the values of a field come from: the engine's index where it has them exactly, else the decoder. A packet without the field's
// protocol is never decoded.
import { verdictBits } from '../layers/frame.ts';
import { layersOfField } from '../layers/index.ts';
import type { FieldValue } from '../layers/layer.ts';
import { IPV4, IPV6, TCP, UDP } from '../engine/protocols.ts';
import { VERDICT_COUNT } from '../engine/verdicts.ts';
import { hardwareValues, headerValues } from './header-fields.ts';
import { sharedProtocol } from './node-facts.ts';
import type { PacketView } from './packet-view.ts';
import { payloadValues } from './payload-fields.ts';
import { protocolPath } from './protocol-path.ts';

export type Values = (packet: PacketView) => readonly FieldValue[];

export interface Source {
  values: Values;
  /** Relative: 1 for a look into the index. */
  cost: number;
}

/** What the compiled filter needs beside the packet. */
export interface Needs {
  /** Fields to be decoded. */
  fields: Set<string>;
  /** The names and places of all layers are looked at. */
  everyLayer: boolean;
  /** Instructions of its patterns so far, and how many of them look into bytes. */
  program: number;
  bytePatterns: number;
  /** As Wants.relative. */
  relative: boolean;
}

const none: readonly FieldValue[] = [];
const decoding = 50;
/** In the index: the packet has no flow. */
const noStream = 0xffff_ffff;

/** One value, in an array that is used again. */
const one = (read: (packet: PacketView) => FieldValue): Source => {
  const values: FieldValue[] = [0];
  return {
    cost: 1,
    values: (packet) => {
      values[0] = read(packet);
      return values;
    },
  };
};

/** Of the packet's time; none where its record has none. */
const timed = (read: (packet: PacketView) => FieldValue): Source => {
  const source = one(read);
  return { cost: 2, values: (packet) => (packet.timed ? source.values(packet) : none) };
};

const recordSources: Readonly<Record<string, () => Source>> = {
  'frame.number': () => one((packet) => packet.number),
  'frame.len': () => one((packet) => packet.original),
  'frame.cap_len': () => one((packet) => packet.captured),
  'frame.interface_id': () => {
    const source = one((packet) => packet.interface);
    return { ...source, values: (packet) => (packet.classic ? none : source.values(packet)) };
  },
  'frame.time_epoch': () => timed((packet) => packet.time),
  'frame.time_relative': () => timed((packet) => packet.relativeTime),
  'frame.time_delta': () => timed((packet) => packet.sincePrevious),
};

const present: readonly FieldValue[] = [true];

/** Findings that have a name in Wireshark. */
const findings = Object.values(verdictBits).reduce((bits, bit) => bits | (1 << bit), 0);

const verdictSource = (name: string): Source | undefined => {
  const bit = verdictBits[name];
  const mask = name === 'tcp.analysis.flags' ? findings : bit === undefined || bit >= VERDICT_COUNT ? 0 : 1 << bit;
  return mask === 0 ? undefined : { cost: 1, values: (packet) => ((packet.verdicts & mask) === 0 ? none : present) };
};

/** Of the innermost flow: Wireshark numbers those of tunnels around it too. */
const streamSource = (protocol: number): Source => {
  const source = one((packet) => packet.stream);
  return {
    cost: 2,
    values: (packet) => (packet.stream === noStream || packet.facts.flow !== protocol ? none : source.values(packet)),
  };
};

/** Counted over the whole connection (tcp-numbers.ts). */
const relativeSource = (part: 'seq' | 'ack' | 'window', needs: Needs): Source => {
  needs.relative = true;
  const source = one((packet) => packet.tcpNumbers?.[part] ?? 0);
  return { cost: 1, values: (packet) => (packet.tcpNumbers === undefined ? none : source.values(packet)) };
};

const pathSource = (needs: Needs): Source => {
  needs.everyLayer = true;
  return { ...one((packet) => protocolPath(packet.collected.layers)), cost: decoding };
};

/** The decoder's values; without decoding when the engine's tree says that no layer of the packet has the field. */
const decodedSource = (name: string, { fields }: Needs): Source => {
  fields.add(name);
  const layers = (layersOfField.get(name) ?? []).map(sharedProtocol);
  const rejects = layers.length > 0 && layers.every((protocol) => protocol !== undefined);
  const numbers = layers.flatMap((protocol) => protocol ?? []);
  const decoded: Values = (packet) => packet.collected.values.get(name) ?? none;
  if (!rejects) return { cost: decoding, values: decoded };
  return {
    cost: decoding / 2,
    values: (packet) => {
      const { facts } = packet;
      return facts.exact && numbers.every((protocol) => facts.counts[protocol] === 0) ? none : decoded(packet);
    },
  };
};

type Sides = readonly ('source' | 'destination')[];
const sides: Readonly<Record<string, Sides>> = {
  src: ['source'],
  dst: ['destination'],
  addr: ['source', 'destination'],
  srcport: ['source'],
  dstport: ['destination'],
  port: ['source', 'destination'],
};

const addressSource = (protocol: number, wanted: Sides, fallback: Source): Source => {
  const version = protocol === IPV4 ? 4 : 6;
  const buffers = wanted.map(() => new Uint8Array(version === 4 ? 4 : 16));
  return {
    cost: 4,
    values: (packet) => {
      const { exact, counts } = packet.facts;
      if (!exact || counts[protocol] !== 1 || packet.family !== version) return fallback.values(packet);
      for (const [index, buffer] of buffers.entries()) {
        if (wanted[index] === 'source') packet.readSource(buffer);
        else packet.readDestination(buffer);
      }
      return buffers;
    },
  };
};

const portSource = (protocol: number, wanted: Sides, fallback: Source): Source => {
  const values: number[] = wanted.map(() => 0);
  const [first] = wanted;
  return {
    cost: 3,
    values: (packet) => {
      const { exact, counts, transport } = packet.facts;
      const { sourcePort, destinationPort } = packet;
      if (!exact || counts[protocol] !== 1 || transport !== protocol || (sourcePort | destinationPort) === 0)
        return fallback.values(packet);
      values[0] = first === 'source' ? sourcePort : destinationPort;
      if (wanted.length > 1) values[1] = destinationPort;
      return values;
    },
  };
};

const protocols: Readonly<Record<string, number>> = { ip: IPV4, ipv6: IPV6, tcp: TCP, udp: UDP };

export const sourceOf = (name: string, needs: Needs): Source => {
  const record = recordSources[name]?.() ?? verdictSource(name);
  if (record !== undefined) return record;
  if (name === 'tcp.stream') return streamSource(TCP);
  if (name === 'udp.stream') return streamSource(UDP);
  if (name === 'tcp.seq') return relativeSource('seq', needs);
  if (name === 'tcp.ack') return relativeSource('ack', needs);
  if (name === 'tcp.window_size') return relativeSource('window', needs);
  if (name === 'frame.protocols') return pathSource(needs);
  const fallback = decodedSource(name, needs);
  const header = headerValues(name) ?? hardwareValues(name) ?? payloadValues(name);
  if (header !== undefined) return { cost: 6, values: (packet) => header(packet) ?? fallback.values(packet) };
  const [layer = '', part = '', more] = name.split('.');
  const protocol = protocols[layer];
  const wanted = sides[part];
  if (protocol === undefined || wanted === undefined || more !== undefined) return fallback;
  const addresses = protocol === IPV4 || protocol === IPV6;
  return addresses ? addressSource(protocol, wanted, fallback) : portSource(protocol, wanted, fallback);
};
