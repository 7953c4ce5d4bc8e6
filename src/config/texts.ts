// Settings out of texts: what a variable or a flag says, read by the kind of the setting.
import { NetError } from '../model/errors.ts';
import {
  allKeys,
  settingKeys,
  settingsSchema,
  type Key,
  type Kind,
  type PartialSettings,
  type SettingName,
} from './keys.ts';

const switches: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  on: true,
  '0': false,
  false: false,
  no: false,
  off: false,
};

const split = (text: string, separator: RegExp): string[] =>
  text
    .split(separator)
    .map((word) => word.trim())
    .filter((word) => word !== '');

const fromText = (kind: Kind, text: string, resolvePath: (path: string) => string): unknown => {
  switch (kind) {
    case 'path':
      return resolvePath(text);
    case 'paths':
      return split(text, /,/).map((path) => (path === '.' ? path : resolvePath(path)));
    case 'list':
      return split(text, /[\s,]+/);
    case 'switch':
      return switches[text.toLowerCase()];
    case 'number':
      return /^[0-9]{1,12}$/.test(text.trim()) ? Number(text) : undefined;
    case 'text':
      return text.trim();
  }
};

/** A value that was refused, without what may be a secret: whoever stands before an @, and the query of a URL. */
const withoutSecrets = ({ name }: Key, text: string): string => {
  const anonymous = text.includes('@') ? `...${text.slice(text.lastIndexOf('@'))}` : text;
  return name.startsWith('endpoints.') ? anonymous.replace(/[?#].*$/s, '?...') : anonymous;
};

const hintFor = (key: Key, spelled: string): string => {
  if (key.kind === 'switch') return 'Use true or false.';
  if (key.kind === 'number') return 'Use a whole number.';
  const flagged = settingKeys.find(({ name }) => name === key.name);
  return flagged === undefined ? `Correct ${spelled}.` : `${spelled}: ${flagged.help}.`;
};

/** Reads texts by setting name (from variables or flags); `spell` names the source of one for errors. */
export const settingsFromTexts = (
  texts: ReadonlyMap<SettingName, string>,
  spell: (name: SettingName) => string,
  resolvePath: (path: string) => string,
): PartialSettings => {
  const values: Record<string, unknown> = {};
  for (const key of allKeys) {
    const text = texts.get(key.name);
    if (text === undefined) continue;
    const parsed = settingsSchema.shape[key.name].safeParse(fromText(key.kind, text, resolvePath));
    if (!parsed.success || parsed.data === undefined) {
      const custom = parsed.error?.issues.find(({ code }) => code === 'custom')?.message;
      throw new NetError(
        'invalid_argument',
        `${spell(key.name)} has the value ${JSON.stringify(withoutSecrets(key, text).slice(0, 100))}, which it cannot take${custom === undefined ? '' : `: ${withoutSecrets(key, custom)}`}.`,
        hintFor(key, spell(key.name)),
      );
    }
    values[key.name] = parsed.data;
  }
  return settingsSchema.parse(values);
};
