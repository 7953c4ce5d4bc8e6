// What mtr says in sentences: its summary, and notes on how it measured.
import type * as z from 'zod';
import type { CheckedTarget } from '../../model/probe.ts';
import type { MtrReport } from '../../probe/path/mtr.ts';
import { methodNotes, type methodSchema, shownTarget, silenceNotes, type PathInput } from './path-call.ts';

export interface Found {
  method: z.infer<typeof methodSchema>;
  intervalMs: number;
  report: MtrReport;
}

type Input = Pick<PathInput, 'method'> & { count: number };

export const notesOf = (input: Input, { method, intervalMs, report }: Found): string[] => [
  method === 'mtr_program'
    ? 'Measured by the mtr program, since this process may open no probe sockets; jitter is not told.'
    : `Measured by ${input.count} round${input.count === 1 ? '' : 's'} of probes of its own, ${intervalMs / 1000} s apart, without the mtr program.`,
  ...methodNotes(input.method, method),
  ...(method === 'udp' && intervalMs < 1000 && (report.targetLossPercent ?? 0) > 0
    ? ['Hosts limit ICMP errors to about one a second, so loss at the target may be that: use interval_s 1, or icmp.']
    : []),
  ...silenceNotes(report.silentHopsCut),
];

export const summaryOf = (checked: CheckedTarget, report: MtrReport): string => {
  const target = shownTarget(checked);
  if (!report.reached) return `${target} was not reached. ${report.issues[0] ?? ''}`.trim();
  const end = report.hops.at(-1);
  const limited = report.hops.filter(({ rate_limited: marked }) => marked).map(({ hop_number: number }) => number);
  const begins = report.lossBeginsAt === null ? '' : `, which begins at hop ${report.lossBeginsAt}`;
  const several = limited.length > 1;
  const only = `Hop${several ? 's' : ''} ${limited.slice(0, 6).join(', ')} only answer${several ? '' : 's'} few probes and lose${several ? '' : 's'} nothing.`;
  return `${target} is ${report.totalHops} hop${report.totalHops === 1 ? '' : 's'} away: ${report.targetLossPercent ?? 0} % loss${begins}, ${end?.avg_ms ?? 0} ms on average.${limited.length === 0 ? '' : ` ${only}`}`;
};
