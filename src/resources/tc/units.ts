// Rates, times, sizes and percentages as tc takes and prints them; parsing gives NaN for what is not one.

const trimmed = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

/** Bits a second -> `20mbit`, `333kbit`, `1496bit`. */
export const formatRate = (bits: number): string => {
  if (bits % 1_000_000 === 0) return `${bits / 1_000_000}mbit`;
  return bits % 1000 === 0 ? `${bits / 1000}kbit` : `${bits}bit`;
};

/** Microseconds -> `20ms`, `1500us`. */
export const formatTime = (microseconds: number): string =>
  microseconds % 1000 === 0 ? `${microseconds / 1000}ms` : `${microseconds}us`;

/** tc reads percentages as decimal fractions without an exponent. */
export const formatPercent = (percent: number): string => `${trimmed(percent, 6)}%`;

const withUnit = (text: string, units: Readonly<Record<string, number>>): number => {
  const found = /^(-?[0-9.]+)([A-Za-z%]*)$/.exec(text);
  const factor = found === null ? undefined : units[found[2] ?? ''];
  return found === null || factor === undefined ? Number.NaN : Number(found[1]) * factor;
};

/** A rate as `tc` prints (`12345Kbit`, `20Mbit`) or takes it (`20mbit`), in bits a second. tc drops what is below its unit. */
export const parseRate = (text: string): number =>
  withUnit(text.toLowerCase(), { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, tbit: 1e12 });

/** What `tc` prints for a time (`12.3ms`, `10us`, `10sec`), in microseconds. tc prints three significant digits. */
export const parseTime = (text: string): number => withUnit(text, { us: 1, ms: 1e3, s: 1e6, sec: 1e6 });

/** What `tc` prints for a size (`32Mb`, `15Kb/1`, `1600b`, `3000`), in bytes: its Kb and Mb are 1024-based. */
export const parseSize = (text: string): number =>
  withUnit(text.replace(/\/[0-9]+$/, ''), { '': 1, b: 1, Kb: 1024, Mb: 1024 * 1024, Gb: 1024 * 1024 * 1024 });

/** A plain number, with tc's `p` for packets or `b` for bytes after it, or hexadecimal with 0x. */
export const parseCount = (text: string): number =>
  /^0x[0-9a-f]+$/i.test(text) ? Number(text) : withUnit(text, { '': 1, p: 1, b: 1 });

export const parsePercent = (text: string): number => withUnit(text, { '%': 1 });

/** The kernel keeps rates in whole bytes a second. */
export const wholeBytes = (bits: number): number => Math.max(8, Math.floor(bits / 8) * 8);

export const mbitText = (bits: number): string => `${trimmed(bits / 1_000_000, 3)} Mbit/s`;

/** Whether tc's print of a rate can stand for `bits`: it truncates below the fourth digit, the kernel to whole bytes. */
export const sameRate = (bits: number, shown: number): boolean => Math.abs(bits - shown) <= 8 + bits * 0.0011;

/** Whether tc's print of a time can stand for it: three digits, and kernels that count in units of 1024 ns. */
export const sameTime = (microseconds: number, shown: number, slack = 0): boolean =>
  Math.abs(microseconds - shown) <= 2 + slack + microseconds * 0.006;

/** Whether tc's print of a size can stand for it: `Kb` hides up to 16 bytes, `Mb` up to 1024; `drift` is a share of it. */
export const sameSize = (bytes: number, shown: number, drift = 0): boolean => {
  const hidden = shown % (1024 * 1024) === 0 ? 1024 : shown % 1024 === 0 ? 16 : 0;
  return Math.abs(bytes - shown) <= hidden + bytes * drift;
};

/** Whether tc's print of a bucket can stand for it: tc and kernel keep it as the time it takes at the rate, in whole microseconds. */
export const sameBurst = (bytes: number, shown: number, bits: number): boolean =>
  sameSize(bytes, shown, 0.01 + (1.2e-6 * bits) / 8 / bytes);

/** Times of a bucket at its rate that tc and kernel can keep: ten of their steps, and far from where 32 bits wrap (274 s). */
const bucketSeconds = { min: 10e-6, max: 60 } as const;

/** Why a bucket cannot be kept at a rate; undefined when it can. */
export const bucketProblem = (bytes: number, bits: number): string | undefined => {
  const seconds = (bytes * 8) / bits;
  if (seconds > bucketSeconds.max) return `${bytes} bytes take more than ${bucketSeconds.max} s at ${mbitText(bits)}`;
  if (seconds < bucketSeconds.min)
    return `${bytes} bytes take less than ${bucketSeconds.min * 1e6} µs at ${mbitText(bits)}`;
  return undefined;
};
