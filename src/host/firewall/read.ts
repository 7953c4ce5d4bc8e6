// The firewall of this network namespace: nftables' ruleset and, where the kernel already has them, the legacy tables of iptables.
import { fromUnknown, NetError } from '../../model/errors.ts';
import type { Exec, ExecResult, KernelFiles } from '../../model/ports.ts';
import { parseLegacySave } from './legacy-save.ts';
import type { Table } from './model.ts';
import { parseRuleset } from './nft-json.ts';
import { parseRuleTexts, withTexts } from './nft-text.ts';

export interface FirewallPorts {
  exec: Exec;
  kernel: KernelFiles;
  signal: AbortSignal;
}

export interface Firewall {
  tables: Table[];
  /** What this process may not or cannot see, with the fix. */
  hidden: string[];
  notes: string[];
}

const timeoutMs = 20_000;
/** As much JSON as can be read without keeping other calls waiting for long. */
const maxOutputBytes = 32 * 1024 * 1024;

const asRoot = 'Run netmcp as root or with the capability CAP_NET_ADMIN.';

const nft = ({ exec, signal }: FirewallPorts, ...args: string[]): Promise<ExecResult> =>
  exec.run({ binary: 'nft', args, timeoutMs, maxOutputBytes, signal });

const isForbidden = ({ stderr }: ExecResult): boolean => /Operation not permitted|must be root/i.test(stderr);

const failed = (what: string, { stderr }: ExecResult): NetError =>
  new NetError(
    'step_failed',
    `${what} failed: ${stderr.trim().slice(0, 300)}`,
    'Look at what it says when you run it by hand; a kernel without nf_tables cannot be asked.',
  );

/** Elements of sets are only counted; where they are too many to list, they are not even that. */
const listRuleset = async (ports: FirewallPorts): Promise<{ result: ExecResult; terse: boolean }> => {
  try {
    return { result: await nft(ports, '-j', 'list', 'ruleset'), terse: false };
  } catch (error) {
    const { code } = fromUnknown(error);
    if (code !== 'limit_exceeded' && code !== 'timeout') throw error;
    return { result: await nft(ports, '-j', '-t', 'list', 'ruleset'), terse: true };
  }
};

const addTexts = (tables: readonly Table[], listing: ExecResult): Pick<Firewall, 'tables' | 'notes'> => {
  if (listing.code !== 0) throw failed('nft list ruleset', listing);
  const texts = parseRuleTexts(listing.stdout);
  const shown = tables.map((table) => withTexts(table, texts));
  const doubtful = shown.filter(({ believed }) => !believed).length;
  return {
    tables: shown.map(({ table }) => table),
    notes:
      doubtful === 0
        ? []
        : [
            `Rules of ${doubtful} table${doubtful === 1 ? '' : 's'} are shown as JSON: names or comments in it hold line breaks that could forge rules, or it changed while it was read.`,
          ],
  };
};

const readNft = async (ports: FirewallPorts, wantTexts: boolean): Promise<Firewall> => {
  if ((await ports.exec.find('nft')) === undefined) {
    const hidden = ['nft is not installed, so nftables rules are not seen. Install it: apt-get install nftables.'];
    return { tables: [], hidden, notes: [] };
  }
  const [{ result, terse }, listing] = await Promise.all([
    listRuleset(ports),
    wantTexts ? nft(ports, '-a', '-t', 'list', 'ruleset') : undefined,
  ]);
  if (result.code !== 0) {
    if (isForbidden(result)) return { tables: [], hidden: [`The nftables ruleset is hidden. ${asRoot}`], notes: [] };
    return { tables: [], hidden: [failed('nft list ruleset', result).message], notes: [] };
  }
  const tables = parseRuleset(result.stdout, terse);
  const notes = terse ? ['The elements of sets are too many to list, so they are not counted.'] : [];
  if (listing === undefined) return { tables, hidden: [], notes };
  const withText = addTexts(tables, listing);
  return { ...withText, hidden: [], notes: [...notes, ...withText.notes] };
};

const legacy = [
  { family: 'ip', file: '/proc/self/net/ip_tables_names', binary: 'iptables-legacy-save' },
  { family: 'ip6', file: '/proc/self/net/ip6_tables_names', binary: 'ip6tables-legacy-save' },
] as const;

/** The kernel names the tables that exist. Asking for another one would load its module and create it. */
const readLegacyFamily = async (
  { family, file, binary }: (typeof legacy)[number],
  { exec, kernel, signal }: FirewallPorts,
): Promise<Firewall> => {
  let names: string[];
  try {
    names = ((await kernel.read(file)) ?? '').split('\n').filter((name) => /^[a-z]{1,16}$/.test(name));
  } catch (error) {
    if (fromUnknown(error).code !== 'not_permitted') throw error;
    return {
      tables: [],
      hidden: [`The legacy ${family} tables of iptables, if any, are hidden. ${asRoot}`],
      notes: [],
    };
  }
  if (names.length === 0) return { tables: [], hidden: [], notes: [] };
  if ((await exec.find(binary)) === undefined) {
    const hidden = `The kernel has legacy ${family} tables (${names.join(', ')}), but ${binary} is not installed. Install it: apt-get install iptables.`;
    return { tables: [], hidden: [hidden], notes: [] };
  }
  const tables: Table[] = [];
  const hidden: string[] = [];
  for (const name of names) {
    const result = await exec.run({ binary, args: ['-c', '-t', name], timeoutMs, maxOutputBytes, signal });
    if (result.code === 0) tables.push(...parseLegacySave(result.stdout, family));
    else hidden.push(failed(`${binary} -t ${name}`, result).message);
  }
  return { tables, hidden, notes: [] };
};

/** `wantTexts`: rules in nft's own words too, for which it is asked twice. */
export const readFirewall = async (ports: FirewallPorts, wantTexts: boolean): Promise<Firewall> => {
  const parts = [await readNft(ports, wantTexts)];
  for (const family of legacy) parts.push(await readLegacyFamily(family, ports));
  const tables = parts.flatMap((part) => part.tables);
  const both = ['nft', 'legacy'].every((backend) =>
    tables.some((table) => table.backend === backend && table.rules.length > 0),
  );
  return {
    tables,
    hidden: parts.flatMap(({ hidden }) => hidden),
    notes: [
      ...parts.flatMap(({ notes }) => notes),
      ...(both ? ['Both nftables and legacy iptables hold rules: a packet has to pass both.'] : []),
    ],
  };
};
