// Which operations a caller may use, and what to say about a name that is not among them.
import { NetError } from '../../model/errors.ts';
import type { Operation } from '../define.ts';
import { nearNames } from './near.ts';
import { ourNamesFor } from './other-names.ts';
import { plainText } from '../../model/plain-text.ts';

export interface Access {
  toolsets: readonly string[];
  readOnly: boolean;
}

export interface Registry {
  /** In the order of the lists, which is the order shown. */
  available: readonly Operation[];
  /** Throws not_found or read_only. */
  find(name: string): Operation;
}

export const mayRun = (operation: Operation, readOnly: boolean): boolean =>
  !readOnly || operation.annotations.readOnly || operation.inReadOnlyMode === true;

const readOnlyRefusal = (name: string): NetError =>
  new NetError(
    'read_only',
    `${name} changes the host, and netmcp runs in read-only mode.`,
    'Start netmcp without --read-only (and without read_only: true or NETMCP_READ_ONLY) if changes are wanted.',
  );

const toolsetRefusal = (operation: Operation): NetError =>
  new NetError(
    'not_found',
    `${operation.name} belongs to the toolset ${operation.toolset}, which is off.`,
    `Start netmcp with --toolsets default,${operation.toolset} (or list it under toolsets in the configuration).`,
  );

const unknownName = (name: string, operations: readonly Operation[], available: readonly Operation[]): NetError => {
  const shown = plainText(name, 60);
  const known = operations.map((operation) => operation.name);
  const ours = (ourNamesFor(name) ?? []).filter((candidate) => candidate !== name);
  const offered = ours.filter((candidate) => known.includes(candidate));
  if (ours.length > 0) {
    const use = (offered.length > 0 ? offered : ours).join(' or ');
    return new NetError('not_found', `There is no tool ${shown} here.`, `Use ${use}, which does its work.`);
  }
  const near = nearNames(name, known);
  return new NetError(
    'not_found',
    `There is no tool "${shown}".`,
    near.length > 0
      ? `Did you mean ${near.join(', ')}?`
      : `Tools: ${available.map((operation) => operation.name).join(', ')}.`,
  );
};

export const createRegistry = (operations: readonly Operation[], access: Access): Registry => {
  const available = operations.filter(
    (operation) => access.toolsets.includes(operation.toolset) && mayRun(operation, access.readOnly),
  );
  return {
    available,
    find: (name) => {
      const operation = operations.find((candidate) => candidate.name === name);
      if (operation === undefined) throw unknownName(name, operations, available);
      if (!access.toolsets.includes(operation.toolset)) throw toolsetRefusal(operation);
      if (!mayRun(operation, access.readOnly)) throw readOnlyRefusal(name);
      return operation;
    },
  };
};
