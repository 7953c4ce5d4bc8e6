// Queries and answers brought together: by endpoints and id, then by the question. Nothing is matched by the id alone.
import {
  ANSWERED,
  ASKED_AGAIN,
  BACK_IN_TIME,
  FROM_ELSEWHERE,
  LEFT_OUT_SERVERS,
  LINK_LOCAL,
  MISMATCHED,
  REPEATED,
  RETRIED,
  RETRY_SECONDS,
  UNASKED,
} from '../../dns-layout.ts';
import { take } from '../memory.ts';
import { packet } from '../packet.ts';
import { add } from './counters.ts';
import { nameAt, startNames } from './names.ts';
import { addQuery, findQuery, settleQueries, startQueries } from './queries.ts';
import { queryAt, SECOND, wanted } from './query-table.ts';
import { findServer, noteTime, serverAt, startServers } from './servers.ts';
import { noteSlow } from './slowest.ts';

/** Questions with the same endpoints and id that are compared. */
const QUESTIONS: u32 = 16;
/** By client and question: the query asked last. */
const RECENT: u32 = 1 << 16;
const RETRY: i64 = <i64>RETRY_SECONDS * SECOND;
let recent: usize = 0;
/** 0 before the first message, 1 with tables, 2 without memory for them. */
let state: u32 = 0;
let lastTime: i64 = i64.MIN_VALUE;

/** Takes the tables with the first message; false: there is no memory for them, and nothing is analysed. */
export function ready(): bool {
  if (state === 0) {
    recent = take(RECENT << 2);
    state = recent !== 0 && startNames() && startServers() && startQueries() ? 1 : 2;
  }
  lastTime = max(lastTime, packet.time);
  return state === 1;
}

/** Where the query that a client asked last for something is noted. */
function recentSlot(): usize {
  let value = (wanted.clientLow ^ wanted.question) * 0x9e3779b97f4a7c15 + wanted.clientHigh;
  value ^= value >>> 32;
  return recent + <usize>(((<u32>((value * 0xbf58476d1ce4e5b9) >>> 32)) & (RECENT - 1)) << 2);
}

/** The query that this client asked last for this, still in the table; 0: none. */
function lastAsked(): u32 {
  const index = load<u32>(recentSlot());
  if (index === 0) return 0;
  const query = queryAt(index);
  return query.question === wanted.question &&
    query.clientLow === wanted.clientLow &&
    query.clientHigh === wanted.clientHigh
    ? index
    : 0;
}

/** A query whose first question is in `wanted`. */
export function ask(kind: u32): void {
  const server: u32 =
    kind === LINK_LOCAL
      ? LEFT_OUT_SERVERS
      : findServer(wanted.serverLow, wanted.serverHigh, wanted.serverPort, wanted.family);
  if (kind !== LINK_LOCAL) serverAt(server).queries += 1;
  let index = findQuery(0);
  for (let step: u32 = 0; index !== 0 && step < QUESTIONS; step++, index = findQuery(index)) {
    const known = queryAt(index);
    if (known.question !== wanted.question) continue;
    if (known.answered !== 0 || packet.time - known.time >= RETRY) break;
    known.retried = 1;
    add(RETRIED + kind, 1);
    if (kind !== LINK_LOCAL) serverAt(server).retried += 1;
    return;
  }
  wanted.server = server;
  if (wanted.question !== 0) {
    const before = lastAsked();
    if (before !== 0 && queryAt(before).answered === 0 && packet.time - queryAt(before).time < RETRY) {
      queryAt(before).retried = 1;
      add(ASKED_AGAIN + kind, 1);
      if (kind !== LINK_LOCAL) serverAt(queryAt(before).server).retried += 1;
    }
  }
  store<u32>(recentSlot(), addQuery());
}

/** An answer whose first question is in `wanted`, 0 where it has none. */
export function answer(kind: u32, code: u32): void {
  let met = false;
  let index = findQuery(0);
  for (let step: u32 = 0; index !== 0 && step < QUESTIONS; step++, index = findQuery(index)) {
    met = true;
    const query = queryAt(index);
    if (wanted.question !== 0 && query.question !== 0 && query.question !== wanted.question) continue;
    if (query.answered !== 0) {
      add(REPEATED + kind, 1);
      return;
    }
    query.answered = 1;
    add(ANSWERED + kind, 1);
    if (kind === LINK_LOCAL) return;
    const time = packet.time - query.time;
    if (time < 0) add(BACK_IN_TIME, 1);
    noteTime(query.server, time);
    noteSlow(time, packet.number, query.number, query.name, query.server, query.type);
    const server = serverAt(query.server);
    server.lastAnswered = max(server.lastAnswered, query.time);
    if (code !== 0) server.failed += 1;
    const name = nameAt(query.name);
    name.slowest = name.answered === 0 ? time : max(name.slowest, time);
    name.sum += time;
    name.answered += 1;
    if (code !== 0) name.failed += 1;
    return;
  }
  add((met ? MISMATCHED : UNASKED) + kind, 1);
  if (met || wanted.question === 0) return;
  const asked = lastAsked();
  if (asked === 0) return;
  const query = queryAt(asked);
  if (query.id === wanted.id && query.clientPort === wanted.clientPort && query.kind === wanted.kind)
    add(FROM_ELSEWHERE, 1);
}

/** After the last packet. */
export function settleDns(): void {
  if (state === 1) settleQueries(max(lastTime, packet.time));
}
