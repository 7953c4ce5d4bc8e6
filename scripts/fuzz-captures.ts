// npm run fuzz -- captures [COUNT]: mutated captures through all that reads them, in as many threads as there are processors.
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { mutated } from '../tests/capture/fuzz/mutate.ts';
import { seeds } from '../tests/capture/fuzz/seeds.ts';
import { ensureEngine } from './lib/engine.mjs';

const repository = resolve(import.meta.dirname, '..');
const corpus = join(repository, 'tests', 'capture', 'corpus');
/** An input is at most some tens of kilobytes: whatever takes this long would take over 1 s per megabyte, several times. */
const hungSeconds = 20;
/** Inputs saved of one run. */
const mostSaved = 20;

const messageSchema = z.object({
  index: z.number(),
  reason: z.string().optional(),
  milliseconds: z.number().optional(),
});

/** Gives the exit status. */
export const fuzzCaptures = async (count: number, seed: number): Promise<number> => {
  await ensureEngine();
  const from = seeds();
  const threads = Math.min(availableParallelism(), count);
  const kinds = new Set<string>();
  let faults = 0;
  let slowest = 0;
  let done = 0;

  const report = (index: number, reason: string): void => {
    faults += 1;
    // The same fault is met many times: one input of each kind is enough.
    const kind = reason.replace(/[0-9]+/g, '0');
    if (kinds.has(kind) || kinds.size >= mostSaved) return;
    kinds.add(kind);
    mkdirSync(corpus, { recursive: true });
    const file = join(corpus, `${seed}-${index}`);
    writeFileSync(file, mutated(from, seed, index));
    process.stdout.write(`input ${index} (saved as ${relative(repository, file)}): ${reason}\n`);
  };

  const run = (first: number): Promise<void> =>
    new Promise((end) => {
      const now = new Int32Array(new SharedArrayBuffer(8));
      const worker = new Worker(new URL('./fuzz-captures-worker.ts', import.meta.url), {
        workerData: { seed, count, first, step: threads, now },
      });
      let seen = -1;
      let waited = 0;
      const watch = setInterval(() => {
        const finished = Atomics.load(now, 1);
        waited = finished === seen ? waited + 1 : 0;
        seen = finished;
        if (waited < hungSeconds) return;
        const index = Atomics.load(now, 0);
        report(index, `no end within ${hungSeconds} s`);
        void worker.terminate().then(async () => {
          if (index + threads < count) await run(index + threads);
          end();
        });
        clearInterval(watch);
      }, 1000);
      worker.on('message', (message) => {
        const { index, reason, milliseconds } = messageSchema.parse(message);
        slowest = Math.max(slowest, milliseconds ?? 0);
        if (reason !== undefined) report(index, reason);
      });
      worker.on('error', (error) => {
        report(Atomics.load(now, 0), String(error));
      });
      worker.on('exit', () => {
        done += Atomics.load(now, 1);
        clearInterval(watch);
        if (waited < hungSeconds) end();
      });
    });

  const started = performance.now();
  await Promise.all(Array.from({ length: threads }, (_, first) => run(first)));
  const seconds = (performance.now() - started) / 1000;
  const slow = slowest > 0 ? `, the slowest took ${Math.round(slowest)} ms` : '';
  process.stdout.write(
    `captures: ${done} inputs from ${from.length} seeds in ${seconds.toFixed(0)} s, ${faults} faults${slow} (NETMCP_FUZZ_SEED=${seed})\n`,
  );
  return faults === 0 && done >= count ? 0 : 1;
};
