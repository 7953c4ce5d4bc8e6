// The engine as TypeScript sees it: one instance reads one capture. It has no imports but its memory, whose maximum bounds it.
import { readFile } from 'node:fs/promises';

/** What the compiled engine exports. Addresses are byte offsets in its memory. */
export interface EngineExports {
  /** A buffer in the memory, zeroed; 0 when the memory's maximum would be passed. */
  buffer(bytes: number): number;
  memoryTaken(): number;
  /** Before the first `consume`. 0xffffffff: no bound. */
  begin(maxPackets: number): void;
  /**
   * Reads whole records from `at` to `end`, whose first byte stands at `offset` in the file; answers where the first one begins that is
   * incomplete, beyond `maxPackets`, or does not fit in the index.
   */
  consume(at: number, end: number, offset: number): number;
  /** After the last `consume`: settles what waits for an answer. */
  finish(): void;
  packetCount(): number;
  /** Of faults.ts; 0: none. */
  fault(): number;
  faultOffset(): number;
  /** Turns the index of packets on and answers its address (layout.ts); `indexed` entries are valid until `clearIndex`. */
  startIndex(): number;
  indexed(): number;
  clearIndex(): void;
  /** Flows are numbered from 1. */
  flowCount(): number;
  /** Addresses of its endpoints' addresses, 4 or 16 bytes: the source sent the flow's first packet. */
  flowSource(index: number): number;
  flowDestination(index: number): number;
  flowFamily(index: number): number;
  /** IP protocol number. */
  flowProtocol(index: number): number;
  flowSourcePort(index: number): number;
  flowDestinationPort(index: number): number;
  /** Node of the protocol tree of its packets. */
  flowNode(index: number): number;
  flowFirstNumber(index: number): number;
  /** Nanoseconds since 1970. */
  flowFirstTime(index: number): bigint;
  flowLastTime(index: number): bigint;
  /** Direction 0: sent by the source. Bytes are on the wire. */
  flowPackets(index: number, direction: number): number;
  flowBytes(index: number, direction: number): number;
  /** Nodes of the protocol tree are numbered from 0, the root; packets and bytes are of packets that end there. */
  nodeCount(): number;
  nodeParent(node: number): number;
  nodeProtocol(node: number): number;
  nodePackets(node: number): number;
  nodeBytes(node: number): number;
}

export interface Engine {
  exports: EngineExports;
  memory: WebAssembly.Memory;
}

/** Most memory an engine may take, bytes: tables are full before, and say so. */
export const engineMemoryBytes = 320 * 1024 * 1024;

const pageBytes = 65_536;

let compiled: Promise<WebAssembly.Module> | undefined;

const loadModule = async (): Promise<WebAssembly.Module> =>
  WebAssembly.compile(new Uint8Array(await readFile(new URL('./engine.wasm', import.meta.url))));

const isEngine = (exports: object): exports is EngineExports => 'consume' in exports;

/** A new engine with empty tables. Its memory is shared, so that a read may be under way while it grows. */
export const createEngine = async (): Promise<Engine> => {
  compiled ??= loadModule();
  const memory = new WebAssembly.Memory({ initial: 64, maximum: engineMemoryBytes / pageBytes, shared: true });
  const abort = (): never => {
    throw new Error('The capture engine aborted');
  };
  const { exports } = await WebAssembly.instantiate(await compiled, { env: { memory, abort } });
  if (!isEngine(exports)) throw new Error('engine.wasm has other exports than this version expects');
  return { exports, memory };
};
