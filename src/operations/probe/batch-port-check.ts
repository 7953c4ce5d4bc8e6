// batch_port_check: many TCP ports of one host; open ones each, the others as ranges.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { portRangeSchema } from '../../model/names.ts';
import type { PortAnswer, PortState } from '../../probe/ports/connect.ts';
import type { ScanReport } from '../../probe/ports/scan.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { familyInput } from './family.ts';
import { probing } from './probing.ts';

/** Up to so many ports each has its own entry, open or not. */
const ownEntries = 64;
/** Characters of JSON for entries, and for each list of ranges. */
const entryCharacters = 10_000;
const rangeCharacters = 1500;

const resultItemSchema = z.strictObject({
  port: z.number(),
  is_open: z.boolean(),
  state: z.enum(['open', 'closed', 'filtered', 'unreachable']),
  response_time_ms: z.number().nullable(),
  service_hint: z.string().nullable(),
  reason: z.string().optional(),
});
type ResultItem = z.infer<typeof resultItemSchema>;

const rangesSchema = z.array(z.string());

const within = <Item>(items: readonly Item[], characters: number): Item[] => {
  let left = characters;
  const end = items.findIndex((item) => {
    left -= JSON.stringify(item).length + 1;
    return left < 0;
  });
  return end === -1 ? [...items] : items.slice(0, end);
};

interface Words {
  serviceHintOf: (port: number) => string | null;
  shortRanges: (ports: readonly number[]) => string[];
}

const entryOf = (port: number, { state, reason, timeMs }: PortAnswer, { serviceHintOf }: Words): ResultItem => ({
  port,
  is_open: state === 'open',
  state,
  response_time_ms: state === 'filtered' ? null : Math.round(timeMs * 100) / 100,
  service_hint: serviceHintOf(port),
  ...(reason === null ? {} : { reason }),
});

const unreachableReasons = (answers: ScanReport['answers']): string[] => [
  ...new Set([...answers.values()].flatMap(({ state, reason }) => (state === 'unreachable' ? [reason ?? ''] : []))),
];

const notesOf = ({ answers, askedAgain }: ScanReport): string[] => [
  ...(askedAgain === 0
    ? []
    : [`Asked twice, since few kept silent: ${askedAgain} port${askedAgain === 1 ? '' : 's'}.`]),
  ...unreachableReasons(answers)
    .slice(0, 5)
    .map((reason) => `Unreachable: ${reason}.`),
];

const answerOf = (target: string, address: string, ports: readonly number[], report: ScanReport, words: Words) => {
  const of = (wanted: PortState): number[] => ports.filter((port) => report.answers.get(port)?.state === wanted);
  const [open, closed, filtered, unreachable] = [of('open'), of('closed'), of('filtered'), of('unreachable')];
  const listed = ports.length <= ownEntries ? [...open, ...closed, ...filtered, ...unreachable] : open;
  const entries = listed.flatMap((port) => {
    const answer = report.answers.get(port);
    return answer === undefined ? [] : [entryOf(port, answer, words)];
  });
  const results = within(entries, entryCharacters);
  const all = { open, closed, filtered, unreachable };
  const ranges = {
    open: words.shortRanges(all.open),
    closed: words.shortRanges(all.closed),
    filtered: words.shortRanges(all.filtered),
    unreachable: words.shortRanges(all.unreachable),
  };
  const shown = {
    open: within(ranges.open, rangeCharacters),
    closed: within(ranges.closed, rangeCharacters),
    filtered: within(ranges.filtered, rangeCharacters),
    unreachable: within(ranges.unreachable, rangeCharacters),
  };
  const counts = [
    [closed.length, 'closed'],
    [filtered.length, 'filtered'],
    [unreachable.length, 'unreachable'],
  ] as const;
  const rest = counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]));
  const first =
    open.length === 0
      ? ''
      : ` (${within(ranges.open, 150).join(', ')}${JSON.stringify(ranges.open).length > 150 ? ', ...' : ''})`;
  return {
    success: true,
    summary: `${target}: ${open.length}/${ports.length} ports open${first}${rest.length === 0 ? '' : `; ${rest.join(', ')}`}.`,
    target,
    resolved_ip: address,
    total_ports: ports.length,
    open_ports: open.length,
    closed_ports: closed.length,
    filtered_ports: filtered.length,
    unreachable_ports: unreachable.length,
    results,
    ranges: shown,
    truncated: results.length < entries.length || JSON.stringify(shown).length < JSON.stringify(ranges).length,
    notes: notesOf(report),
  };
};

export const batchPortCheck = defineOperation({
  name: 'batch_port_check',
  title: 'Check many ports',
  description: 'Checks up to 4,096 TCP ports of one host at once.',
  ...probing,
  everywhere: true,
  long: true,
  input: z.strictObject({
    target: z.string().min(1).max(300).describe('Name or address'),
    ports: z.array(portRangeSchema).min(1).max(4096).describe('Or ranges "8000-8100"'),
    timeout_s: z.number().min(0.1).max(30).default(1).describe('For each port'),
    max_concurrent: z.number().int().min(1).max(1024).default(1024),
    family: familyInput,
  }),
  output: resultSchema({
    target: z.string(),
    resolved_ip: z.string(),
    total_ports: z.number(),
    open_ports: z.number(),
    closed_ports: z.number(),
    filtered_ports: z.number(),
    unreachable_ports: z.number(),
    results: z.array(resultItemSchema).describe(`Open ones; up to ${ownEntries} ports all of them`),
    ranges: z.strictObject({
      open: rangesSchema,
      closed: rangesSchema,
      filtered: rangesSchema,
      unreachable: rangesSchema,
    }),
    truncated: z.boolean(),
    duration_ms: z.number(),
    notes: z.array(z.string()),
  }),
  run: async (input, ports, { signal, progress }) => {
    const { target, timeout_s, max_concurrent, family } = input;
    const { expandPorts, maxPorts, shortRanges } = await import('../../probe/ports/port-ranges.ts');
    const wanted = expandPorts(input.ports);
    if (wanted === undefined) {
      throw new NetError(
        'limit_exceeded',
        `Argument ports names more than ${maxPorts} ports.`,
        `Ask for at most ${maxPorts} ports in one call.`,
      );
    }
    const checked = await ports.targets.check(target, { family, signal });
    const [{ scanPorts }, { serviceHintOf }] = await Promise.all([
      import('../../probe/ports/scan.ts'),
      import('../../probe/ports/service-names.ts'),
    ]);
    const started = performance.now();
    const report = await scanPorts({
      address: checked.address,
      ports: wanted,
      timeoutMs: timeout_s * 1000,
      maxConcurrent: max_concurrent,
      signal,
      onDone: (done, open) => {
        progress(done, wanted.length, `${open} open`);
      },
    });
    const answer = answerOf(target, checked.address, wanted, report, { serviceHintOf, shortRanges });
    return { ...answer, duration_ms: Math.round(performance.now() - started) };
  },
});
