// The records of queries, and what a message looks for among them.
import { LINK_LOCAL, QUERY_LIMIT } from '../../dns-layout.ts';
import { take } from '../memory.ts';
import { packet } from '../packet.ts';
import { keyed } from '../seed.ts';

@unmanaged
export class Query {
  clientLow: u64;
  clientHigh: u64;
  serverLow: u64;
  serverHigh: u64;
  /** Of name and type; 0: not read. */
  question: u64;
  time: i64;
  number: u32;
  name: u32;
  server: u32;
  clientPort: u16;
  serverPort: u16;
  id: u16;
  type: u16;
  kind: u8;
  family: u8;
  answered: u8;
  /** It was asked again before it was answered. */
  retried: u8;
  /** In the chain of its bucket; 0 at the ends. */
  next: u32;
  previous: u32;
  bucket: u32;
  /** The next younger one. */
  younger: u32;
}

export const SECOND: i64 = 1000000000;
export const QUERY_SIZE: u32 = offsetof<Query>();
const PER_CHUNK: u32 = 4096;
const chunks: usize = take((QUERY_LIMIT / PER_CHUNK + 1) << 2);

/** Who asks and who is asked, of the packet at hand, and the message's id: what a search looks for. */
export const wanted = changetype<Query>(memory.data(offsetof<Query>(), 16));

export function queryAt(index: u32): Query {
  return changetype<Query>(
    <usize>load<u32>(chunks + ((index / PER_CHUNK) << 2)) + <usize>((index % PER_CHUNK) * QUERY_SIZE),
  );
}

/** Makes room for a record; false: no memory. */
export function prepareQuery(index: u32): bool {
  const chunk = chunks + <usize>((index / PER_CHUNK) << 2);
  if (load<u32>(chunk) === 0) store<u32>(chunk, <u32>take(<usize>PER_CHUNK * QUERY_SIZE));
  return load<u32>(chunk) !== 0;
}

/** Fills `wanted` from the packet at hand; a name asked of everybody (LLMNR) may be answered by anybody. */
export function want(id: u32, response: bool, kind: u32): void {
  const client = response ? packet.destination : packet.source;
  const server = response ? packet.source : packet.destination;
  if (packet.family === 4) {
    wanted.clientLow = load<u32>(client);
    wanted.clientHigh = 0;
    wanted.serverLow = load<u32>(server);
    wanted.serverHigh = 0;
  } else {
    wanted.clientLow = load<u64>(client);
    wanted.clientHigh = load<u64>(client, 8);
    wanted.serverLow = load<u64>(server);
    wanted.serverHigh = load<u64>(server, 8);
  }
  if (kind === LINK_LOCAL) {
    wanted.serverLow = 0;
    wanted.serverHigh = 0;
  }
  wanted.clientPort = <u16>(response ? packet.destinationPort : packet.sourcePort);
  wanted.serverPort = <u16>(response ? packet.sourcePort : packet.destinationPort);
  wanted.id = <u16>id;
  wanted.kind = <u8>kind;
  wanted.family = <u8>packet.family;
}

/** Of endpoints, id and kind. */
export function hashOf(query: Query): u32 {
  let value: u64 =
    keyed(query.clientLow, 0) +
    keyed(query.clientHigh, 16) +
    keyed(query.serverLow, 24) +
    keyed(query.serverHigh, 32) +
    keyed((<u64>query.clientPort) | ((<u64>query.id) << 16), 8);
  value ^= value >>> 32;
  value *= 0xbf58476d1ce4e5b9;
  return (<u32>(value >>> 32)) ^ query.kind;
}
