// cancel_job: ends a running job; a change rolls itself back first.
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { jobIdSchema, jobResultSchema, noSuchJob } from './job-view.ts';

/** Milliseconds given to the operation to end in order before the answer says it is still at it. */
const patience = 10_000;

export const cancelJob = defineOperation({
  name: 'cancel_job',
  title: 'Cancel a job',
  description: 'Cancels a running job, waits up to 10 s for its end; a change in progress is rolled back.',
  toolset: 'jobs',
  needs: 'none',
  everywhere: true,
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  inReadOnlyMode: true,
  input: z.strictObject({ job_id: jobIdSchema }),
  output: jobResultSchema,
  run: async ({ job_id }, ports, { signal }) => {
    const wasRunning = ports.jobs.cancel(job_id);
    const job = await ports.jobs.wait(job_id, wasRunning ? patience : 0, signal);
    if (job === undefined) throw noSuchJob(job_id);
    const summary = !wasRunning
      ? `${job.operation} had ended already (${job.state}).`
      : job.state === 'running'
        ? `${job.operation} was told to end and is still at it.`
        : `${job.operation} is ${job.state}.`;
    return { success: job.state !== 'running', summary, ...job };
  },
});
