// The settings in force: /etc, the user's file, --config, NETMCP_* variables, flags; each wins over the ones before it. Never the current folder.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { NetError } from '../model/errors.ts';
import type { Settings } from '../model/ports.ts';
import { readSettingsFile } from './file.ts';
import { otherVariables, settingKeys, settingsFromTexts, type PartialSettings, type SettingName } from './keys.ts';
import { expandToolsets } from './toolsets.ts';

export interface SettingsInput {
  env: Readonly<Record<string, string | undefined>>;
  /** Texts of the flags given, by setting name. */
  flags: ReadonlyMap<SettingName, string>;
  /** --config */
  configFile: string | undefined;
  /** --allow-loosen: no file and no variable can say it. */
  allowLoosen?: boolean;
  cwd: string;
  /** Effective user id. */
  uid: number;
  /** Root of the system's files; `/` but in tests. */
  etc?: string;
  defaultStateDir(): string;
  runtimeRoot: string;
}

const userFile = ({ env, cwd }: SettingsInput): string | undefined => {
  const base = env['XDG_CONFIG_HOME'];
  if (base?.startsWith('/') === true) return join(base, 'netmcp/config.yaml');
  const home = env['HOME'];
  return home?.startsWith('/') === true && resolve(home) !== resolve(cwd, 'config.yaml')
    ? join(home, '.config/netmcp/config.yaml')
    : undefined;
};

const variableTexts = ({ env }: SettingsInput): Map<SettingName, string> =>
  new Map(
    settingKeys.flatMap((key) => {
      const text = env[key.variable];
      return text === undefined || text === '' ? [] : [[key.name, text] as const];
    }),
  );

const unknownVariables = ({ env }: SettingsInput): string[] => {
  const known: string[] = [...settingKeys.map((key) => key.variable), ...otherVariables];
  return Object.keys(env)
    .filter((name) => name.startsWith('NETMCP_') && !known.includes(name))
    .map((name) => `The variable ${name} means nothing to netmcp. Known: ${known.join(', ')}.`);
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch {
    // Unreadable or missing: nothing to warn about.
    return false;
  }
};

const strayFile = async (
  input: SettingsInput,
  belongs: string | undefined,
  read: readonly string[],
): Promise<string[]> => {
  const stray = join(input.cwd, 'config.yaml');
  if (read.includes(stray) || !(await exists(stray))) return [];
  return [
    `${stray} is not read: configuration is never taken from the current folder. Put it at ${belongs ?? '/etc/netmcp/config.yaml'}, or pass --config ${stray}.`,
  ];
};

export const loadSettings = async (input: SettingsInput): Promise<Settings> => {
  const said: { source: string; settings: PartialSettings }[] = [];
  const own = userFile(input);
  for (const path of [join(input.etc ?? '/etc', 'netmcp/config.yaml'), own]) {
    const settings = path === undefined ? undefined : await readSettingsFile(path, input.uid);
    if (path !== undefined && settings !== undefined) said.push({ source: path, settings });
  }
  const named = input.configFile ?? input.env['NETMCP_CONFIG'];
  if (named !== undefined && named !== '') {
    const path = resolve(input.cwd, named);
    const settings = await readSettingsFile(path, input.uid);
    if (settings === undefined) {
      throw new NetError(
        'not_found',
        `The configuration file ${path} does not exist.`,
        'Correct --config or NETMCP_CONFIG.',
      );
    }
    said.push({ source: path, settings });
  }
  const absolute = (path: string): string => resolve(input.cwd, path);
  const variables = variableTexts(input);
  if (variables.size > 0) {
    said.push({ source: 'variables', settings: settingsFromTexts(variables, (key) => key.variable, absolute) });
  }
  if (input.flags.size > 0) {
    said.push({ source: 'flags', settings: settingsFromTexts(input.flags, (key) => `--${key.flag}`, absolute) });
  }
  const merged = said.reduce<PartialSettings>((all, { settings }) => ({ ...all, ...settings }), {});
  const sources = said.map(({ source }) => source);
  return {
    stateDir: merged.state_dir ?? input.defaultStateDir(),
    runtimeRoot: input.runtimeRoot,
    policyDir: merged.policy_dir,
    allowLoosen: input.allowLoosen ?? false,
    toolsets: expandToolsets(merged.toolsets ?? ['default']),
    // Whoever asked for read-only keeps it: no later source can switch it off again.
    readOnly: said.some(({ settings }) => settings.read_only === true),
    security: { allowedTargets: [], blockedTargets: [], blockPrivate: false, blockCloudMetadata: true },
    captures: { maxPackets: 100_000, allowCustomFilters: true, allowedPaths: [] },
    endpoints: {
      publicIp: [
        'https://api.ipify.org',
        'https://ifconfig.me/ip',
        'https://icanhazip.com',
        'https://checkip.amazonaws.com',
      ],
      rdap: 'https://rdap.org/',
      asnZones: { ipv4: 'origin.asn.cymru.com', ipv6: 'origin6.asn.cymru.com', name: 'asn.cymru.com' },
      asnNameserver: undefined,
    },
    sources,
    warnings: [...unknownVariables(input), ...(await strayFile(input, own, sources))],
  };
};
