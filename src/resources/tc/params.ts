// One parameter of a qdisc: how users write it, what tc is told, and how it shows in tc's dump. Kinds are tables of these.
import {
  formatPercent,
  formatRate,
  formatTime,
  parseCount,
  parsePercent,
  parseRate,
  parseSize,
  parseTime,
  sameRate,
  sameSize,
  sameTime,
  wholeBytes,
} from './units.ts';

export type ParamValue = number | boolean | string;
export type Params = Readonly<Record<string, ParamValue>>;

/** tc's option words, each with the values that follow it: `limit 10p ecn` is limit -> [10p], ecn -> []. */
export type Options = ReadonlyMap<string, readonly string[]>;

export type Accepted = { value: ParamValue } | { problem: string };

export interface Param {
  /** As plans write it, the unit in its name. */
  name: string;
  /** What the value may be, for people: `1 to 65536`, `true or false`. */
  accepts: string;
  /** A user's value (numbers may come as text) checked and normalised. */
  accept(raw: ParamValue): Accepted;
  /** Words for tc. */
  words(value: ParamValue): string[];
  /** What the dump says, in the user's unit; undefined when it says nothing. */
  read(options: Options): ParamValue | undefined;
  /** Equal but for the rounding of kernel and tc; `all`: everything wished of this qdisc. */
  same(wished: ParamValue, shown: ParamValue, all: Params): boolean;
  /** Words of the dump that this parameter accounts for. */
  shownAs: readonly string[];
  /** tc's name in its JSON dump, and JSON's number for a value: proves that the printed text hides nothing. */
  exact?: { key: string; of(value: number): number; slack: number };
}

interface Bounds {
  min: number;
  max: number;
  /** tc's word where it is not the name. */
  word?: string;
  /** Position of the value after tc's word; 0 unless told. */
  at?: number;
}

/** `limit 10p ecn` as a map; a word that comes twice keeps its last values. */
export const parseOptions = (text: string): Options => {
  const options = new Map<string, string[]>();
  let word = '';
  for (const token of text.split(/\s+/)) {
    if (token === '') continue;
    if (/^-?[0-9]/.test(token)) options.get(word)?.push(token);
    else options.set((word = token), []);
  }
  return options;
};

const asNumber = (raw: ParamValue): number => {
  if (typeof raw === 'number') return raw;
  return typeof raw === 'string' && /^-?[0-9]+(\.[0-9]+)?$/.test(raw) ? Number(raw) : Number.NaN;
};

const numeric = (
  name: string,
  bounds: Bounds,
  kind: {
    whole: boolean;
    format(value: number): string;
    parse(text: string): number;
    same(a: number, b: number): boolean;
  },
): Param => {
  const { min, max, word = name, at = 0 } = bounds;
  const accepts = `${kind.whole ? 'a whole number, ' : ''}${min} to ${max}`;
  return {
    name,
    accepts,
    accept: (raw) => {
      const value = asNumber(raw);
      const good = Number.isFinite(value) && value >= min && value <= max && (!kind.whole || Number.isInteger(value));
      return good ? { value } : { problem: `must be ${accepts}` };
    },
    words: (value) => [word, kind.format(Number(value))],
    read: (options) => {
      const text = options.get(word)?.[at];
      const value = text === undefined ? Number.NaN : kind.parse(text);
      return Number.isNaN(value) ? undefined : value;
    },
    same: (wished, shown) => typeof wished === 'number' && typeof shown === 'number' && kind.same(wished, shown),
    shownAs: [word],
  };
};

const equal = (a: number, b: number): boolean => a === b;

/** A plain whole number. */
export const count = (name: string, bounds: Bounds): Param => ({
  ...numeric(name, bounds, { whole: true, format: String, parse: parseCount, same: equal }),
  exact: { key: bounds.word ?? name, of: (value) => value, slack: 0 },
});

/** Bytes. */
export const size = (name: string, bounds: Bounds): Param => ({
  ...numeric(name, bounds, {
    whole: true,
    format: String,
    parse: parseSize,
    same: (a, b) => sameSize(a, b),
  }),
  exact: { key: bounds.word ?? name, of: (value) => value, slack: 0 },
});

const timeUnits = { us: 1, ms: 1000, s: 1_000_000 } as const;

/** A time in the unit its name ends in. `slackUs`: what the kernel's own clock tick may add. */
export const time = (name: string, unit: keyof typeof timeUnits, bounds: Bounds & { slackUs?: number }): Param => {
  const factor = timeUnits[unit];
  return {
    ...numeric(name, bounds, {
      whole: false,
      format: (value) => formatTime(Math.round(value * factor)),
      parse: (text) => parseTime(text) / factor,
      same: (a, b) => sameTime(a * factor, b * factor, bounds.slackUs),
    }),
    exact: { key: bounds.word ?? name, of: (value) => value * factor, slack: 1 },
  };
};

const rateUnits = { mbit: 1_000_000, kbit: 1000 } as const;

/** A rate in the unit its name ends in. */
export const rate = (name: string, unit: keyof typeof rateUnits, bounds: Bounds): Param => {
  const bits = (value: number): number => wholeBytes(Math.round(value * rateUnits[unit]));
  return {
    ...numeric(name, bounds, {
      whole: false,
      format: (value) => formatRate(bits(value)),
      parse: (text) => parseRate(text) / rateUnits[unit],
      same: (a, b) => sameRate(bits(a), bits(b)),
    }),
    exact: { key: bounds.word ?? name, of: (value) => bits(value) / 8, slack: 0 },
  };
};

/** A share of the packets in percent; the kernel keeps it as a 32-bit fraction. */
export const percent = (name: string, bounds: Bounds): Param =>
  numeric(name, bounds, {
    whole: false,
    format: formatPercent,
    parse: parsePercent,
    same: (a, b) => Math.abs(a - b) <= 0.00002 + a * 0.0001,
  });

/** On or off. `shown` tells what the dump's words mean; tc may print only one of the two. */
export const flag = (
  name: string,
  on: string,
  off: string | undefined,
  shown: (options: Options) => boolean | undefined,
): Param => ({
  name,
  accepts: 'true or false',
  accept: (raw) => {
    if (raw === true || raw === 'true' || raw === 'on' || raw === 1) return { value: true };
    if (raw === false || raw === 'false' || raw === 'off' || raw === 0) return { value: false };
    return { problem: 'must be true or false' };
  },
  words: (value) => (value === true ? [on] : off === undefined ? [] : [off]),
  read: shown,
  same: (wished, value) => wished === value,
  shownAs: off === undefined ? [on] : [on, off],
});

/** One of tc's keywords. `synonyms` maps other values people write to a keyword. */
export const choice = (
  name: string,
  values: readonly string[],
  synonyms: Readonly<Record<string, string>> = {},
): Param => ({
  name,
  accepts: `one of ${values.join(', ')}`,
  accept: (raw) => {
    const value = synonyms[String(raw)] ?? String(raw);
    return values.includes(value) ? { value } : { problem: `must be one of ${values.join(', ')}` };
  },
  words: (value) => [String(value)],
  read: (options) => values.find((value) => options.has(value)),
  same: (wished, value) => wished === value,
  shownAs: values,
});

/** The same parameter, never compared: the kernel does not tell it. */
export const unseen = (param: Param): Param => ({ ...param, read: () => undefined, same: () => true });
