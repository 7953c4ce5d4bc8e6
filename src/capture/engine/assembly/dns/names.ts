// The table of names that were asked for. Bounded in names, bytes and steps of a search; what found no room is counted together.
import { NAME_LIMIT, OTHER_NAMES } from '../../dns-layout.ts';
import { take } from '../memory.ts';
import { add } from './counters.ts';
import { nameBytes, nameLength, namePlace } from './name-reader.ts';

@unmanaged
export class Name {
  /** Where its bytes are, and how many. */
  bytes: u32;
  length: u32;
  queries: u32;
  answered: u32;
  /** Answers with another response code than 0. */
  failed: u32;
  unanswered: u32;
  /** Nanoseconds its answers took. */
  slowest: i64;
  sum: i64;
}

const SIZE: u32 = offsetof<Name>();
const PER_CHUNK: u32 = 4096;
const ARENA: u32 = 1 << 18;
const ARENA_LIMIT: u32 = 64;
/** Slots looked at before a name counts as other: hostile names may share a hash. */
const STEPS: u32 = 64;
/** Ids are from 1. */
const chunks: usize = take((NAME_LIMIT / PER_CHUNK + 1) << 2);
let count: u32 = 1;
/** Slots: the name's place before the mask, then the id. */
let slots: usize = 0;
let mask: u32 = 0;
let arena: usize = 0;
let arenaUsed: u32 = ARENA;
let arenas: u32 = 0;

/** Id 0 takes what is counted for names that found no room. */
export function nameAt(id: u32): Name {
  return changetype<Name>(<usize>load<u32>(chunks + ((id / PER_CHUNK) << 2)) + <usize>((id % PER_CHUNK) * SIZE));
}

/** False: no memory, the table stays as it is. */
function grow(): bool {
  const wanted: u32 = mask === 0 ? 1 << 12 : (mask + 1) << 1;
  const fresh = take((<usize>wanted) << 3);
  if (fresh === 0) return false;
  const old = slots;
  const oldEnd = slots + ((<usize>mask + 1) << 3);
  const had = mask !== 0;
  slots = fresh;
  mask = wanted - 1;
  if (!had) return true;
  for (let at = old; at < oldEnd; at += 8) {
    const id = load<u32>(at, 4);
    if (id === 0) continue;
    let place = load<u32>(at) & mask;
    while (load<u32>(slots + ((<usize>place) << 3), 4) !== 0) place = (place + 1) & mask;
    store<u64>(slots + ((<usize>place) << 3), load<u64>(at));
  }
  return true;
}

/** Whether the name read last has the same bytes. */
function same(name: Name): bool {
  if (name.length !== nameLength()) return false;
  for (let at: u32 = 0; at < name.length; at += 8)
    if (load<u64>(<usize>name.bytes + at) !== load<u64>(nameBytes + at)) return false;
  return true;
}

/** Copies the name read last; false when there is no room. */
function keep(name: Name): bool {
  const bytes = (nameLength() + 7) & ~7;
  if (arenaUsed + bytes > ARENA) {
    if (arenas === ARENA_LIMIT) return false;
    const fresh = take(ARENA);
    if (fresh === 0) return false;
    arenas += 1;
    arena = fresh;
    arenaUsed = 0;
  }
  for (let at: u32 = 0; at < bytes; at += 8) store<u64>(arena + arenaUsed + at, load<u64>(nameBytes + at));
  name.bytes = <u32>arena + arenaUsed;
  name.length = nameLength();
  arenaUsed += bytes;
  return true;
}

function other(): u32 {
  add(OTHER_NAMES, 1);
  return 0;
}

/** Takes the chunk of the next name when it has none. */
function prepare(): bool {
  const chunk = chunks + <usize>((count / PER_CHUNK) << 2);
  if (load<u32>(chunk) === 0) store<u32>(chunk, <u32>take(<usize>PER_CHUNK * SIZE));
  return load<u32>(chunk) !== 0;
}

/** Before the first message; false: no memory. */
export function startNames(): bool {
  return prepare() && grow();
}

/** The id of the name read last, made when needed; 0 when there is no room. */
export function internName(): u32 {
  if (count << 1 > mask + 1) grow();
  const tag = namePlace();
  let place = tag & mask;
  for (let step: u32 = 0; step < STEPS; step++) {
    const slot = slots + ((<usize>place) << 3);
    const id = load<u32>(slot, 4);
    if (id === 0) {
      if (count >= <u32>NAME_LIMIT || count > mask - (mask >>> 2)) return other();
      if (!prepare() || !keep(nameAt(count))) return other();
      store<u32>(slot, tag);
      store<u32>(slot, count, 4);
      return count++;
    }
    if (load<u32>(slot) === tag && same(nameAt(id))) return id;
    place = (place + 1) & mask;
  }
  return other();
}

/** Ids from 1 to below this. */
export function dnsNameCount(): u32 {
  return count;
}
