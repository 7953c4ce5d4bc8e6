// get_packet: one packet of a capture by its number, every layer decoded.
import * as z from 'zod';
import type { Coverage } from '../../capture/coverage.ts';
import type { OnePacket } from '../../capture/one-packet.ts';
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { captureInput, coverageSchema, packetBound, aboutCapture } from './capture-call.ts';

/** Characters of the whole answer that are left to layers and payload. */
const budget = 4800;

const valueSchema = z.union([z.string(), z.number(), z.boolean()]);

const layerSchema = z.strictObject({
  protocol: z.string(),
  title: z.string(),
  fields: z.record(z.string(), z.union([valueSchema, z.array(valueSchema)])),
  notes: z.array(z.string()),
  omitted: z.number().describe('Fields and values left out'),
});

const conversationSchema = z.strictObject({
  protocol: z.string(),
  src_ip: z.string(),
  src_port: z.number(),
  dst_ip: z.string(),
  dst_port: z.number(),
  direction: z.enum(['forward', 'reverse']).describe('forward: sent by src, who sent its first packet'),
});

const payloadSchema = z.strictObject({
  bytes: z.number().describe('Captured'),
  hex: z.string(),
  text: z.string(),
  truncated: z.boolean(),
});

const conversationOf = ({ conversation: found }: OnePacket): z.input<typeof conversationSchema> | null =>
  found === undefined
    ? null
    : {
        protocol: found.protocol,
        src_ip: found.source,
        src_port: found.sourcePort,
        dst_ip: found.destination,
        dst_port: found.destinationPort,
        direction: found.forward ? 'forward' : 'reverse',
      };

/** No packet of that number: the file has fewer, or fewer are read. */
const notFound = (number: number, path: string, coverage: Coverage, { settings }: OperationPorts): NetError => {
  const count = coverage.packets_read;
  const { maxPackets } = settings.captures;
  if (maxPackets !== undefined && number > maxPackets)
    return new NetError(
      'not_found',
      `There is no packet ${number} within the first ${maxPackets}, and no more are read of a file.`,
      `Pass a packet_number from 1 to ${Math.min(count, maxPackets)}, or raise pcap.max_packets in the configuration.`,
    );
  return new NetError(
    'not_found',
    `There is no packet ${number}: ${path} has ${count}${coverage.complete ? '' : ' that can be read'}.`,
    count === 0 ? 'Pass a file that has packets.' : `Pass a packet_number from 1 to ${count}.`,
  );
};

export const getPacket = defineOperation({
  name: 'get_packet',
  title: 'Get one packet of a capture',
  description: 'One packet by its number with every layer decoded, by Wireshark field names. Payload only on request.',
  ...aboutCapture,
  input: z.strictObject({
    file_path: captureInput.file_path,
    packet_number: z.number().int().min(1).max(4_294_967_294),
    payload: z.boolean().default(false),
    max_payload_bytes: z.number().int().min(1).max(1024).default(256),
  }),
  output: resultSchema({
    file_path: z.string(),
    packet_number: z.number(),
    time: z.string().nullable(),
    time_epoch: z.number().nullable(),
    captured_bytes: z.number(),
    wire_bytes: z.number(),
    interface: z.number().describe('Number in the file, from 0'),
    link_type: z.string(),
    tcp_verdicts: z.array(z.string()),
    conversation: conversationSchema.nullable(),
    layers: z.array(layerSchema).describe('Outermost first'),
    payload: payloadSchema.nullable(),
    coverage: coverageSchema,
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal, progress }) => {
    const { findPacket } = await import('../../capture/one-packet.ts');
    const number = input.packet_number;
    const bound = packetBound({ file_path: input.file_path, max_packets: number }, ports);
    const source = await ports.captures.open(input.file_path);
    const { path } = source;
    const { packet, coverage } = await findPacket(source, number, { maxPackets: bound, signal, progress }).finally(() =>
      source.close(),
    );
    if (packet === undefined) throw notFound(number, path, coverage, ports);
    const { decodePacket } = await import('../../capture/decode.ts');
    const { hexText, payloadOf, printable, showLayers } = await import('../../capture/show-layers.ts');
    const { isoOf, secondsOf, timeOrNull } = await import('../../capture/reports/values.ts');
    const { linkTypeName } = await import('../../capture/reports/link-types.ts');
    const { verdictNames } = await import('../../capture/verdict-names.ts');
    const time = timeOrNull(packet.time);
    const layers = decodePacket(packet);
    const carried = payloadOf(packet.bytes, layers);
    const some = carried.subarray(0, input.max_payload_bytes);
    const payload = input.payload
      ? { bytes: carried.length, hex: hexText(some), text: printable(some), truncated: some.length < carried.length }
      : null;
    const verdicts = verdictNames(packet.verdicts);
    const names = layers.map(({ layer }) => layer.name);
    const cut = packet.captured < packet.original ? `, ${packet.captured} captured` : '';
    return {
      success: true,
      summary: `Packet ${number}, ${packet.original} bytes${cut}: ${names.slice(0, 12).join(', ') || 'nothing known'}${
        verdicts.length === 0 ? '' : `; ${verdicts.join(', ')}`
      }.`,
      file_path: path,
      packet_number: packet.number,
      time: time === null ? null : isoOf(time),
      time_epoch: time === null ? null : secondsOf(time),
      captured_bytes: packet.captured,
      wire_bytes: packet.original,
      interface: packet.interface,
      link_type: linkTypeName(packet.link),
      tcp_verdicts: verdicts,
      conversation: conversationOf(packet),
      layers: showLayers(layers, budget - (payload === null ? 0 : JSON.stringify(payload).length), input.payload),
      payload,
      coverage,
      untrusted: ['layers[].fields', ...(payload === null ? [] : ['payload.text'])],
    };
  },
});
