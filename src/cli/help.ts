// Help texts, made from the settings and the operations.
import { settingKeys } from '../config/keys.ts';
import type { Operation } from '../operations/define.ts';
import { argumentsOf, kebab, positionalsOf, type Argument } from './command-arguments.ts';

const table = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length), 0);
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join('\n');
};

const globalRows: readonly (readonly [string, string])[] = [
  ...settingKeys.map((key) => [`--${key.flag} ${key.placeholder}`.trimEnd(), key.help] as const),
  ['--config FILE', 'read this configuration file too'],
  ['--allow-loosen', 'let the policy of --policy-dir also widen ranges and limits; no file or variable can say this'],
  ['--json', 'print JSON, also on a terminal'],
  ['-h, --help', 'this text, or the help of a command'],
  ['-V, --version', 'the version'],
];

const commandRow = (operation: Operation): readonly [string, string] => {
  const words = positionalsOf(argumentsOf(operation)).map(({ property, required }) =>
    required ? property.toUpperCase() : `[${property.toUpperCase()}]`,
  );
  return [[kebab(operation.name), ...words].join(' '), operation.title];
};

export const generalHelp = (
  operations: readonly Operation[],
): string => `netmcp: inspects and tunes this host's network; every change is planned, verified and undoable.

Usage:
${table([
  ['netmcp', 'serve MCP on stdin and stdout (also: netmcp serve)'],
  ["netmcp call TOOL ['JSON' | -]", 'run one tool, JSON in and out'],
  ['netmcp tools', 'list the tools'],
  ['netmcp metrics [--output FILE]', 'counters of interfaces as Prometheus text'],
  ['netmcp monitor [INTERFACE]', 'live traffic; JSON lines in a pipe; takes what network-monitor takes'],
  ['netmcp COMMAND [ARGUMENTS]', 'one of:'],
])}

${table(operations.map(commandRow))}

Global flags, before or after the command:
${table(globalRows)}

Configuration: /etc/netmcp/config.yaml, ~/.config/netmcp/config.yaml, --config, NETMCP_* variables, flags; each wins over the ones before it.
Exit status: 0 done, 1 refused or failed, 2 wrong command line.
`;

const placeholders: Readonly<Record<Argument['kind'], string>> = {
  text: ' TEXT',
  number: ' NUMBER',
  switch: '',
  list: ' A,B,...',
  json: ' JSON|@FILE|-',
};

const argumentRow = ({ flag, kind, required, schema }: Argument): readonly [string, string] => {
  const description = typeof schema['description'] === 'string' ? schema['description'] : '';
  const choices = Array.isArray(schema['enum']) ? `one of ${schema['enum'].join(', ')}` : '';
  const standard = schema['default'] === undefined ? '' : `default ${JSON.stringify(schema['default'])}`;
  return [
    `--${flag}${placeholders[kind]}`,
    [required ? 'required' : '', description, choices, standard].filter((word) => word !== '').join('; '),
  ];
};

export const commandHelp = (operation: Operation): string => {
  const all = argumentsOf(operation);
  const flags = all.length === 0 ? '' : `\nFlags:\n${table(all.map(argumentRow))}\n`;
  return `Usage: netmcp ${commandRow(operation)[0]} [FLAGS]

${operation.description}
${flags}
Global flags:
${table(globalRows)}
`;
};

/** `operation`: network_monitor, whose arguments the live view takes. */
export const monitorHelp = (operation: Operation): string => `Usage: netmcp monitor [INTERFACE] [FLAGS]

Live traffic of an interface until you press q: rates as bars, protocols and talkers. In a pipe one JSON object a line for each
interval. With --json, or for the past with --history-s, one answer as network_monitor gives it.

Flags (without --duration-s it goes on; an interval is then a second unless given):
${table(argumentsOf(operation).map(argumentRow))}

Global flags:
${table(globalRows)}
`;
