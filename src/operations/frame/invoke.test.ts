import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { expect, test } from 'vitest';
import { defineOperation, type Operation } from '../define.ts';
import { refusingPorts } from '../../../tests/helpers/refusing-ports.ts';
import { createInvoker, type Caller, type Invoker } from './invoke.ts';
import { createJobs, type JobStore } from './jobs.ts';
import { resultSchema } from './result.ts';

const operation = (more: Partial<Pick<Operation, 'long' | 'timeoutSeconds'>>, ms: number): Operation =>
  defineOperation({
    name: 'wait_a_while',
    title: 'Wait',
    description: 'Waits.',
    toolset: 'inspect',
    needs: 'none',
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    ...more,
    input: z.strictObject({}),
    output: resultSchema({}),
    run: async (_input, _ports, { signal }) => {
      await sleep(ms, undefined, { signal });
      return { success: true, summary: 'Waited.' };
    },
  });

const invokerFor = (one: Operation): { invoker: Invoker; jobs: JobStore } => {
  const jobs = createJobs(() => performance.now());
  return {
    invoker: createInvoker({ operations: [one], ports: refusingPorts({ jobs }), jobs, answerWithinSeconds: 0.1 }),
    jobs,
  };
};

const caller = (more: Partial<Caller> = {}): Caller => ({
  client: { kind: 'cli', name: 'test', version: '' },
  signal: new AbortController().signal,
  ...more,
});

test('a long call that takes too long for a client becomes a job by itself', async () => {
  const { invoker, jobs } = invokerFor(operation({ long: true }, 300));
  const answer = await invoker.invoke('wait_a_while', {}, caller());
  const id = answer.ok ? String(answer.result['job_id']) : '';
  expect(id).toMatch(/^job_/);
  expect(await jobs.wait(id, 5000, new AbortController().signal)).toMatchObject({
    state: 'done',
    result: { summary: 'Waited.' },
  });
});

test('a job outlives the signal of the request it came from', async () => {
  const { invoker, jobs } = invokerFor(operation({ long: true }, 300));
  const request = new AbortController();
  const answer = await invoker.invoke('wait_a_while', {}, caller({ signal: request.signal }));
  request.abort();
  const id = answer.ok ? String(answer.result['job_id']) : '';
  expect(await jobs.wait(id, 5000, new AbortController().signal)).toMatchObject({ state: 'done' });
});

test('a caller that waits itself gets the answer', async () => {
  const { invoker } = invokerFor(operation({ long: true }, 300));
  expect(await invoker.invoke('wait_a_while', {}, caller({ waits: true }))).toMatchObject({
    ok: true,
    result: { summary: 'Waited.' },
  });
});

test('time that is up is a timeout, not a cancellation', async () => {
  const { invoker } = invokerFor(operation({ timeoutSeconds: 0.05 }, 5000));
  expect(await invoker.invoke('wait_a_while', {}, caller())).toMatchObject({ ok: false, error: { code: 'timeout' } });
});

test('a caller that left before the start gets cancelled', async () => {
  const { invoker } = invokerFor(operation({}, 5000));
  expect(await invoker.invoke('wait_a_while', {}, caller({ signal: AbortSignal.abort() }))).toMatchObject({
    ok: false,
    error: { code: 'cancelled' },
  });
});

test('background is taken by long operations only, and must be a boolean', async () => {
  const long = invokerFor(operation({ long: true }, 1)).invoker;
  expect(await long.invoke('wait_a_while', { background: 'yes' }, caller())).toMatchObject({
    ok: false,
    error: { code: 'invalid_argument' },
  });
  const short = invokerFor(operation({}, 1)).invoker;
  expect(await short.invoke('wait_a_while', { background: true }, caller())).toMatchObject({
    ok: false,
    error: { code: 'unknown_argument' },
  });
});

test('closing ends what runs', async () => {
  const { invoker } = invokerFor(operation({ long: true }, 60_000));
  const running = invoker.invoke('wait_a_while', { background: true }, caller());
  await running;
  await invoker.close();
});
