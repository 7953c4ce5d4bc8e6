// The one way to run an operation: access, time, cancellation, jobs, and every failure turned into a NetError.
import { fromUnknown, NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { ClientInfo, Operation, Result } from '../define.ts';
import { startExecution, type Execution, type Progress } from './execution.ts';
import type { JobStore } from './jobs.ts';
import { createRegistry, type Registry } from './registry.ts';
import { showValue } from './show.ts';

/** Seconds after which a long call answers with a job_id; clients commonly give up at 60. */
const answerWithinSeconds = 45;
const shortTimeoutSeconds = 40;
const longTimeoutSeconds = 3600;

export interface Caller {
  client: ClientInfo;
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** A caller that waits itself (the command line) gets the answer, however long it takes. */
  waits?: boolean;
}

export type Answer = { ok: true; result: Result } | { ok: false; error: NetError };

export interface Invoker extends Registry {
  invoke(name: string, input: unknown, caller: Caller): Promise<Answer>;
  /** Aborts what runs and resolves once all of it has ended. */
  close(): Promise<void>;
}

export interface InvokerOptions {
  operations: readonly Operation[];
  ports: OperationPorts;
  jobs: JobStore;
  /** Whatever must have happened before the first call (recovery). */
  ready?: Promise<void>;
  /** Seconds, for tests. */
  answerWithinSeconds?: number;
}

const takeBackground = (operation: Operation, input: unknown): { background: boolean; rest: unknown } => {
  if (operation.long !== true || typeof input !== 'object' || input === null || !('background' in input)) {
    return { background: false, rest: input };
  }
  const { background, ...rest } = input;
  if (typeof background === 'boolean' || background === undefined) return { background: background === true, rest };
  throw new NetError(
    'invalid_argument',
    `Argument background: expected boolean; got ${showValue(background)}.`,
    'Pass true to be answered at once with a job_id, or leave it out.',
  );
};

const platformNames = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' } as const;

/** Throws unsupported_platform. */
const checkPlatform = (operation: Operation, { platform }: OperationPorts, registry: Registry): void => {
  if (platform === 'linux' || operation.everywhere === true) return;
  const works = registry.available.filter(({ everywhere }) => everywhere === true).map(({ name }) => name);
  throw new NetError(
    'unsupported_platform',
    `${operation.name} needs Linux; this is ${platformNames[platform]}.`,
    `Run netmcp on the Linux machine itself. What works here: ${works.join(', ')}.`,
  );
};

const jobAnswer = (execution: Execution, jobs: JobStore): Result => {
  const job = jobs.adopt(execution);
  return {
    success: true,
    summary: `${execution.operation} runs as ${job.job_id}; ask get_job for its result, end it with cancel_job.`,
    job_id: job.job_id,
  };
};

const later = async (seconds: number, signal: AbortSignal): Promise<'late'> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve('late');
    }, seconds * 1000);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
      },
      { once: true },
    );
  });

const callerLeft = (): NetError =>
  new NetError('cancelled', 'The call was cancelled.', 'Call again if the answer is still wanted.');

export const createInvoker = (options: InvokerOptions): Invoker => {
  const { operations, ports, jobs } = options;
  const registry = createRegistry(operations, ports.settings);
  const open = new Set<Execution>();

  const start = (operation: Operation, input: unknown, client: ClientInfo): Execution => {
    const execution = startExecution({
      operation: operation.name,
      client,
      timeoutSeconds: operation.timeoutSeconds ?? (operation.long === true ? longTimeoutSeconds : shortTimeoutSeconds),
      run: (call) => operation.run(input, ports, call),
    });
    open.add(execution);
    const forget = (): void => {
      open.delete(execution);
    };
    execution.settled.then(forget, forget);
    return execution;
  };

  /** The result; or, for a long operation that is not done in time, the job it has become. */
  const answerOf = async (operation: Operation, execution: Execution, caller: Caller): Promise<Result> => {
    const leave = (): void => {
      execution.abort(callerLeft());
    };
    caller.signal.addEventListener('abort', leave, { once: true });
    if (caller.signal.aborted) leave();
    execution.onProgress((progress) => caller.onProgress?.(progress));
    const waiting = new AbortController();
    try {
      if (operation.long !== true || caller.waits === true) return await execution.settled;
      const late = later(options.answerWithinSeconds ?? answerWithinSeconds, waiting.signal);
      const first = await Promise.race([execution.settled, late]);
      if (first !== 'late') return first;
      return jobs.hasRoom() ? jobAnswer(execution, jobs) : await execution.settled;
    } finally {
      waiting.abort();
      caller.signal.removeEventListener('abort', leave);
    }
  };

  const run = async (name: string, input: unknown, caller: Caller): Promise<Result> => {
    const operation = registry.find(name);
    checkPlatform(operation, ports, registry);
    const { background, rest } = takeBackground(operation, input);
    await options.ready;
    if (!background) return answerOf(operation, start(operation, rest, caller.client), caller);
    // A full table is told before anything starts.
    if (!jobs.hasRoom()) {
      throw new NetError(
        'limit_exceeded',
        'Too many jobs are running.',
        'Wait for one with get_job, or end one with cancel_job.',
      );
    }
    return jobAnswer(start(operation, rest, caller.client), jobs);
  };

  return {
    ...registry,
    invoke: async (name, input, caller) => {
      try {
        return { ok: true, result: await run(name, input, caller) };
      } catch (error) {
        return { ok: false, error: fromUnknown(error) };
      }
    },
    close: async () => {
      for (const execution of open) execution.abort(callerLeft());
      await Promise.allSettled([...open].map((execution) => execution.settled));
      await jobs.close();
    },
  };
};
