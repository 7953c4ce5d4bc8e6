// Puts one input through the engine, in one piece and in several, and every packet through the decoders and a filter.
import { collectFields, decodePacket, type PacketBytes, wantedFields } from '../../../src/capture/decode.ts';
import { createEngine, type Engine } from '../../../src/capture/engine/engine.ts';
import * as layout from '../../../src/capture/engine/layout.ts';
import { type CompiledFilter, compileFilter } from '../../../src/capture/filter/compile.ts';
import { entryAddress } from '../../../src/capture/filter/entry-view.ts';
import { PacketView } from '../../../src/capture/filter/packet-view.ts';
import { rowOf } from '../../../src/capture/filter/row.ts';
import { showLayers } from '../../../src/capture/show-layers.ts';
import { filterExpressions } from '../filter-expressions.ts';
import { checkReports } from './check-reports.ts';
import { ensure } from './ensure.ts';
import type { Chance } from './mutate.ts';

/** Bytes; files of some kilobytes fill no table. */
const mostMemory = 96 * 1024 * 1024;

interface Counted {
  packets: number;
  fault: number;
  offset: number;
}

const checkSums = ({ exports }: Engine): void => {
  const packets = exports.packetCount();
  let inNodes = 0;
  for (let node = 0; node < exports.nodeCount(); node += 1) {
    inNodes += exports.nodePackets(node);
    ensure(node === 0 || exports.nodeParent(node) < node, `node ${node} stands below node ${exports.nodeParent(node)}`);
  }
  ensure(inNodes === packets, `${inNodes} packets in the tree, ${packets} read`);
  let inFlows = exports.otherPackets();
  for (let flow = 1; flow <= exports.flowCount(); flow += 1)
    if (exports.flowUsed(flow) !== 0) inFlows += exports.flowPackets(flow, 0) + exports.flowPackets(flow, 1);
  ensure(inFlows <= packets, `${inFlows} packets in flows, ${packets} read`);
  ensure(exports.memoryTaken() < mostMemory, `${exports.memoryTaken()} bytes of memory`);
};

const countedOf = ({ exports }: Engine, taken: number): Counted => ({
  packets: exports.packetCount(),
  fault: exports.fault(),
  offset: exports.fault() === 0 ? taken : exports.faultOffset(),
});

/** With the bytes in chunks of any size, as `readCapture` never gives them. */
const consumeInChunks = async (bytes: Uint8Array, sizeOf: () => number): Promise<Counted> => {
  const engine = await createEngine();
  const { exports, memory } = engine;
  exports.begin(0xffff_ffff);
  const start = exports.buffer(bytes.length + 16);
  ensure(start > 0, 'no buffer');
  new Uint8Array(memory.buffer).set(bytes, start);
  let at = start;
  for (let end = start; end < start + bytes.length;) {
    end = Math.min(start + bytes.length, end + sizeOf());
    const next = exports.consume(at, end, at - start);
    ensure(next >= at && next <= end, `consume went from ${at - start} to ${next - start} of ${end - start}`);
    at = next;
  }
  exports.finish();
  checkSums(engine);
  return countedOf(engine, at - start);
};

const wanted = wantedFields([
  'dns.qry.name',
  'tcp.flags',
  'http.host',
  'ip.src',
  'tls.handshake.extensions_server_name',
]);

const filters = new Map<string, CompiledFilter>();

const filterOf = (expression: string): CompiledFilter => {
  const filter = filters.get(expression) ?? compileFilter(expression);
  filters.set(expression, filter);
  return filter;
};

const checkLayers = (packet: PacketBytes, number: number, show: boolean): void => {
  const layers = decodePacket(packet);
  for (const { layer, start, length } of layers)
    ensure(
      start >= 0 && length >= 0 && start + length <= packet.bytes.length,
      `a layer ${layer.name} outside of packet ${number}`,
    );
  collectFields(packet, wanted);
  if (show) showLayers(layers, 8000);
};

/** In one piece, every packet decoded as it is shown and as it is filtered; then all reports. */
const readPackets = async (bytes: Uint8Array, random: Chance): Promise<Counted> => {
  const engine = await createEngine();
  const { exports, memory } = engine;
  exports.begin(0xffff_ffff);
  const index = exports.startIndex();
  const start = exports.buffer(bytes.length + 16);
  new Uint8Array(memory.buffer).set(bytes, start);
  const end = start + bytes.length;
  const filter = filterOf(random.pick(filterExpressions));
  const packetView = new PacketView(engine, filter);
  let at = start;
  for (let entries = 1; entries > 0;) {
    at = exports.consume(at, end, at - start);
    entries = exports.indexed();
    const view = new DataView(memory.buffer, index);
    packetView.refresh();
    for (let entry = 0; entry < entries; entry += 1) {
      const word = (offset: number): number => view.getUint32(entry * layout.ENTRY_BYTES + offset, true);
      const from = word(layout.ENTRY_START);
      const captured = word(layout.ENTRY_CAPTURED);
      const number = word(layout.ENTRY_NUMBER);
      ensure(from >= start && from + captured <= end, `packet ${number} lies outside the file`);
      const packet = {
        bytes: Uint8Array.from(new Uint8Array(memory.buffer, from, captured)),
        link: word(layout.ENTRY_LINK),
        original: word(layout.ENTRY_ORIGINAL),
      };
      checkLayers(packet, number, random.below(8) === 0);
      packetView.moveTo(entryAddress(index, entry));
      if (filter.test(packetView)) rowOf(packetView);
    }
    exports.clearIndex();
  }
  exports.finish();
  checkSums(engine);
  checkReports(engine, { bytes: bytes.length, taken: at - start }, random);
  return countedOf(engine, at - start);
};

/** What is read does not depend on where the bytes are parted, which is tried for one input of `parted`. */
export const checkEngine = async (bytes: Uint8Array, random: Chance, share: { parted: number }): Promise<void> => {
  const whole = await readPackets(bytes, random);
  if (random.below(share.parted) > 0) return;
  const most = random.pick([7, 64, 1000, 5000]);
  const parted = await consumeInChunks(bytes, () => 1 + random.below(most));
  ensure(
    whole.packets === parted.packets && whole.fault === parted.fault && whole.offset === parted.offset,
    `in one piece ${JSON.stringify(whole)}, in several ${JSON.stringify(parted)}`,
  );
};
