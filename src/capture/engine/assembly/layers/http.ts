// HTTP/1 (RFC 9112) messages across segments: a segment is HTTP when a message ends in it. Header lines are only looked at for how long
// the body is.
import { packet } from '../packet.ts';
import { Side, Stream } from './stream.ts';

const HEADER: u8 = 1;
const BODY: u8 = 2;
const UNTIL_CLOSE: u8 = 3;
const CHUNK_SIZE: u8 = 4;
const CHUNK_EXTENSION: u8 = 5;
const CHUNK: u8 = 6;
const CHUNK_END: u8 = 7;
const TRAILER: u8 = 8;

const RESPONSE: u8 = 1;
const CHUNKED: u8 = 2;
const LENGTH: u8 = 4;
const NO_BODY: u8 = 8;

function lower(at: usize): u32 {
  return load<u32>(at) | 0x20202020;
}

/** Whether a request or a response begins here. */
export function looksLikeHttp(at: usize, end: usize): bool {
  if (at + 8 > end) return false;
  const word = load<u32>(at);
  // HTTP, then /1.
  if (word === 0x50545448) return load<u16>(at + 4) === 0x312f;
  const next = load<u8>(at + 4);
  // GET and PUT with a space; HEAD, POST; OPTIONS, DELETE, CONNECT, TRACE, PATCH.
  if (word === 0x20544547 || word === 0x20545550) return true;
  if (word === 0x44414548 || word === 0x54534f50) return next === 0x20;
  if (word === 0x4954504f) return next === 0x4f;
  if (word === 0x454c4544) return next === 0x54;
  if (word === 0x4e4e4f43) return next === 0x45;
  if (word === 0x43415254) return next === 0x45;
  return word === 0x43544150 && next === 0x48;
}

/** A header line from `at` to `end`: how long the body is. */
function line(side: Side, at: usize, end: usize): void {
  const length = end - at;
  // Content-Length:
  if (length > 15 && lower(at) === 0x746e6f63 && lower(at + 8) === 0x676e656c && load<u8>(at + 14) === 58) {
    let value: u32 = 0;
    for (let digit = at + 15; digit < end; digit++) {
      const byte = <u32>load<u8>(digit) - 48;
      if (byte <= 9 && value < 400000000) value = value * 10 + byte;
    }
    side.left = value;
    side.flags |= LENGTH;
  }
  // Transfer-Encoding: chunked
  if (length > 24 && lower(at) === 0x6e617274 && lower(at + 9) === 0x6f636e65) {
    for (let word = at + 18; word + 7 <= end; word++) {
      if (lower(word) === 0x6e756863) side.flags |= CHUNKED;
    }
  }
}

/** Behind the header: the mode that the body is read in, 0 without one. */
function bodyMode(side: Side, stream: Stream): u8 {
  const isResponse = (side.flags & RESPONSE) !== 0;
  if ((side.flags & NO_BODY) !== 0 || (isResponse && stream.head !== 0)) return 0;
  if ((side.flags & CHUNKED) !== 0) {
    side.left = 0;
    return CHUNK_SIZE;
  }
  if ((side.flags & LENGTH) !== 0) return side.left > 0 ? BODY : 0;
  return isResponse ? UNTIL_CLOSE : 0;
}

/** The first line of a message. */
function start(side: Side, stream: Stream, at: usize, end: usize): void {
  side.mode = HEADER;
  side.flags = 0;
  side.left = 0;
  side.held = 0;
  side.gap = 0;
  if (at + 12 > end) return;
  if (load<u32>(at) === 0x50545448) {
    side.flags = RESPONSE;
    const status = load<u32>(at + 8);
    // 1xx, 204, 304
    if (load<u8>(at + 9) === 49 || status === 0x34303220 || status === 0x34303320) side.flags |= NO_BODY;
  } else stream.head = load<u32>(at) === 0x44414548 ? 1 : 0;
}

/** The mode after a chunk's size line. */
function afterSize(side: Side): u8 {
  return side.left === 0 ? TRAILER : CHUNK;
}

export function http(side: Side, stream: Stream): bool {
  const end = packet.end;
  let at = packet.at;
  let counted = false;
  while (at < end) {
    if (side.mode === 0) {
      // Neither: bytes behind a gap, or no HTTP at all.
      if (!looksLikeHttp(at, end)) return counted;
      start(side, stream, at, end);
    }
    let complete = false;
    if (side.mode === HEADER || side.mode === TRAILER) {
      let stop = at;
      while (stop < end && load<u8>(stop) !== 10) stop++;
      const isWhole = stop < end;
      let length = stop - at;
      if (length > 0 && load<u8>(stop - 1) === 13) length -= 1;
      if (!isWhole) {
        // Bytes of a line that goes on in the next segment.
        if (length > 0) side.held = 1;
      } else if (length === 0 && side.held === 0) {
        if (side.mode === HEADER) {
          side.mode = bodyMode(side, stream);
          complete = side.mode === 0;
        } else complete = true;
      } else {
        if (side.mode === HEADER) line(side, at, at + length);
        side.held = 0;
      }
      at = isWhole ? stop + 1 : end;
    } else if (side.mode === BODY || side.mode === CHUNK) {
      const taken = min<usize>(side.left, end - at);
      side.left -= <u32>taken;
      at += taken;
      if (side.left === 0) {
        if (side.mode === BODY) complete = true;
        else side.mode = CHUNK_END;
      }
    } else if (side.mode === UNTIL_CLOSE) at = end;
    else {
      const byte = <u32>load<u8>(at);
      at += 1;
      if (side.mode === CHUNK_END) {
        if (byte === 10) side.mode = CHUNK_SIZE;
      } else if (byte === 10) {
        side.mode = afterSize(side);
        side.held = 0;
      } else if (side.mode === CHUNK_SIZE) {
        const letter = (byte | 32) - 97;
        if (byte - 48 <= 9) side.left = (side.left << 4) | (byte - 48);
        else if (letter <= 5) side.left = (side.left << 4) | (letter + 10);
        else side.mode = CHUNK_EXTENSION;
      }
    }
    if (complete) {
      side.mode = 0;
      if (side.gap === 0) counted = true;
    }
  }
  return counted;
}

/** Whether a response that ends with its connection ends now. */
export function httpEnds(side: Side): bool {
  if (side.mode !== UNTIL_CLOSE) return false;
  side.mode = 0;
  return side.gap === 0;
}

/** Bytes that did not come: a body goes on behind them, anything else begins anew. */
export function httpGap(side: Side, missing: u32): void {
  if ((side.mode === BODY || side.mode === CHUNK) && missing < side.left) {
    side.left -= missing;
    side.gap = 1;
  } else if (side.mode === UNTIL_CLOSE) side.gap = 1;
  else side.mode = 0;
}
