// Queries that wait for an answer, or had one and may see it repeated: found by both endpoints, id and the kind of DNS. Bounded; the oldest
// make room, and are settled then.
import {
  FORGET_SECONDS,
  GIVEN_UP_SECONDS,
  LEAST_PATIENCE_SECONDS,
  LINK_LOCAL,
  MOST_PATIENCE_SECONDS,
  PATIENCE_FACTOR,
  PENDING,
  QUERY_LIMIT,
  UNANSWERED,
  UNSETTLED,
} from '../../dns-layout.ts';
import { take } from '../memory.ts';
import { packet } from '../packet.ts';
import { add } from './counters.ts';
import { nameAt } from './names.ts';
import { hashOf, prepareQuery, Query, QUERY_SIZE, queryAt, SECOND, wanted } from './query-table.ts';
import { serverAt } from './servers.ts';

/** Chained queries looked at: hostile ones may share a bucket. */
const STEPS: u32 = 64;
const FIRST_BUCKETS: u32 = 1 << 12;
/** Numbers are from 1; 0: none. */
let count: u32 = 1;
let buckets: usize = 0;
let mask: u32 = 0;
let oldest: u32 = 0;
let youngest: u32 = 0;

/** Before the first message; false: no memory. */
export function startQueries(): bool {
  buckets = take((<usize>FIRST_BUCKETS) << 2);
  mask = FIRST_BUCKETS - 1;
  return buckets !== 0 && prepareQuery(0);
}

/** The newest query with the wanted endpoints, id and kind, from `after` on (0: from the first); 0: none. */
export function findQuery(after: u32): u32 {
  let index = after === 0 ? load<u32>(buckets + <usize>((hashOf(wanted) & mask) << 2)) : queryAt(after).next;
  for (let step: u32 = 0; index !== 0 && step < STEPS; step++) {
    const query = queryAt(index);
    if (
      query.id === wanted.id &&
      query.clientPort === wanted.clientPort &&
      query.serverPort === wanted.serverPort &&
      query.clientLow === wanted.clientLow &&
      query.serverLow === wanted.serverLow &&
      query.clientHigh === wanted.clientHigh &&
      query.serverHigh === wanted.serverHigh &&
      query.kind === wanted.kind &&
      query.family === wanted.family
    )
      return index;
    index = query.next;
  }
  return 0;
}

function chain(query: Query, index: u32): void {
  query.bucket = hashOf(query) & mask;
  query.previous = 0;
  const slot = buckets + <usize>(query.bucket << 2);
  query.next = load<u32>(slot);
  if (query.next !== 0) queryAt(query.next).previous = index;
  store<u32>(slot, index);
}

function unchain(query: Query): void {
  if (query.next !== 0) queryAt(query.next).previous = query.previous;
  if (query.previous !== 0) queryAt(query.previous).next = query.next;
  else store<u32>(buckets + <usize>(query.bucket << 2), query.next);
}

/** More buckets; chained oldest first, so that the newest stay in front. */
function grow(): void {
  const fresh = take((<usize>mask + 1) << 3);
  if (fresh === 0) return;
  buckets = fresh;
  mask = (mask << 1) | 1;
  for (let index = oldest; index !== 0; index = queryAt(index).younger) chain(queryAt(index), index);
}

/** Whether an answer may still come for a query that waits at `now`. */
function mayCome(query: Query, now: i64): bool {
  if (query.retried !== 0) return false;
  const age = now - query.time;
  const server = serverAt(query.server);
  const known = query.kind !== LINK_LOCAL && server.answered !== 0;
  if (known && server.lastAnswered > query.time && age >= <i64>GIVEN_UP_SECONDS * SECOND) return false;
  const most = <i64>MOST_PATIENCE_SECONDS * SECOND;
  const usual = known ? min(most, max<i64>(server.slowest, 0)) * PATIENCE_FACTOR : 0;
  return age < min(most, max(<i64>LEAST_PATIENCE_SECONDS * SECOND, usual));
}

/** What became of a query for which no answer is expected any more at `now`. */
function settle(query: Query, now: i64, atEnd: bool): void {
  if (query.answered !== 0) return;
  const server = serverAt(query.server);
  const young = mayCome(query, now);
  add((young ? (atEnd ? PENDING : UNSETTLED) : UNANSWERED) + query.kind, 1);
  if (query.kind === LINK_LOCAL) return;
  server.waited = max(server.waited, now - query.time);
  if (young) {
    if (atEnd) server.pending += 1;
    return;
  }
  server.unanswered += 1;
  nameAt(query.name).unanswered += 1;
}

function dropOldest(): u32 {
  const index = oldest;
  const query = queryAt(index);
  settle(query, packet.time, false);
  unchain(query);
  oldest = query.younger;
  if (oldest === 0) youngest = 0;
  return index;
}

/** A number to fill. */
function vacant(): u32 {
  if (oldest !== 0 && packet.time - queryAt(oldest).time > <i64>FORGET_SECONDS * SECOND) return dropOldest();
  if (count < <u32>QUERY_LIMIT && prepareQuery(count)) return count++;
  return dropOldest();
}

/** Keeps what `wanted` says as a new query. */
export function addQuery(): u32 {
  if (count > mask) grow();
  const index = vacant();
  const query = queryAt(index);
  memory.copy(changetype<usize>(query), changetype<usize>(wanted), QUERY_SIZE);
  query.time = packet.time;
  query.number = packet.number;
  query.answered = 0;
  query.retried = 0;
  query.younger = 0;
  if (youngest !== 0) queryAt(youngest).younger = index;
  else oldest = index;
  youngest = index;
  chain(query, index);
  return index;
}

/** At the end of the capture, whose last packet came at `now`. */
export function settleQueries(now: i64): void {
  for (let index = oldest; index !== 0; index = queryAt(index).younger) settle(queryAt(index), now, true);
  oldest = 0;
}
