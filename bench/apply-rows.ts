// A full profile applied, journaled and verified by the shipped engine; the start of the guard process is counted apart.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { baselines } from './baseline.ts';
import type { Row } from './report.ts';
import { median } from './statistics.ts';

const rounds = 11;
const program = join(import.meta.dirname, 'apply.ts');
const hooks = new URL('dist-instead-of-src.mjs', import.meta.url).href;

const timingsSchema = z.object({
  renderMs: z.number(),
  applyMs: z.number(),
  guardMs: z.number(),
  undoMs: z.number(),
  records: z.number(),
  steps: z.number(),
});
type Timings = z.infer<typeof timingsSchema>;

const startApplying = async (folder: string): Promise<{ next: () => Promise<Timings>; end: () => Promise<void> }> => {
  const child = spawn(process.execPath, ['--import', hooks, program, join(folder, 'apply-state')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: async () => {
      child.stdin.write('\n');
      const line = await lines.next();
      if (line.done === true) throw new Error('the program that applies has ended');
      return timingsSchema.parse(JSON.parse(line.value));
    },
    end: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
};

export const applyRows = async (folder: string): Promise<Row[]> => {
  const { next, end } = await startApplying(folder);
  const baseline = baselines(folder);
  const first = await next();
  const warm: Timings[] = [];
  const sums: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    warm.push(await next());
    let sum = 0;
    for (const once of Object.values(baseline)) sum += await once();
    sums.push(sum);
  }
  await end();
  const of = (name: keyof Timings): number => median(warm.map((timings) => timings[name]));
  const what = `apply of a full profile (${String(first.steps)} steps, ${String(first.records)} journal records)`;
  return [
    { what: `${what}, without the guard's start`, value: of('applyMs'), unit: 'ms', budget: 150 },
    { what: 'the same, first apply of a process', value: first.applyMs, unit: 'ms' },
    { what: "the guard's start", value: of('guardMs'), unit: 'ms' },
    { what: 'render of the same plan', value: of('renderMs'), unit: 'ms' },
    { what: 'rollback of the same plan, its guard included', value: of('undoMs'), unit: 'ms' },
    { what: 'apply : one of each baseline together', value: of('applyMs') / median(sums), unit: 'x' },
  ];
};
