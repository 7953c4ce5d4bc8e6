// Every setting once: its name in files, as a variable and as a flag, and how its text is read.
import * as z from 'zod';
import { NetError } from '../model/errors.ts';
import { toolsetWords } from './toolsets.ts';

const absolutePath = z.string().startsWith('/', 'must be an absolute path').max(4096);

/** What one source may say; a source says only some of it. */
export const settingsFileSchema = z.strictObject({
  state_dir: absolutePath.optional(),
  policy_dir: absolutePath.optional(),
  toolsets: z.array(z.enum(toolsetWords)).min(1).optional(),
  read_only: z.boolean().optional(),
});
export type PartialSettings = z.output<typeof settingsFileSchema>;
export type SettingName = keyof PartialSettings;

export interface SettingKey {
  name: SettingName;
  variable: string;
  flag: string;
  kind: 'path' | 'list' | 'switch';
  /** The value's name in help. */
  placeholder: string;
  help: string;
}

export const settingKeys: readonly SettingKey[] = [
  {
    name: 'toolsets',
    variable: 'NETMCP_TOOLSETS',
    flag: 'toolsets',
    kind: 'list',
    placeholder: 'LIST',
    help: `toolsets to offer, separated by commas: ${toolsetWords.join(', ')}`,
  },
  {
    name: 'read_only',
    variable: 'NETMCP_READ_ONLY',
    flag: 'read-only',
    kind: 'switch',
    placeholder: '',
    help: 'offer and run only what changes nothing; wins over every other source',
  },
  {
    name: 'state_dir',
    variable: 'NETMCP_STATE_DIR',
    flag: 'state-dir',
    kind: 'path',
    placeholder: 'DIR',
    help: 'where plans, journals and checkpoints are kept',
  },
  {
    name: 'policy_dir',
    variable: 'NETMCP_POLICY_DIR',
    flag: 'policy-dir',
    kind: 'path',
    placeholder: 'DIR',
    help: 'policy (cards, profiles, limits) to use instead of the built-in one',
  },
];

/** Variables that are ours but no settings. */
export const otherVariables = ['NETMCP_CONFIG', 'NETMCP_LOG'] as const;

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

const fromText = (key: SettingKey, text: string, resolvePath: (path: string) => string): unknown => {
  if (key.kind === 'path') return resolvePath(text);
  if (key.kind === 'switch') return switches[text.toLowerCase()];
  return text.split(/[\s,]+/).filter((word) => word !== '');
};

/** Reads texts by setting name (from variables or flags); `spell` names the source of one for errors. */
export const settingsFromTexts = (
  texts: ReadonlyMap<SettingName, string>,
  spell: (key: SettingKey) => string,
  resolvePath: (path: string) => string,
): PartialSettings => {
  const values: Record<string, unknown> = {};
  for (const key of settingKeys) {
    const text = texts.get(key.name);
    if (text === undefined) continue;
    const parsed = settingsFileSchema.shape[key.name].safeParse(fromText(key, text, resolvePath));
    if (!parsed.success || parsed.data === undefined) {
      throw new NetError(
        'invalid_argument',
        `${spell(key)} has the value ${JSON.stringify(text.slice(0, 100))}, which it cannot take.`,
        key.kind === 'switch' ? 'Use true or false.' : `${spell(key)}: ${key.help}.`,
      );
    }
    values[key.name] = parsed.data;
  }
  return settingsFileSchema.parse(values);
};
