// Applies a full profile with the product's own engine, once a line of standard input, and answers with a line of timings.
// Usage: apply.ts STATE_DIR, in a private network namespace that has the interface bench0.
import { createInterface } from 'node:readline';
import { applyPlan } from '../src/change/apply.ts';
import { confirmChange } from '../src/change/confirm.ts';
import { renderHere } from '../src/change/prepare.ts';
import { rollbackToCheckpoint } from '../src/change/rollback.ts';
import { createJobs } from '../src/operations/frame/jobs.ts';
import { engineFrom } from '../src/operations/tune/engine.ts';
import { createOperationPorts } from '../src/ports.ts';
import { plainSettings } from '../tests/helpers/refusing-ports.ts';
import { plan } from './plan.ts';
import { timed } from './statistics.ts';

const [, , stateDir = ''] = process.argv;
const context = { signal: new AbortController().signal, progress: () => undefined };
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (text: string) => process.stderr.write(`${text}\n`),
};
/** Records of the apply, and when each was on the disk. */
let records: { type: string; at: number }[] = [];
const settings = { ...plainSettings, stateDir, runtimeRoot: '/run/netmcp', toolsets: [] };

const engine = await engineFrom({
  ...createOperationPorts(
    settings,
    createJobs(() => performance.now()),
    log,
  ),
  onJournalRecord: async ({ type }) => {
    records.push({ type, at: performance.now() });
  },
});

const render = async (): Promise<string> => (await renderHere(engine, plan, context.signal)).plan_id;

const apply = async (planId: string): Promise<{ change_id: string; checkpoint_id: string }> => {
  const request = { plan_id: planId, label: 'bench', confirm_timeout_s: 60, dry_run: false };
  const report = await applyPlan(engine, request, context);
  const { change_id, checkpoint_id, state } = report;
  if (change_id === null || checkpoint_id === null || state !== 'pending')
    throw new Error(`the plan was not applied: ${JSON.stringify(report)}`);
  return { change_id, checkpoint_id };
};

const round = async (): Promise<Record<string, number>> => {
  const started = performance.now();
  const planId = await render();
  const rendered = performance.now();
  records = [];
  const { change_id, checkpoint_id } = await apply(planId);
  const applied = performance.now();
  const at = (wanted: string): number => records.find(({ type }) => type === wanted)?.at ?? Number.NaN;
  const guardMs = at('guard') - at('applier');
  const counts = { records: records.length, steps: records.filter(({ type }) => type === 'start').length };
  await confirmChange(engine, change_id, context.signal);
  const undoMs = await timed(() => rollbackToCheckpoint(engine, { checkpoint_id, force: false }, context));
  return { renderMs: rendered - started, applyMs: applied - rendered - guardMs, guardMs, undoMs, ...counts };
};

for await (const _line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await round())}\n`);
}
process.exit(0);
