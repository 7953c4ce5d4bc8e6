// When packets came and how many bytes they were: totals of the file, and a series over time whose buckets widen as they must.
import { take } from './memory.ts';
import { packet } from './packet.ts';

/** Buckets kept; the memory of the series. */
const BUCKETS: u32 = 1 << 15;
/** Nanoseconds of a bucket at first; ten times as many whenever the series is full, so that a second is always whole buckets or part of one. */
const FIRST_WIDTH: i64 = 1_000_000;
/** Link types told apart; packets of others count with the last one. */
const LINKS: u32 = 8;

@unmanaged
class Bucket {
  bytes: u64;
  packets: u64;
}

@unmanaged
class Totals {
  /** Bytes that the capture left out. */
  missing: u64;
  /** Packets whose end it left out; without a time; earlier than the one before them; earlier than the first. */
  cut: u32;
  untimed: u32;
  disordered: u32;
  before: u32;
  links: u32;
  beforeBytes: u64;
  untimedBytes: u64;
  /** The latest packet's link type, and its record. */
  linkType: u32;
  link: usize;
  /** Nanoseconds since 1970. `first` is the first packet's, the series' origin; `latest` leaves out what came after the last packet out of order. */
  first: i64;
  earliest: i64;
  latest: i64;
  previous: i64;
  width: i64;
  /** The bucket of the latest packet in the series: where it stands, and the times it spans. */
  bucket: usize;
  begin: i64;
  end: i64;
  used: u32;
}

@unmanaged
class Link {
  type: u32;
  packets: u32;
}

const SIZE: u32 = offsetof<Bucket>();
const totals = changetype<Totals>(memory.data(offsetof<Totals>(), 16));
const links: usize = take(LINKS * offsetof<Link>());
let buckets: usize = 0;

/** Ten buckets become one, until the one wanted is among those kept. */
function widen(offset: i64): void {
  while (offset / totals.width >= <i64>BUCKETS) {
    const used = totals.used;
    for (let from: u32 = 0; from < used; from += 10) {
      let bytes: u64 = 0;
      let packets: u64 = 0;
      const stop = min(from + 10, used);
      for (let index = from; index < stop; index++) {
        const bucket = changetype<Bucket>(buckets + <usize>(index * SIZE));
        bytes += bucket.bytes;
        packets += bucket.packets;
      }
      const merged = changetype<Bucket>(buckets + <usize>((from / 10) * SIZE));
      merged.bytes = bytes;
      merged.packets = packets;
    }
    const kept = (used + 9) / 10;
    memory.fill(buckets + <usize>(kept * SIZE), 0, <usize>((used - kept) * SIZE));
    totals.used = kept;
    totals.width *= 10;
  }
}

/** Makes the bucket that many nanoseconds after the first packet the one at hand. */
function moveTo(offset: i64): void {
  widen(offset);
  const index = <u32>(offset / totals.width);
  totals.used = max(totals.used, index + 1);
  totals.bucket = buckets + <usize>(index * SIZE);
  totals.begin = totals.first + <i64>index * totals.width;
  totals.end = totals.begin + totals.width;
}

function start(): void {
  const time = packet.time;
  buckets = take(<usize>BUCKETS * SIZE);
  totals.first = time;
  totals.earliest = time;
  totals.latest = time;
  totals.previous = time;
  totals.width = FIRST_WIDTH;
  if (buckets !== 0) moveTo(0);
}

/** Makes the record of the packet's link type the one at hand. */
function findLink(): void {
  let index: u32 = 0;
  while (index < totals.links && changetype<Link>(links + index * offsetof<Link>()).type !== packet.link) index++;
  index = min(index, LINKS - 1);
  totals.link = links + index * offsetof<Link>();
  totals.linkType = packet.link;
  if (index < totals.links) return;
  totals.links = index + 1;
  changetype<Link>(totals.link).type = packet.link;
}

/** Whatever is not as with the packet before. */
function countUnusual(): void {
  const original = packet.original;
  if (totals.links === 0 || totals.linkType !== packet.link) findLink();
  changetype<Link>(totals.link).packets += 1;
  if (packet.captured < original) {
    totals.cut += 1;
    totals.missing += original - packet.captured;
  }
  if (packet.untimed !== 0) {
    totals.untimed += 1;
    totals.untimedBytes += original;
    totals.beforeBytes += original;
    return;
  }
  const time = packet.time;
  if (totals.width === 0) start();
  if (time < totals.previous) {
    totals.disordered += 1;
    totals.earliest = min(totals.earliest, time);
    totals.latest = max(totals.latest, totals.previous);
  }
  totals.previous = time;
  // Also negative when two times lie further apart than 64 bits can say.
  const offset = time - totals.first;
  if (offset < 0 || buckets === 0) {
    totals.before += 1;
    totals.beforeBytes += original;
    // No bucket is at hand.
    totals.end = i64.MIN_VALUE;
    return;
  }
  if (time < totals.begin || time >= totals.end) moveTo(offset);
  const bucket = changetype<Bucket>(totals.bucket);
  bucket.bytes += original;
  bucket.packets += 1;
}

/** Counts the packet at hand; called once for each. */
export function countTime(): void {
  const time = packet.time;
  const original = packet.original;
  // Captured whole, with a time, of the same link type, in order and in the same bucket as the packet before: nearly all.
  const other = (packet.captured ^ original) | packet.untimed | (packet.link ^ totals.linkType);
  if (other !== 0 || time < totals.previous || time >= totals.end) {
    countUnusual();
    return;
  }
  totals.previous = time;
  changetype<Link>(totals.link).packets += 1;
  const bucket = changetype<Bucket>(totals.bucket);
  bucket.bytes += original;
  bucket.packets += 1;
}

// For readers.
export function totalOriginal(): f64 {
  let bytes = totals.beforeBytes;
  for (let index: u32 = 0; index < totals.used; index++) {
    bytes += changetype<Bucket>(buckets + <usize>(index * SIZE)).bytes;
  }
  return <f64>bytes;
}
export function totalCaptured(): f64 {
  return totalOriginal() - <f64>totals.missing;
}
export function cutPackets(): u32 {
  return totals.cut;
}
export function untimedPackets(): u32 {
  return totals.untimed;
}
export function untimedBytes(): f64 {
  return <f64>totals.untimedBytes;
}
export function disorderedPackets(): u32 {
  return totals.disordered;
}
export function firstTime(): i64 {
  return totals.first;
}
export function earliestTime(): i64 {
  return totals.earliest;
}
export function latestTime(): i64 {
  return max(totals.latest, totals.previous);
}
export function linkCount(): u32 {
  return totals.links;
}
export function linkType(index: u32): u32 {
  return changetype<Link>(links + index * offsetof<Link>()).type;
}
export function linkPackets(index: u32): u32 {
  return changetype<Link>(links + index * offsetof<Link>()).packets;
}
export function seriesCount(): u32 {
  return totals.used;
}
export function seriesWidth(): f64 {
  return <f64>totals.width;
}
export function seriesPackets(index: u32): f64 {
  return <f64>changetype<Bucket>(buckets + <usize>(index * SIZE)).packets;
}
export function seriesBytes(index: u32): f64 {
  return <f64>changetype<Bucket>(buckets + <usize>(index * SIZE)).bytes;
}
export function beforePackets(): u32 {
  return totals.before;
}
