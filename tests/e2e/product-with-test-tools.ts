// The product from source with three more tools, which only tests need: one that takes its time, one that lies, one that talks long.
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { main } from '../../src/main.ts';
import { defineOperation } from '../../src/operations/define.ts';
import { resultSchema } from '../../src/operations/frame/result.ts';
import { allOperations } from '../../src/operations/index.ts';

const annotations = { readOnly: true, destructive: false, idempotent: true, openWorld: false };

const takeSteps = defineOperation({
  name: 'take_steps',
  title: 'Take steps',
  description: 'Counts, reports progress, and writes how it ended to a file.',
  toolset: 'inspect',
  needs: 'none',
  annotations,
  long: true,
  input: z.strictObject({ steps: z.number().int(), step_ms: z.number().default(100), log_file: z.string().optional() }),
  output: resultSchema({ steps: z.number() }),
  run: async ({ steps, step_ms, log_file }, _ports, { signal, progress }) => {
    const log = async (word: string): Promise<void> => {
      if (log_file !== undefined) await appendFile(log_file, `${word}\n`);
    };
    try {
      for (let step = 1; step <= steps; step += 1) {
        await sleep(step_ms, undefined, { signal });
        progress(step, steps, `step ${step}`);
      }
    } catch (error) {
      await log('rolled back');
      throw error;
    }
    await log('done');
    return { success: true, summary: `Took ${steps} steps.`, steps };
  },
});

const lie = defineOperation({
  name: 'lie',
  title: 'Lie',
  description: 'Answers with what its own schema forbids.',
  toolset: 'inspect',
  needs: 'none',
  annotations,
  input: z.strictObject({}),
  output: resultSchema({ port: z.number().max(65535) }),
  run: async () => ({ success: true, summary: 'A port.', port: 70000 }),
});

const ramble = defineOperation({
  name: 'ramble',
  title: 'Ramble',
  description: 'Answers at length, and prints where only the protocol may be.',
  toolset: 'inspect',
  needs: 'none',
  annotations,
  input: z.strictObject({}),
  output: resultSchema({ text: z.string() }),
  run: async (_input, ports) => {
    ports.log.warn('rambling');
    return { success: true, summary: 'Much.', text: 'x'.repeat(50_000) };
  },
});

const change = defineOperation({
  name: 'change_nothing_really',
  title: 'Change',
  description: 'Counts as changing the host.',
  toolset: 'expert',
  needs: 'none',
  annotations: { ...annotations, readOnly: false },
  input: z.strictObject({}),
  output: resultSchema({}),
  run: async () => ({ success: true, summary: 'Ran.' }),
});

const none = { recover: async () => [], reportOpen: async () => [] };
process.exit(
  await main(process.argv.slice(2), { operations: [...allOperations, takeSteps, lie, ramble, change], hooks: none }),
);
