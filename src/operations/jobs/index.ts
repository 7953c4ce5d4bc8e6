// The operations of the toolset `jobs`.
import type { Operation } from '../define.ts';
import { cancelJob } from './cancel-job.ts';
import { getJob } from './get-job.ts';

export const jobOperations: readonly Operation[] = [getJob, cancelJob];
