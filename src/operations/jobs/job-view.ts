// How a job is shown: the shape get_job and cancel_job answer with.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { resultSchema } from '../frame/result.ts';
import { plainText } from '../../model/plain-text.ts';

export const jobIdSchema = z
  .string()
  .regex(/^job_[A-Za-z0-9_-]{12}$/, 'a job id is written job_ and 12 letters, digits, - or _');

export const jobResultSchema = resultSchema({
  job_id: z.string(),
  operation: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  done: z.number().describe('Progress as last reported'),
  total: z.number().nullable(),
  message: z.string(),
  result: z.unknown().describe("The operation's result once done, {error} once failed"),
});

export const noSuchJob = (jobId: string): NetError =>
  new NetError(
    'not_found',
    `There is no job ${plainText(jobId, 40)}.`,
    'Jobs live as long as the server that started them and are kept for an hour after their end.',
  );
