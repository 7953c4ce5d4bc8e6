// Reads an interface's queueing disciplines from tc's text (its JSON is incomplete before iproute2 6, and for HTB classes still), without counters.
import { NetError } from '../../model/errors.ts';
import type { HostPorts } from '../../model/ports.ts';
import { findKind } from './kinds.ts';
import { egressQdiscs, ifbName, isDefault, rootOf } from './state.ts';
import type { Observed, Seen, SeenQdisc } from './state.ts';

/** Kinds whose classes people configure; the classes of others (fq_codel, sfq, ...) are flows that come and go. */
const configuredClasses = new Set(['htb', 'hfsc', 'drr', 'qfq', 'ets', 'cbq']);

const clean = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');

/** Reference counts and packet counts move by themselves; dashes are an old ingress qdisc's options. */
const withoutCounters = (text: string): string =>
  clean(text.replaceAll(/\b(refcnt|direct_packets_stat) \d+/g, '').replaceAll(/\boffloaded\b|-{8,}/g, ''));

/** `tc -d qdisc show dev X`. */
export const parseQdiscs = (text: string): SeenQdisc[] => {
  const qdiscs: SeenQdisc[] = [];
  for (const line of text.split('\n')) {
    const found = /^qdisc (\S+) ([0-9a-f]+:) (?:dev \S+ )?(?:(root)|parent (\S+))?(.*)$/.exec(line);
    const last = qdiscs.at(-1);
    if (found !== null) {
      const [, kind = '', handle = '', root, parent = '', rest = ''] = found;
      qdiscs.push({ kind, handle, parent: root ?? parent, options: withoutCounters(rest) });
    } else if (last !== undefined && line.trim() !== '')
      last.options = clean(`${last.options} ${withoutCounters(line)}`);
  }
  return qdiscs;
};

/** `tc -d class show dev X`. */
export const parseClasses = (text: string): Seen['classes'] =>
  text.split('\n').flatMap((line) => {
    const found = /^class (\S+) (\S+) (?:root|parent (\S+))(.*)$/.exec(line);
    if (found === null) return [];
    const [, kind = '', classid = '', parent, rest = ''] = found;
    if (!configuredClasses.has(kind)) return [];
    // The leaf is a qdisc with this class as its parent; the level follows from the children.
    const options = clean(rest.replaceAll(/\b(leaf \S+|level \d+)/g, ''));
    return [{ kind, classid, parent: parent ?? 'root', options }];
  });

/** `tc -d filter show ...`: its lines but for the action indices, which the kernel counts up. */
export const parseFilters = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => clean(line.replaceAll(/\b(not_in_hw|in_hw(_count \d+)?)\b/g, '')))
    .filter((line) => line !== '' && !/^(index \d+ ref|used_hw_stats|Sent |backlog )/.test(line));

/** The options of the root in `tc -j -d qdisc show dev X`; null when tc did not print sound JSON. */
export const parseExact = (text: string): Observed['exact'] => {
  let dump: unknown;
  try {
    dump = JSON.parse(text);
  } catch {
    // Some versions of tc print plain text into their JSON; without proof a takeover is refused.
    return null;
  }
  if (!Array.isArray(dump)) return null;
  const list: unknown[] = dump;
  const root = list.find(
    (entry): entry is { options: object } =>
      isObject(entry) && 'root' in entry && 'options' in entry && isObject(entry.options),
  );
  if (root === undefined) return null;
  return Object.fromEntries(
    Object.entries(root.options).flatMap(([key, value]: [string, unknown]) =>
      value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[key, value] as const]
        : [],
    ),
  );
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

type Ask = (args: readonly string[]) => Promise<string>;

const asker =
  (target: string, ports: HostPorts, signal: AbortSignal): Ask =>
  async (args) => {
    const result = await ports.exec.run({ binary: 'tc', args, signal });
    if (result.code === 0) return result.stdout;
    const said = result.stderr.trim().slice(0, 500);
    if (/Cannot find device|does not exist|No such device/i.test(said)) {
      throw new NetError(
        'not_found',
        `There is no interface ${target} here.`,
        'Call get_interfaces for the names there are.',
      );
    }
    throw new NetError(
      'step_failed',
      `tc ${args.join(' ')} failed: ${said}`,
      'Look at what tc says; its package is iproute2.',
    );
  };

const readSide = async (device: string, qdiscs: SeenQdisc[], ask: Ask): Promise<Seen> => {
  const classful = qdiscs.some((qdisc) => configuredClasses.has(qdisc.kind));
  const [classes, filters] = await Promise.all([
    classful ? ask(['-d', 'class', 'show', 'dev', device]) : '',
    isDefault(qdiscs.find((qdisc) => qdisc.parent === 'root')) ? '' : ask(['-d', 'filter', 'show', 'dev', device]),
  ]);
  return { qdiscs, classes: parseClasses(classes), filters: parseFilters(filters) };
};

const readIfb = async (target: string, ports: HostPorts, signal: AbortSignal): Promise<Observed['ifb']> => {
  const name = ifbName(target);
  const links = (await ports.kernel.read('/proc/net/dev')) ?? '';
  if (!links.split('\n').some((line) => line.trimStart().startsWith(`${name}:`))) return null;
  const link = await ports.exec.run({ binary: 'ip', args: ['-d', 'link', 'show', 'dev', name], signal });
  const ask = asker(name, ports, signal);
  const side = await readSide(name, parseQdiscs(await ask(['-d', 'qdisc', 'show', 'dev', name])), ask);
  return { ...side, kind: /^\s+ifb\b/m.test(link.stdout) ? 'ifb' : 'other' };
};

const readExact = async (target: string, seen: Seen, ask: Ask): Promise<Observed['exact']> => {
  const root = rootOf(seen);
  const kind = root === undefined ? undefined : findKind(root.kind);
  const alone = egressQdiscs(seen).length === 1 && seen.classes.length === 0;
  if (isDefault(root) || !alone || kind === undefined || kind.unrestorable !== undefined) return null;
  return parseExact(await ask(['-j', '-d', 'qdisc', 'show', 'dev', target]));
};

/** Throws not_found when the interface is not there. */
export const readTree = async (target: string, ports: HostPorts, signal: AbortSignal): Promise<Observed> => {
  const ask = asker(target, ports, signal);
  const [text, ifb] = await Promise.all([ask(['-d', 'qdisc', 'show', 'dev', target]), readIfb(target, ports, signal)]);
  const qdiscs = parseQdiscs(text);
  const hasIngress = qdiscs.some((qdisc) => qdisc.kind === 'ingress');
  const [seen, ingress] = await Promise.all([
    readSide(target, qdiscs, ask),
    hasIngress ? ask(['-d', 'filter', 'show', 'dev', target, 'parent', 'ffff:']) : '',
  ]);
  return { ...seen, ingress_filters: parseFilters(ingress), exact: await readExact(target, seen, ask), ifb };
};
