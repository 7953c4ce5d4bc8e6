// The table `inet netmcp`: ours as a whole, replaced in one transaction, and never another table touched.
import type { ResourceCommand } from '../../model/command.ts';
import { NetError } from '../../model/errors.ts';
import type { HostPorts } from '../../model/ports.ts';
import type { Difference, OwnContext } from '../../model/resource.ts';
import { defineResource } from '../../model/resource.ts';
import { readableLine } from './canonical.ts';
import type { NftPart, NftState } from './entries.ts';
import { partSchema, stateSchema } from './entries.ts';
import type { Observed, Table } from './listing.ts';
import { observedSchema, parseListing } from './listing.ts';
import { expectedTable, renderLines, tableName } from './table.ts';

const expected = (state: NftState): Observed => (state === null ? null : expectedTable(state.entries));

const listArgs = ['-s', '-t', '-n', 'list', 'table', ...tableName.split(' ')];

const read = async (ports: HostPorts, signal: AbortSignal): Promise<Observed> => {
  const result = await ports.exec.run({ binary: 'nft', args: listArgs, signal });
  if (result.code === 0) return parseListing(result.stdout);
  const reason = result.stderr.trim();
  if (reason.includes('No such file or directory')) return null;
  if (/not permitted|must be root/i.test(reason)) {
    throw new NetError(
      'not_permitted',
      `nft may not read the ruleset: ${reason}`,
      'Run netmcp as root or with the capability CAP_NET_ADMIN.',
    );
  }
  if (/not supported|Invalid argument|cache initialization failed|Unable to initialize/i.test(reason)) {
    throw new NetError(
      'missing_kernel_feature',
      `this kernel has no nftables: ${reason}`,
      'Load or build it: modprobe nf_tables.',
    );
  }
  const outcome = result.code === null ? 'was ended by a signal' : `exited with ${String(result.code)}`;
  throw new NetError(
    'step_failed',
    `nft ${listArgs.join(' ')} ${outcome}: ${reason}`,
    `Run nft list table ${tableName} by hand to see why.`,
  );
};

const objectLine = (object: Table['objects'][number]): string => `${object.kind} ${object.name} { ${object.text} }`;
// The comment's id stands for the text we wrote, the text for what the kernel now says: a rule edited by hand keeps one and not the other.
const ruleLine = (rule: Table['rules'][number]): string => `${rule.text} comment "${rule.id ?? ''}"`;

const tablePath = 'nft.netmcp';

interface Line {
  path: string;
  line: string;
}

/** Lines by path, in order; two tables are the same exactly when these are. */
const linesOf = (table: Table): Line[] => [
  ...table.objects.map((object) => ({ path: `${tablePath}.${object.name}`, line: objectLine(object) })),
  ...table.rules.map((rule) => ({ path: `${tablePath}.${rule.chain}`, line: ruleLine(rule) })),
];

/** For people: names instead of numbers, and the comment only where it is all that tells two lines apart. */
const shown = (line: string, others: readonly Line[]): string => {
  const bare = line.replace(/ comment "[^"]*"$/, '');
  return readableLine(others.some((other) => other.line.startsWith(`${bare} comment "`)) ? line : bare);
};

const missingFrom = (lines: readonly Line[], others: readonly Line[]): Line[] => {
  const left = others.map((other) => `${other.path}\n${other.line}`);
  return lines.filter(({ path, line }) => {
    const index = left.indexOf(`${path}\n${line}`);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
};

const differencesBetween = (state: NftState, observed: Observed): Difference[] => {
  const desired = expected(state);
  if (desired === null && observed === null) return [];
  const now = observed === null ? [] : linesOf(observed);
  const then = desired === null ? [] : linesOf(desired);
  const gone = missingFrom(now, then).map(({ path, line }) => ({ path, current: shown(line, then), desired: null }));
  const fresh = missingFrom(then, now).map(({ path, line }) => ({ path, current: null, desired: shown(line, now) }));
  if (gone.length + fresh.length > 0) return [...gone, ...fresh];
  if (observed === null || desired === null) {
    return [
      {
        path: tablePath,
        current: observed === null ? null : 'empty table',
        desired: desired === null ? null : 'empty table',
      },
    ];
  }
  for (const [index, { path, line }] of now.entries()) {
    const wanted = then[index];
    if (wanted?.path === path && wanted.line === line) continue;
    return [{ path, current: shown(line, then), desired: wanted === undefined ? null : shown(wanted.line, now) }];
  }
  return [];
};

/** Drift is judged by the table's canonical text against the committed state, so it needs no record beside the journal's and survives an update of nft. */
const current = (observed: Observed, context: OwnContext<NftState>): NftState => {
  if (observed === null) return null;
  const hint = `Look at it with: nft list table ${tableName}. If nobody needs it: nft delete table ${tableName}.`;
  if (context.committed === undefined || context.committed === null) {
    throw new NetError('plan_refused', `a table ${tableName} exists that netmcp did not commit`, hint);
  }
  const [first] = differencesBetween(context.committed, observed);
  if (first === undefined) return context.committed;
  const change = `${first.desired ?? 'nothing'} became ${first.current ?? 'nothing'}`;
  throw new NetError(
    'plan_refused',
    `somebody changed the table ${tableName} since netmcp wrote it (${first.path}: ${change})`,
    hint,
  );
};

/** Kinds that can be deleted by name once the table's rules are flushed; anything else goes with the whole table. */
const removable = ['chain', 'set'];

/**
 * One transaction. The table itself stays, with its chains and sets made anew, because a table that is deleted and added again
 * moves behind those of others in `nft list ruleset`.
 */
const emptyScript = (observed: Observed): string[] => {
  // `create` fails where `add` would silently join a table that appeared since we looked.
  if (observed === null) return [`create table ${tableName}`];
  const plain = observed.objects.every(({ kind, name }) => removable.includes(kind) && /^[A-Za-z][\w.-]*$/.test(name));
  if (!plain) return [`delete table ${tableName}`, `create table ${tableName}`];
  const chains = observed.objects
    .filter(({ kind }) => kind === 'chain')
    .map(({ name }) => `delete chain ${tableName} ${name}`);
  const sets = observed.objects
    .filter(({ kind }) => kind === 'set')
    .map(({ name }) => `delete set ${tableName} ${name}`);
  return [`flush table ${tableName}`, ...chains, ...sets];
};

const scriptCommand = (text: string): ResourceCommand => ({
  slot: 'nft_script',
  text: text.trimEnd(),
  action: { kind: 'exec', binary: 'nft', args: ['-f', '-'], stdin: text },
});

const commands = (observed: Observed, to: NftState): ResourceCommand[] => {
  if (differencesBetween(to, observed).length === 0) return [];
  if (to === null) return [scriptCommand(`delete table ${tableName}\n`)];
  return [scriptCommand([...emptyScript(observed), ...renderLines(to.entries), ''].join('\n'))];
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const nftResource = defineResource<NftState, Observed, NftPart>({
  id: 'nft',
  scope: 'namespace',
  state: stateSchema,
  observed: observedSchema,
  part: partSchema,
  order: () => 50,
  read: (_target, ports, signal) => read(ports, signal),
  current: (_target, observed, context) => current(observed, context),
  compose: (_target, parts) => {
    // Sorted, so that the same wishes give the same table whichever interface was planned last.
    const sorted = [...parts].sort((a, b) => compareText(a.iface, b.iface) || compareText(a.knob, b.knob));
    const placed = sorted.flatMap(({ iface, knob, part }) => part.entries.map((entry) => ({ iface, knob, entry })));
    const seen = new Set<string>();
    const entries = placed.filter((entry) => {
      const key = JSON.stringify(entry);
      return !seen.has(key) && seen.add(key);
    });
    return { state: entries.length === 0 ? null : { entries }, findings: [] };
  },
  differences: (_target, state, observed) => differencesBetween(state, observed),
  expected: (_target, state) => expected(state),
  commands: (_target, observed, to) => commands(observed, to),
});
