// The variables of the environment that are settings: NETMCP_*, and the names that network-mcp used.
import { allKeys, otherVariables, type SettingName } from './keys.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Variable {
  variable: string;
  text: string;
}

/** Ours wins over network-mcp's of the same setting; an empty one says nothing. */
export const variablesOf = (env: Environment): Map<SettingName, Variable> =>
  new Map(
    allKeys.flatMap(({ name, variable: own, formerVariable }) => {
      const variable = [own, formerVariable].find((one) => one !== undefined && (env[one] ?? '') !== '');
      const text = variable === undefined ? undefined : env[variable];
      return variable === undefined || text === undefined ? [] : [[name, { variable, text }] as const];
    }),
  );

/** A sentence for each variable that looks like a setting and is none. */
export const unknownVariables = (env: Environment): string[] => {
  const known: string[] = [...allKeys.map(({ variable }) => variable), ...otherVariables];
  const former = allKeys.flatMap(({ formerVariable }) => formerVariable ?? []);
  const names = Object.keys(env);
  return [
    ...names
      .filter((name) => name.startsWith('NETMCP_') && !known.includes(name))
      .map((name) => `The variable ${name} means nothing to netmcp. Known: ${known.join(', ')}.`),
    ...names
      .filter((name) => name.startsWith('NETWORK_MCP_') && !former.includes(name))
      .map(
        (name) =>
          `The variable ${name} of network-mcp means nothing to netmcp. Taken from there: ${former.join(', ')}.`,
      ),
  ];
};
