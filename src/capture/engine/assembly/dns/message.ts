// One message: what its header and questions say goes into the tables.
import {
  ADDITIONAL_RECORDS,
  ANSWER_RECORDS,
  AUTHORITY_RECORDS,
  EDNS,
  MALFORMED,
  MULTICAST,
  QUERIES,
  QUESTION_RECORDS,
  RESPONSES,
  TOO_SHORT,
  TRUNCATED,
} from '../../dns-layout.ts';
import { be16 } from '../bytes.ts';
import { add, countCode, countHeaderCode, countType } from './counters.ts';
import { answer, ask, ready } from './matching.ts';
import { nameHash, readName, skipName } from './name-reader.ts';
import { internName, nameAt } from './names.ts';
import { want, wanted } from './query-table.ts';

/** Questions of one message that are looked at. */
const QUESTIONS: u32 = 64;

/** The extended bits of the response code (RFC 6891, 6.1.3), 0 without an OPT record; -1: the records break off. */
function extendedCode(at: usize, end: usize, records: u32): i32 {
  let from = at;
  for (let index: u32 = 0; index < records; index++) {
    const fixed = skipName(from, end);
    if (fixed === 0 || fixed + 10 > end) return -1;
    if (be16(fixed) === 41) {
      add(EDNS, 1);
      return (<i32>load<u8>(fixed + 4)) << 4;
    }
    from = fixed + 10 + be16(fixed + 8);
    if (from > end) return -1;
  }
  return 0;
}

/** Counts the questions and fills `wanted` with the first; answers where the records follow, 0 when the questions break off. */
function questions(at: usize, end: usize, number: u32, counted: bool): usize {
  let from = at + 12;
  wanted.question = 0;
  wanted.name = 0;
  wanted.type = 0;
  for (let index: u32 = 0; index < number; index++) {
    if (index === QUESTIONS) return 0;
    const behind = readName(at, from, end);
    if (behind === 0 || behind + 4 > end) return 0;
    const type = be16(behind);
    if (counted) {
      const name = internName();
      nameAt(name).queries += 1;
      countType(type);
      if (index === 0) wanted.name = name;
    }
    if (index === 0) {
      wanted.question = (nameHash() + <u64>type * 0x9e3779b97f4a7c15) | 1;
      wanted.type = <u16>type;
    }
    from = behind + 4;
  }
  return from;
}

/** The message from `at`, captured up to `end`, on the wire up to `wire`. False: it ends before it tells a query from an answer. */
export function message(at: usize, end: usize, wire: usize, kind: u32): bool {
  if (!ready()) return true;
  const cut = end < wire;
  if (at + 4 > end) {
    add(TOO_SHORT, 1);
    return false;
  }
  const flags = be16(at + 2);
  const response = (flags & 0x8000) !== 0;
  add((response ? RESPONSES : QUERIES) + kind, 1);
  if (response) countHeaderCode(flags);
  if (response && (flags & 0x0200) !== 0) add(TRUNCATED, 1);
  let records: usize = 0;
  let following: u32 = 0;
  want(be16(at), response, kind);
  wanted.question = 0;
  wanted.name = 0;
  wanted.type = 0;
  let broken = at + 12 > end;
  if (!broken) {
    const asked = be16(at + 4);
    const answers = be16(at + 6);
    const authority = be16(at + 8);
    const additional = be16(at + 10);
    add(QUESTION_RECORDS, asked);
    add(ANSWER_RECORDS, answers);
    add(AUTHORITY_RECORDS, authority);
    add(ADDITIONAL_RECORDS, additional);
    following = answers + authority + additional;
    records = questions(at, end, asked, !response);
    broken = records === 0;
  }
  let code = flags & 15;
  if (response && !broken) {
    const extended = extendedCode(records, end, following);
    if (extended < 0) broken = true;
    else code |= extended;
  } else if (!broken && records + <usize>following * 11 > wire) broken = true;
  if (broken && !cut) add(MALFORMED, 1);
  if (kind === MULTICAST) return true;
  if (!response) {
    ask(kind);
    return true;
  }
  countCode(code);
  answer(kind, code);
  return true;
}
