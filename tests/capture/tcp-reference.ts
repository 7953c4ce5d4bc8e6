// The TCP verdicts of a file, packet by packet, from the engine and from tshark in the same words.
import { readCapture } from '../../src/capture/read.ts';
import * as layout from '../../src/capture/engine/layout.ts';
import * as verdicts from '../../src/capture/engine/verdicts.ts';
import type { Engine } from '../../src/capture/engine/engine.ts';
import { tsharkFields } from './tshark.ts';

/** Verdicts of packets, and tshark's fields for them. */
export const fields: readonly (readonly [verdict: number, field: string])[] = [
  [verdicts.RETRANSMISSION, 'tcp.analysis.retransmission'],
  [verdicts.FAST_RETRANSMISSION, 'tcp.analysis.fast_retransmission'],
  [verdicts.SPURIOUS_RETRANSMISSION, 'tcp.analysis.spurious_retransmission'],
  [verdicts.OUT_OF_ORDER, 'tcp.analysis.out_of_order'],
  [verdicts.DUPLICATE_ACK, 'tcp.analysis.duplicate_ack'],
  [verdicts.LOST_SEGMENT, 'tcp.analysis.lost_segment'],
  [verdicts.ACKED_UNSEEN, 'tcp.analysis.ack_lost_segment'],
  [verdicts.ZERO_WINDOW, 'tcp.analysis.zero_window'],
  [verdicts.WINDOW_FULL, 'tcp.analysis.window_full'],
  [verdicts.WINDOW_UPDATE, 'tcp.analysis.window_update'],
  [verdicts.KEEP_ALIVE, 'tcp.analysis.keep_alive'],
  [verdicts.KEEP_ALIVE_ACK, 'tcp.analysis.keep_alive_ack'],
  [verdicts.ZERO_WINDOW_PROBE, 'tcp.analysis.zero_window_probe'],
  [verdicts.ZERO_WINDOW_PROBE_ACK, 'tcp.analysis.zero_window_probe_ack'],
  [verdicts.PORT_REUSE, 'tcp.analysis.reused_ports'],
  [verdicts.RESET, 'tcp.connection.rst'],
];

export interface Judged {
  /** Numbers of tcp.stream, and names of the verdicts, by packet number; packets without are left out. */
  streams: Map<number, string>;
  verdicts: Map<number, string>;
}

const nameOf = (field: string): string => field.replace(/^tcp\.(analysis|connection)\./, '');

export const judgedByTshark = async (file: string): Promise<Judged> => {
  const names = fields.map(([, field]) => field);
  const rows = await tsharkFields(file, ['frame.number', 'tcp.stream', ...names], 'tcp');
  const judged: Judged = { streams: new Map(), verdicts: new Map() };
  for (const [number = '', stream = '', ...values] of rows) {
    judged.streams.set(Number(number), stream.split(',').at(-1) ?? '');
    const found = names.filter((_, at) => (values[at] ?? '') !== '').map(nameOf);
    if (found.length > 0) judged.verdicts.set(Number(number), found.join(' '));
  }
  return judged;
};

/** Reads bytes that stand in memory as a file. */
export const sourceOf = (bytes: Uint8Array) => ({
  path: '/crafted',
  identity: 'crafted',
  sizeBytes: bytes.length,
  read: (into: Uint8Array, position: number): Promise<number> => {
    const part = bytes.subarray(position, position + into.length);
    into.set(part);
    return Promise.resolve(part.length);
  },
  close: (): Promise<void> => Promise.resolve(),
});

export interface JudgedByEngine extends Judged {
  engine: Engine;
}

export const judgedByEngine = async (bytes: Uint8Array): Promise<JudgedByEngine> => {
  const judged: Judged = { streams: new Map(), verdicts: new Map() };
  const options = { maxPackets: undefined, signal: new AbortController().signal };
  const { engine } = await readCapture(sourceOf(bytes), options, ({ memory, exports }, entries, address) => {
    const view = new DataView(memory.buffer);
    for (let index = 0; index < entries; index += 1) {
      const entry = address + index * layout.ENTRY_BYTES;
      const number = view.getUint32(entry + layout.ENTRY_NUMBER, true);
      const flow = view.getUint32(entry + layout.ENTRY_FLOW, true);
      if (flow !== 0 && exports.flowProtocol(flow) === 6)
        judged.streams.set(number, String(view.getUint32(entry + layout.ENTRY_STREAM, true)));
      const bits = view.getUint32(entry + layout.ENTRY_VERDICTS, true);
      const found = fields.filter(([verdict]) => ((bits >>> verdict) & 1) === 1).map(([, field]) => nameOf(field));
      if (found.length > 0) judged.verdicts.set(number, found.join(' '));
    }
    return false;
  });
  return { ...judged, engine };
};

/** What the two say differently: `packet: tshark's | the engine's`. */
export const differences = (tshark: Map<number, string>, engine: Map<number, string>): string[] =>
  [...new Set([...tshark.keys(), ...engine.keys()])]
    .sort((one, other) => one - other)
    .filter((number) => tshark.get(number) !== engine.get(number))
    .map((number) => `${number}: ${tshark.get(number) ?? 'nothing'} | ${engine.get(number) ?? 'nothing'}`);
