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

/** Hops that left probes unanswered, too few to call that a limit or loss. */
const undecidedNotes = ({ reached, hops }: MtrReport): string[] => {
  const undecided = hops.filter(({ loss_is: is, received }) => reached && is === 'unknown' && received > 0);
  const numbers = undecided.slice(0, 6).map(({ hop_number: number }) => number);
  return numbers.length === 0
    ? []
    : [
        `Too few probes to tell whether what hop${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')} left unanswered is loss: raise count.`,
      ];
};

type Input = Pick<PathInput, 'method'> & { count: number };

export const notesOf = (input: Input, { method, intervalMs, report }: Found): string[] => [
  method === 'mtr_program'
    ? 'Measured by the mtr program, since this process may open no probe sockets; jitter is not told.'
    : `Measured by ${input.count} round${input.count === 1 ? '' : 's'} of probes of its own, ${intervalMs / 1000} s apart, without the mtr program.`,
  ...methodNotes(input.method, method),
  ...(method === 'udp' && intervalMs < 1000 && (report.targetLossPercent ?? 0) > 0
    ? ['Hosts limit ICMP errors to about one a second, so loss at the target may be that: use interval_s 1, or icmp.']
    : []),
  ...undecidedNotes(report),
  ...silenceNotes(report.silentHopsCut),
];

export const summaryOf = (checked: CheckedTarget, report: MtrReport): string => {
  const target = shownTarget(checked);
  if (!report.reached) return `${target} was not reached. ${report.issues[0] ?? ''}`.trim();
  const end = report.hops.at(-1);
  const limited = report.hops.filter(({ rate_limited: marked }) => marked).map(({ hop_number: number }) => number);
  const unsure = (report.targetLossPercent ?? 0) > 0 ? ', too few probes to tell where' : '';
  const begins = report.lossBeginsAt === null ? unsure : `, which begins at hop ${report.lossBeginsAt}`;
  const several = limited.length > 1;
  const only = `Hop${several ? 's' : ''} ${limited.slice(0, 6).join(', ')} only answer${several ? '' : 's'} few probes and lose${several ? '' : 's'} nothing.`;
  return `${target} is ${report.totalHops} hop${report.totalHops === 1 ? '' : 's'} away: ${report.targetLossPercent ?? 0} % loss${begins}, ${end?.avg_ms ?? 0} ms on average.${limited.length === 0 ? '' : ` ${only}`}`;
};
