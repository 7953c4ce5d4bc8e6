// filter_packets: the packets of a capture that pass simple arguments and a display filter, one line each, page by page.
import * as z from 'zod';
import type { PacketView } from '../../capture/filter/packet-view.ts';
import type { Row } from '../../capture/filter/row.ts';
import { NetError } from '../../model/errors.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { captureInput, coverageSchema, packetBound, packetsText, aboutCapture, readText } from './capture-call.ts';
import { codeOf, fittingRows } from './rows.ts';

/** Rows that make a short answer, as many as fit; who asks for more gets a longer one. */
const usualRows = 100;

const packetSchema = z.strictObject({
  number: z.number(),
  time_offset_s: z.number().nullable().describe('Since the first packet'),
  src: z.string(),
  dst: z.string(),
  protocol: z.string().describe('Innermost'),
  length: z.number().describe('Bytes on the wire'),
  info: z.string(),
});

interface Start {
  /** The number of the last packet of the page before. */
  after: number;
  /** The file as that page saw it; '' on the first page. */
  file: string;
}

const startOf = (cursor: string | undefined): Start => {
  if (cursor === undefined) return { after: 0, file: '' };
  const [all, number, file = ''] = /^(\d{1,10})-([\da-z]{1,7})$/.exec(cursor) ?? [];
  if (all !== undefined) return { after: Number(number), file };
  throw new NetError(
    'invalid_argument',
    'Argument cursor: not one that was given.',
    'Pass cursor as the previous answer has it, or leave it out.',
  );
};

export const filterPackets = defineOperation({
  name: 'filter_packets',
  title: 'Filter packets of a capture',
  description:
    'Packets of a capture that match every given argument; `filter` is a Wireshark display filter over decoded fields, tcp.analysis.* included.',
  ...aboutCapture,
  input: z.strictObject({
    ...captureInput,
    src_ip: z.string().min(1).max(64).optional().describe('Address or CIDR'),
    dst_ip: z.string().min(1).max(64).optional(),
    protocol: z.string().min(1).max(32).optional().describe('tcp, dns, tls, ...'),
    port: z.number().int().min(0).max(65_535).optional().describe('Either side'),
    filter: z.string().max(4096).optional().describe('tcp.flags.syn == 1 and not ip.addr == 10.0.0.0/8'),
    max_results: z.number().int().min(1).max(1000).default(usualRows),
    cursor: z.string().max(20).optional(),
  }),
  output: resultSchema({
    file_path: z.string(),
    matched: z.number().describe('Of the packets read, on all pages'),
    packets: z.array(packetSchema),
    truncated: z.boolean(),
    total: z.number().describe('As matched'),
    cursor: z.string().nullable().describe('Pass it to continue; null at the end'),
    coverage: coverageSchema,
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal, progress }) => {
    if (input.filter !== undefined && !ports.settings.captures.allowCustomFilters)
      throw new NetError(
        'not_permitted',
        'Filter expressions are switched off by the configuration (pcap.allow_custom_filters).',
        'Use src_ip, dst_ip, protocol and port, or have NETMCP_ALLOW_CUSTOM_FILTERS=true set.',
      );
    const { after, file } = startOf(input.cursor);
    const { compileFilter } = await import('../../capture/filter/compile.ts');
    const { expressionsOf, namedProtocols } = await import('../../capture/filter/arguments.ts');
    const filter = compileFilter(...expressionsOf(input), ...(input.filter === undefined ? [] : [input.filter]));
    const named = namedProtocols(input);
    const passes = (packet: PacketView): boolean =>
      named?.some((protocol) => (packet.facts.counts[protocol] ?? 0) > 0) ?? true;
    const { scanCapture } = await import('../../capture/filter/scan.ts');
    const { rowOf } = await import('../../capture/filter/row.ts');
    const source = await ports.captures.open(input.file_path);
    const state = codeOf(source.identity);
    const rows: Row[] = [];
    let matched = 0;
    let last = 0;
    const options = { maxPackets: packetBound(input, ports), signal, progress };
    const { coverage } = await scanCapture(source, options, filter, (packet) => {
      if (!passes(packet)) return;
      matched += 1;
      last = packet.number;
      if (packet.number > after && rows.length < input.max_results) rows.push(rowOf(packet));
    }).finally(() => source.close());
    const packets = fittingRows(rows, input.max_results > usualRows ? { top_n: input.max_results } : {});
    const end = packets.at(-1)?.number ?? after;
    const more = packets.length > 0 && end < last;
    return {
      success: true,
      summary: `${matched} of ${packetsText(coverage.packets_read)} ${matched === 1 ? 'matches' : 'match'}${
        packets.length < matched ? `; ${packets.length} shown` : ''
      }.${file === '' || file === state ? '' : ' The file has changed since the page before.'}${readText(coverage)}`,
      file_path: source.path,
      matched,
      packets,
      truncated: packets.length < matched,
      total: matched,
      cursor: more ? `${end}-${state}` : null,
      coverage,
      untrusted: ['packets[].info'],
    };
  },
});
