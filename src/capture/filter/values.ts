// The order of values: numbers, times, strings and bytes. A network is compared by the bits of its prefix.
import type { FieldType, FieldValue } from '../layers/layer.ts';

/** A value that stands in an expression. Times are nanoseconds; `prefix` bits of an address count. */
export type Constant =
  | { kind: 'number'; value: number | bigint }
  | { kind: 'time'; nanoseconds: bigint }
  | { kind: 'string'; value: string }
  | { kind: 'bytes'; value: Uint8Array; prefix: number | undefined };

/** Below 0: the left one comes first. NaN: not to be compared. */
type Order = (value: FieldValue) => number;

const sign = <Value extends number | bigint | string>(left: Value, right: Value): number =>
  left < right ? -1 : left > right ? 1 : 0;

const numeric = (value: FieldValue): number | bigint =>
  typeof value === 'number' || typeof value === 'bigint' ? value : Number(value === true);

const compareBytes = (left: Uint8Array, right: Uint8Array): number => {
  const common = Math.min(left.length, right.length);
  for (let at = 0; at < common; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};

const comparePrefix = (left: Uint8Array, right: Uint8Array, prefix: number): number => {
  const whole = prefix >> 3;
  for (let at = 0; at < whole; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  const mask = (0xff00 >> (prefix & 7)) & 0xff;
  return ((left[whole] ?? 0) & mask) - ((right[whole] ?? 0) & mask);
};

/** Times are seconds, or nanoseconds as bigint. */
const compareTime = (nanoseconds: bigint): Order => {
  const seconds = Number(nanoseconds) / 1e9;
  return (value) =>
    typeof value === 'bigint' ? sign(value, nanoseconds) : typeof value === 'number' ? sign(value, seconds) : NaN;
};

const compareNumber = (constant: number | bigint): Order => {
  if (typeof constant === 'bigint') return (value) => sign<number | bigint>(numeric(value), constant);
  return (value) => (typeof value === 'number' ? value - constant : sign<number | bigint>(numeric(value), constant));
};

/** How values stand to a constant. */
export const orderTo = (constant: Constant): Order => {
  switch (constant.kind) {
    case 'number':
      return compareNumber(constant.value);
    case 'time':
      return compareTime(constant.nanoseconds);
    case 'string':
      return (value) => (typeof value === 'string' ? sign(value, constant.value) : NaN);
    case 'bytes': {
      const { value: right, prefix } = constant;
      return prefix === undefined
        ? (value) => (value instanceof Uint8Array ? compareBytes(value, right) : NaN)
        : (value) => (value instanceof Uint8Array ? comparePrefix(value, right, prefix) : NaN);
    }
  }
};

/** How two values of fields stand to each other. */
export const orderOf = (left: FieldValue, right: FieldValue): number => {
  if (left instanceof Uint8Array) return right instanceof Uint8Array ? compareBytes(left, right) : NaN;
  if (typeof left === 'string') return typeof right === 'string' ? sign(left, right) : NaN;
  return sign<number | bigint>(numeric(left), numeric(right));
};

/** Types whose values can be compared with each other. */
export const family = (type: FieldType): string => {
  switch (type) {
    case 'uint':
    case 'boolean':
      return 'number';
    case 'bytes':
    case 'ether':
    case 'protocol':
      return 'bytes';
    case 'ipv4':
    case 'ipv6':
    case 'string':
    case 'time':
      return type;
  }
};

/** By the runtime's own search, which takes no time in proportion to the needle. */
const includesBytes = (haystack: Uint8Array, needle: Buffer): boolean =>
  haystack.length >= needle.length &&
  Buffer.from(haystack.buffer, haystack.byteOffset, haystack.length).includes(needle);

/** Whether a value contains a string or bytes; nothing contains the empty one (as in Wireshark). */
export const containing = (constant: Constant): ((value: FieldValue) => boolean) => {
  if (constant.kind === 'string')
    return (value) => typeof value === 'string' && constant.value !== '' && value.includes(constant.value);
  if (constant.kind === 'bytes') {
    const needle = Buffer.from(constant.value);
    return (value) => needle.length > 0 && value instanceof Uint8Array && includesBytes(value, needle);
  }
  return () => false;
};
