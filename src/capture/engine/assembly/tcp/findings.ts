// Verdicts counted: for the file, and for each flow that has any, by direction. Flows beyond the bound count for the file only.
import { VERDICT_COUNT } from '../../verdicts.ts';
import { take } from '../memory.ts';
import { packet } from '../packet.ts';

/** Packet numbers kept of each verdict: its first. */
export const FIRST_PACKETS: u32 = 5;
/** Flows whose verdicts are counted apart. */
export const FINDINGS_LIMIT: u32 = 1 << 16;

/** A flow's counts: its record's address, then counts of both directions, verdict by verdict. */
const SIZE: u32 = 8 + VERDICT_COUNT * 8;
const CHUNK_BITS: u32 = 8;
const PER_CHUNK: u32 = 1 << CHUNK_BITS;
const chunks: usize = take((FINDINGS_LIMIT >> CHUNK_BITS) << 2);
const totals: usize = take(VERDICT_COUNT << 2);
const flows: usize = take(VERDICT_COUNT << 2);
const first: usize = take(VERDICT_COUNT * FIRST_PACKETS * 4);
let count: u32 = 0;
let free: u32 = 0;
let uncounted: u32 = 0;

function bump(address: usize): u32 {
  const value = load<u32>(address) + 1;
  store<u32>(address, value);
  return value;
}

export function findingsAt(index: u32): usize {
  const zeroBased = index - 1;
  const chunk = <usize>load<u32>(chunks + <usize>((zeroBased >> CHUNK_BITS) << 2));
  return chunk + <usize>((zeroBased & (PER_CHUNK - 1)) * SIZE);
}

/** A place for the flow's counts; 0 when there is none left. Its number stands behind the flow's address. */
export function takeFindings(flow: usize): usize {
  let at: usize = 0;
  let index = free;
  if (index !== 0) {
    at = findingsAt(index);
    free = load<u32>(at, 4);
    memory.fill(at, 0, SIZE);
  } else {
    if (count >= FINDINGS_LIMIT) {
      uncounted += 1;
      return 0;
    }
    if ((count & (PER_CHUNK - 1)) === 0) {
      const chunk = take(PER_CHUNK * SIZE);
      if (chunk === 0) {
        uncounted += 1;
        return 0;
      }
      store<u32>(chunks + <usize>((count >> CHUNK_BITS) << 2), <u32>chunk);
    }
    count += 1;
    index = count;
    at = findingsAt(index);
  }
  store<u32>(at, <u32>flow);
  store<u32>(at, index, 4);
  return at;
}

/** A flow's count of a verdict, both directions. */
export function findingsCounted(at: usize, verdict: u32): u32 {
  const own = at + 8 + <usize>(verdict << 3);
  return load<u32>(own) + load<u32>(own, 4);
}

export function freeFindings(at: usize): void {
  const index = load<u32>(at, 4);
  store<u32>(at, 0);
  store<u32>(at, free, 4);
  free = index;
}

/** Counts one verdict for the file; `where` is the packet it is first seen in. */
export function countVerdict(verdict: u32, where: u32): void {
  const seen = bump(totals + <usize>(verdict << 2));
  if (seen <= FIRST_PACKETS) store<u32>(first + <usize>((verdict * FIRST_PACKETS + seen - 1) << 2), where);
}

/** Counts one verdict for the flow with these counts; 0: it has none. */
export function countFinding(at: usize, verdict: u32, direction: u32): void {
  if (at === 0) return;
  const own = at + 8 + <usize>(verdict << 3);
  if (load<u32>(own) === 0 && load<u32>(own, 4) === 0) bump(flows + <usize>(verdict << 2));
  bump(own + <usize>(direction << 2));
}

/** Counts all verdicts of a segment of the packet at hand. */
export function countVerdicts(verdicts: u32, findings: usize): void {
  let rest = verdicts;
  while (rest !== 0) {
    const verdict: u32 = ctz<u32>(rest);
    rest &= rest - 1;
    countVerdict(verdict, packet.number);
    countFinding(findings, verdict, packet.direction);
  }
}

// For readers.
export function verdictCount(verdict: u32): u32 {
  return load<u32>(totals + <usize>(verdict << 2));
}
export function verdictFlows(verdict: u32): u32 {
  return load<u32>(flows + <usize>(verdict << 2));
}
export function verdictFirst(verdict: u32, index: u32): u32 {
  return load<u32>(first + <usize>((verdict * FIRST_PACKETS + index) << 2));
}
export function findingsCount(): u32 {
  return count;
}
/** Number of the flow's record; 0: put out. */
export function findingsFlow(index: u32): usize {
  return load<u32>(findingsAt(index));
}
export function findingsOf(index: u32, verdict: u32, direction: u32): u32 {
  return load<u32>(findingsAt(index) + 8 + <usize>(verdict << 3) + <usize>(direction << 2));
}
export function findingsUncounted(): u32 {
  return uncounted;
}
