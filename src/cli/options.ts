// The command line split into global flags, a command and the command's own arguments; mistakes named with what is near.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { settingKeys, type SettingName } from '../config/keys.ts';
import { nearNames } from '../operations/frame/near.ts';
import { plainText } from '../model/plain-text.ts';
import { UsageError } from './usage.ts';

export interface Flag {
  type: 'string' | 'boolean';
  /** May be given several times. */
  multiple?: boolean;
}
export type Flags = Readonly<Record<string, Flag>>;

/** Before or after the command. */
export const globalFlags: Flags = {
  ...Object.fromEntries(
    settingKeys.map((key) => [key.flag, { type: key.kind === 'switch' ? 'boolean' : 'string' } as const]),
  ),
  config: { type: 'string' },
  'allow-loosen': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
};

const short: Readonly<Record<string, string>> = { help: 'h', version: 'V' };

export interface ParsedLine {
  positionals: string[];
  /** Values by flag name; a boolean flag gives 'true' or, written --no-NAME, 'false'. */
  values: ReadonlyMap<string, readonly string[]>;
  /** Where the first positional stood; undefined without any. */
  firstIndex: number | undefined;
}

const unknownFlag = (written: string, known: readonly string[]): UsageError => {
  const near = nearNames(written.replace(/^-+(no-)?/, ''), known);
  return new UsageError(
    `Unknown flag ${plainText(written, 60)}.${near.length === 0 ? '' : ` Did you mean ${near.map((name) => `--${name}`).join(', ')}?`}`,
  );
};

/** Throws UsageError for a flag that is not known or lacks its value. `stopAtCommand` allows anything after the first word. */
export const parseLine = (args: readonly string[], flags: Flags, stopAtCommand = false): ParsedLine => {
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    Object.entries(flags).map(([name, { type }]) => [
      name,
      { type, ...(short[name] === undefined ? {} : { short: short[name] }) },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    allowNegative: true,
    strict: false,
    tokens: true,
  });
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  let firstIndex: number | undefined;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      firstIndex ??= token.index;
      positionals.push(token.value);
      if (stopAtCommand) break;
      continue;
    }
    const negated =
      token.rawName.startsWith('--no-') && flags[token.name] === undefined ? token.name.replace(/^no-/, '') : undefined;
    const name = negated ?? token.name;
    const flag = flags[name];
    if (flag === undefined || (negated !== undefined && flag.type !== 'boolean')) {
      throw unknownFlag(token.rawName, Object.keys(flags));
    }
    if (flag.type === 'boolean' && token.value !== undefined) {
      throw new UsageError(`--${name} takes no value; write --${name} or --no-${name}.`);
    }
    const missing = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'));
    if (flag.type === 'string' && missing) throw new UsageError(`--${name} needs a value.`);
    const negative = negated !== undefined || token.rawName.startsWith('--no-');
    const value = flag.type === 'boolean' ? String(!negative) : (token.value ?? '');
    values.set(name, flag.multiple === true ? [...(values.get(name) ?? []), value] : [value]);
  }
  return { positionals, values, firstIndex };
};

/** The command (the first word) and all other arguments. Only global flags may stand before it. */
export const splitCommand = (args: readonly string[]): { command: string | undefined; rest: string[] } => {
  const { positionals, firstIndex } = parseLine(args, globalFlags, true);
  const [command] = positionals;
  return { command, rest: args.filter((_, index) => index !== firstIndex) };
};

/** The settings among the flags, as texts. */
export const settingTexts = (values: ParsedLine['values']): Map<SettingName, string> =>
  new Map(
    settingKeys.flatMap((key) => {
      const text = values.get(key.flag)?.[0];
      return text === undefined ? [] : [[key.name, text] as const];
    }),
  );
