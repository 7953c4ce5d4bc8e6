// get_job: how far a job is, and its result once it has ended.
import * as z from 'zod';
import { defineOperation } from '../define.ts';
import { jobIdSchema, jobResultSchema, noSuchJob } from './job-view.ts';

export const getJob = defineOperation({
  name: 'get_job',
  title: 'Get a job',
  description: 'State, progress and (once done) result of a job. wait_s waits for its end.',
  toolset: 'jobs',
  needs: 'none',
  everywhere: true,
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    job_id: jobIdSchema,
    wait_s: z.number().min(0).max(30).default(0),
  }),
  output: jobResultSchema,
  run: async ({ job_id, wait_s }, ports, { signal }) => {
    const job = await ports.jobs.wait(job_id, wait_s * 1000, signal);
    if (job === undefined) throw noSuchJob(job_id);
    const progress = job.total === null ? '' : ` (${job.done} of ${job.total})`;
    return {
      success: job.state === 'running' || job.state === 'done',
      summary: `${job.operation} is ${job.state}${job.state === 'running' ? progress : ''}.`,
      ...job,
    };
  },
});
