// The jobs of this process: long calls that go on after their request was answered. Bounded in number, kept for an hour.
import { randomBytes } from 'node:crypto';
import { fromUnknown, NetError } from '../../model/errors.ts';
import type { Jobs, JobView } from '../../model/ports.ts';
import type { Execution } from './execution.ts';

export const maxRunningJobs = 8;
const maxKeptJobs = 64;
/** Milliseconds an ended job can still be asked about. */
const keptFor = 3_600_000;

export interface JobStore extends Jobs {
  hasRoom(): boolean;
  /** Throws limit_exceeded when too many jobs run. */
  adopt(execution: Execution): JobView;
  /** Aborts every job and resolves when all have ended. */
  close(): Promise<void>;
}

interface Job {
  id: string;
  execution: Execution;
  state: JobView['state'];
  result: unknown;
  /** When it ended, by the given clock. */
  endedAt: number | undefined;
  ended: Promise<void>;
}

const cancelled = (): NetError =>
  new NetError('cancelled', 'The job was cancelled.', 'Start it again if its answer is still wanted.');

/** `now` gives milliseconds that are never set back. */
export const createJobs = (now: () => number): JobStore => {
  const jobs = new Map<string, Job>();

  const forgetOld = (): void => {
    for (const [id, job] of jobs) {
      if (job.endedAt === undefined) continue;
      if (now() - job.endedAt > keptFor || jobs.size > maxKeptJobs) jobs.delete(id);
    }
  };
  const running = (): Job[] => [...jobs.values()].filter((job) => job.state === 'running');
  const hasRoom = (): boolean => running().length < maxRunningJobs;

  const view = (job: Job): JobView => ({
    job_id: job.id,
    operation: job.execution.operation,
    state: job.state,
    ...job.execution.latest(),
    result: job.result,
  });

  const finish = async (job: Job): Promise<void> => {
    try {
      job.result = await job.execution.settled;
      job.state = 'done';
    } catch (error) {
      const failure = fromUnknown(error);
      job.result = { error: failure.toReport() };
      job.state = failure.code === 'cancelled' ? 'cancelled' : 'failed';
    }
    job.endedAt = now();
  };

  return {
    hasRoom,
    adopt: (execution) => {
      forgetOld();
      if (!hasRoom()) {
        throw new NetError(
          'limit_exceeded',
          `${maxRunningJobs} jobs are running already.`,
          'Wait for one with get_job, or end one with cancel_job.',
        );
      }
      const job: Job = {
        id: `job_${randomBytes(9).toString('base64url')}`,
        execution,
        state: 'running',
        result: null,
        endedAt: undefined,
        ended: Promise.resolve(),
      };
      execution.onProgress(undefined);
      job.ended = finish(job);
      jobs.set(job.id, job);
      return view(job);
    },
    get: (jobId) => {
      forgetOld();
      const job = jobs.get(jobId);
      return job === undefined ? undefined : view(job);
    },
    wait: async (jobId, waitMs, signal) => {
      const job = jobs.get(jobId);
      if (job === undefined) return undefined;
      let stop = (): void => undefined;
      const over = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        signal.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true },
        );
        if (signal.aborted) resolve();
        stop = () => {
          clearTimeout(timer);
        };
      });
      await Promise.race([job.ended, over]);
      stop();
      return view(job);
    },
    cancel: (jobId) => {
      const job = jobs.get(jobId);
      if (job?.state !== 'running') return false;
      job.execution.abort(cancelled());
      return true;
    },
    close: async () => {
      for (const job of running()) job.execution.abort(cancelled());
      await Promise.all([...jobs.values()].map((job) => job.ended));
    },
  };
};
