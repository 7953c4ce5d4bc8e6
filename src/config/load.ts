// The settings in force: /etc, the user's file, --config, NETMCP_* variables, flags; each wins over the ones before it. Never the current folder.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { NetError } from '../model/errors.ts';
import type { Settings } from '../model/ports.ts';
import { readSettingsFile } from './file.ts';
import { endpointsOf, securityOf } from './defaults.ts';
import type { PartialSettings, SettingName } from './keys.ts';
import { settingsFromTexts } from './texts.ts';
import { unknownVariables, variablesOf, type Environment } from './variables.ts';
import { captureFolders, defaultCaptureFolders, typedPath, type CapturePlaces, type Places } from './paths.ts';
import { expandToolsets } from './toolsets.ts';

export interface SettingsInput {
  env: Environment;
  /** Texts of the flags given, by setting name. */
  flags: ReadonlyMap<SettingName, string>;
  /** --config */
  configFile: string | undefined;
  /** --allow-loosen: no file and no variable can say it. */
  allowLoosen?: boolean;
  cwd: string;
  /** A command of a person's in a terminal, whose current folder they chose; false for the server. */
  terminal: boolean;
  /** The operating system's folder for temporary files. */
  temporaryFolder: string;
  /** Effective user id. */
  uid: number;
  /** Root of the system's files; `/` but in tests. */
  etc?: string;
  defaultStateDir(): string;
  runtimeRoot: string;
}

const userFile = ({ env }: SettingsInput): string | undefined => {
  const base = env['XDG_CONFIG_HOME'];
  if (base?.startsWith('/') === true) return join(base, 'netmcp/config.yaml');
  const home = env['HOME'];
  return home?.startsWith('/') === true ? join(home, '.config/netmcp/config.yaml') : undefined;
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

/** A file of network-mcp's: it would have been read there, so its restrictions may be missed. */
const strayFiles = async (
  input: SettingsInput,
  belongs: string | undefined,
  read: readonly string[],
): Promise<string[]> => {
  const place = belongs ?? '/etc/netmcp/config.yaml';
  const home = input.env['HOME'];
  const strays = [
    [join(input.cwd, 'config.yaml'), 'configuration is never taken from the current folder'],
    ...(home?.startsWith('/') === true
      ? [[join(home, '.network-mcp/config.yaml'), 'it is network-mcp’s'] as const]
      : []),
  ] as const;
  const warnings: string[] = [];
  for (const [stray, why] of strays) {
    if (read.includes(stray) || !(await exists(stray))) continue;
    warnings.push(`${stray} is not read: ${why}. Put it at ${place}, or pass --config ${stray}.`);
  }
  return warnings;
};

/** Everything that was said, in ascending precedence. Throws invalid_argument, not_found. */
const gather = async (
  input: SettingsInput,
  own: string | undefined,
  places: Places,
): Promise<{ source: string; settings: PartialSettings }[]> => {
  const said: { source: string; settings: PartialSettings }[] = [];
  for (const path of [join(input.etc ?? '/etc', 'netmcp/config.yaml'), own]) {
    const settings = path === undefined ? undefined : await readSettingsFile(path, input.uid, places);
    if (path !== undefined && settings !== undefined) said.push({ source: path, settings });
  }
  const named = input.configFile ?? input.env['NETMCP_CONFIG'];
  if (named !== undefined && named !== '') {
    const path = resolve(input.cwd, named);
    const settings = await readSettingsFile(path, input.uid, places);
    if (settings === undefined) {
      throw new NetError(
        'not_found',
        `The configuration file ${path} does not exist.`,
        'Correct --config or NETMCP_CONFIG.',
      );
    }
    said.push({ source: path, settings });
  }
  const absolute = (path: string): string => typedPath(path, places);
  const variables = variablesOf(input.env);
  if (variables.size > 0) {
    const texts = new Map([...variables].map(([name, { text }]) => [name, text]));
    const spell = (name: SettingName): string => variables.get(name)?.variable ?? name;
    said.push({ source: 'variables', settings: settingsFromTexts(texts, spell, absolute) });
  }
  if (input.flags.size > 0) {
    const spell = (name: SettingName): string => `--${name.replaceAll('_', '-')}`;
    said.push({ source: 'flags', settings: settingsFromTexts(input.flags, spell, absolute) });
  }
  return said;
};

/** Each source wins key by key over the ones before it; only read_only stays on once any of them switched it on. */
export const loadSettings = async (input: SettingsInput): Promise<Settings> => {
  // Windows has no HOME.
  const places: Places = { home: input.env['HOME'] ?? input.env['USERPROFILE'], cwd: input.cwd };
  const own = userFile(input);
  const said = await gather(input, own, places);
  const merged = said.reduce<PartialSettings>((all, { settings }) => ({ ...all, ...settings }), {});
  const sources = said.map(({ source }) => source);
  const configured = merged['pcap.allowed_paths'];
  const stateDir = merged.state_dir ?? input.defaultStateDir();
  const capturePlaces: CapturePlaces = {
    ...places,
    ownCaptures: join(stateDir, 'captures'),
    temporary: input.temporaryFolder,
    terminal: input.terminal,
  };
  const { folders, nowhere } = captureFolders(configured ?? defaultCaptureFolders(capturePlaces), capturePlaces);
  const nowhereWarning =
    'pcap.allowed_paths holds ., but netmcp was started in /, so no folder is taken for it. Write / if every file is meant.';
  return {
    stateDir,
    runtimeRoot: input.runtimeRoot,
    policyDir: merged.policy_dir,
    allowLoosen: input.allowLoosen ?? false,
    toolsets: expandToolsets(merged.toolsets ?? ['default']),
    readOnly: said.some(({ settings }) => settings.read_only === true),
    security: securityOf(merged),
    captures: {
      maxPackets: merged['pcap.max_packets'],
      allowCustomFilters: merged['pcap.allow_custom_filters'] ?? true,
      allowedPaths: folders,
    },
    endpoints: endpointsOf(merged),
    history: { on: merged.history ?? false, interfaces: merged.history_interfaces },
    sources,
    warnings: [
      ...unknownVariables(input.env),
      ...(configured !== undefined && nowhere ? [nowhereWarning] : []),
      ...(await strayFiles(input, own, sources)),
    ],
  };
};
