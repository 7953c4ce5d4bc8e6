// The engine as TypeScript sees it: one instance reads one capture. It has no imports but its memory, whose maximum bounds it.
import { getRandomValues } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { DnsExports } from './dns-exports.ts';

/** What the compiled engine exports. Addresses are byte offsets in its memory. */
export interface EngineExports extends DnsExports {
  /** A buffer in the memory, zeroed; 0 when the memory's maximum would be passed. */
  buffer(bytes: number): number;
  memoryTaken(): number;
  /** Before the first `consume`: the key of the hashes, so that no sender can choose what shares a chain. No result depends on it. */
  seed(low: number, high: number): void;
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
  /** 1: pcap, 2: pcapng; 0 before the file's header was read. */
  captureFormat(): number;
  /** Of faults.ts; 0: none. */
  fault(): number;
  faultOffset(): number;
  /** Bytes still to come of a block that is passed over. */
  passingOver(): number;
  /** Turns the index of packets on and answers its address (layout.ts); `indexed` entries are valid until `clearIndex`. */
  startIndex(): number;
  indexed(): number;
  clearIndex(): void;
  /** Records of flows, numbered from 1; one may be free, because its flow was put out to make room. */
  flowCount(): number;
  /** 1: in use. */
  flowUsed(index: number): number;
  /** Number among the flows of its protocol, from 0, as Wireshark's tcp.stream and udp.stream. */
  flowStream(index: number): number;
  /** Addresses of its endpoints' addresses, 4 or 16 bytes: the source sent the flow's first packet. */
  flowSource(index: number): number;
  flowDestination(index: number): number;
  flowFamily(index: number): number;
  /** IP protocol number. */
  flowProtocol(index: number): number;
  flowSourcePort(index: number): number;
  flowDestinationPort(index: number): number;
  flowFirstNumber(index: number): number;
  /** Nanoseconds since 1970; the least of all numbers while no packet has a time. 1: some have none. */
  flowFirstTime(index: number): bigint;
  flowLastTime(index: number): bigint;
  flowUntimed(index: number): number;
  /** Direction 0: sent by the source. Bytes are on the wire. */
  flowPackets(index: number, direction: number): number;
  flowBytes(index: number, direction: number): number;
  /** TCP: bits 1 SYN sent by the destination, 2 SYN, 4 SYN+ACK, 8 established, 16 FIN, 32 RST, 64 refused; 0: one SYN and nothing more, or no TCP. */
  flowStage(index: number): number;
  /** TCP: 1 when all its source sent were SYNs, 2 when one may still be answered. */
  flowOnlySyn(index: number): number;
  /** Nanoseconds from the SYN to the handshake's end; 0: not seen. */
  flowHandshake(index: number): number;
  /** RTT of the data sent in a direction: number of samples; least, most and sum in microseconds. */
  flowRttSamples(index: number, direction: number): number;
  flowRttLeast(index: number, direction: number): number;
  flowRttMost(index: number, direction: number): number;
  flowRttSum(index: number, direction: number): number;
  /** Flows in the longest chain of the flow table: at most 48. */
  longestChain(): number;
  /** Most bytes in flight. */
  flowFlight(index: number, direction: number): number;
  /** The window's factor that the SYN or SYN+ACK of a direction's sender offers, as the exponent; -1: none; -2: its SYN was not seen. */
  flowWindowScale(index: number, direction: number): number;
  /** Flows seen of an IP protocol, those put out included. */
  flowsSeen(protocol: number): number;
  /** Flows put out because a table was full: how many, and what they had. */
  otherFlows(): number;
  otherPackets(): number;
  otherBytes(): number;
  otherUnanswered(): number;
  /** Verdicts (verdicts.ts) of the file; flows that have it; numbers of its first 5 packets, 0 for none. */
  verdictCount(verdict: number): number;
  verdictFlows(verdict: number): number;
  verdictFirst(verdict: number, index: number): number;
  /** Flows with verdicts, numbered from 1: the number of the flow's record (0: put out), and its counts. */
  findingsCount(): number;
  findingsRecord(index: number): number;
  findingsOf(index: number, verdict: number, direction: number): number;
  /** Flows with verdicts that are not among them, because there are too many. */
  findingsUncounted(): number;
  /**
   * RSTs by stage (0 in answer to a SYN, 1 during the handshake, 2 established, 3 after a FIN, 4 without the SYN in the file) and sender (0 who sent the SYN, or,
   * without it, the flow's source, whoever that is: after a FIN too; 1 the other).
   */
  resetCount(stage: number, sender: number): number;
  /** Addresses of 1024 u32: samples of nanoseconds, 16 buckets for each power of two. */
  rttHistogram(): number;
  handshakeHistogram(): number;
  tcpSegments(): number;
  tcpQuoted(): number;
  /** Not analysed: the capture cut the header, it contradicts itself, or there was no room. */
  tcpCut(): number;
  tcpMalformed(): number;
  tcpHomeless(): number;
  tcpDataSegments(): number;
  /** SYN or FIN without data. */
  tcpBareSequenced(): number;
  /** Segments that only acknowledge. */
  tcpAcknowledgments(): number;
  /** Flows with a SYN, and what became of them; a flow can be established and reset. */
  tcpOpened(): number;
  tcpEstablished(): number;
  tcpRefused(): number;
  tcpUnanswered(): number;
  /** Neither: the SYN is of the capture's last 3 s and was not sent again. */
  tcpPending(): number;
  tcpReset(): number;
  tcpClosed(): number;
  /** Nanoseconds, of all samples. */
  tcpRttSum(): number;
  tcpHandshakeSum(): number;
  /** Most bytes in flight in one direction of one connection. */
  tcpFlight(): number;
  /** Nodes of the protocol tree are numbered from 0, the root; packets and bytes are of packets that end there. */
  nodeCount(): number;
  nodeParent(node: number): number;
  nodeProtocol(node: number): number;
  nodePackets(node: number): number;
  nodeBytes(node: number): number;
  /** Layers that stayed with the one above because the tree was full. */
  nodesRefused(): number;
  /** Datagrams whose fragments were given up because too many were open. */
  fragmentsEvicted(): number;
  /** Bytes of all packets on the wire, and of what the file has of them. */
  totalOriginal(): number;
  totalCaptured(): number;
  /** Packets of which the file has only the beginning. */
  cutPackets(): number;
  /** Packets whose record has no time (simple packet blocks). */
  untimedPackets(): number;
  untimedBytes(): number;
  /** Packets earlier than the one before them. */
  disorderedPackets(): number;
  /** Of the first packet in the file, the earliest and the latest: nanoseconds since 1970. */
  firstTime(): bigint;
  earliestTime(): bigint;
  latestTime(): bigint;
  /** LINKTYPE_ values by number from 0, and packets of each; beyond eight, the last one has the rest. */
  linkCount(): number;
  linkType(index: number): number;
  linkPackets(index: number): number;
  /** Buckets of packets and bytes from the first packet's time on, numbered from 0, `seriesWidth` nanoseconds each: a power of ten. */
  seriesCount(): number;
  seriesWidth(): number;
  seriesPackets(index: number): number;
  seriesBytes(index: number): number;
  /** Of packets earlier than the file's first. */
  beforePackets(): number;
  /** Adds up what each address sent and received, once the file is read, and answers how many addresses there are; numbered from 1. */
  sumAddresses(): number;
  /** Address of its 4 or 16 bytes. */
  addressStart(index: number): number;
  addressFamily(index: number): number;
  /** Direction 0: sent by it. */
  addressPackets(index: number, direction: number): number;
  addressBytes(index: number, direction: number): number;
  /** How often an address found no room. */
  addressesOmitted(): number;
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
  const [low = 0, high = 0] = getRandomValues(new Uint32Array(2));
  exports.seed(low, high);
  return { exports, memory };
};
