// Commands answered by handlers instead of processes; what the real exec refuses is refused here too, and every call is recorded.
import { type Binary, binaries } from '../../model/command.ts';
import { NetError } from '../../model/errors.ts';
import type { Exec, ExecRequest, ExecResult } from '../../model/ports.ts';
import { checkAllowed, missingBinary } from '../allowlist.ts';

export interface FakeCall {
  binary: Binary;
  args: readonly string[];
  stdin: string | undefined;
}

/** What a command does and prints; what is left out is exit code 0 and no output. */
export type FakeHandler = (call: FakeCall) => Partial<ExecResult>;

export interface FakeExec extends Exec {
  calls: FakeCall[];
  /** A binary without a handler is not installed. */
  handlers: Map<Binary, FakeHandler>;
  /** Makes the nth call from now on (1 is the next) fail without running its handler: with this result, or by throwing the error. */
  failCall(nth: number, outcome?: Partial<ExecResult> | Error): void;
}

const complete = (result: Partial<ExecResult>): ExecResult => ({
  code: 0,
  stdout: '',
  stderr: '',
  ...result,
});

export const createFakeExec = (handlers: Partial<Record<Binary, FakeHandler>> = {}): FakeExec => {
  const installed = new Map<Binary, FakeHandler>();
  for (const binary of binaries) {
    const handler = handlers[binary];
    if (handler !== undefined) installed.set(binary, handler);
  }
  const calls: FakeCall[] = [];
  const failures: { left: number; outcome: Partial<ExecResult> | Error }[] = [];

  const dueFailure = (): Partial<ExecResult> | Error | undefined => {
    for (const failure of failures) failure.left -= 1;
    return failures.find(({ left }) => left === 0)?.outcome;
  };

  return {
    calls,
    handlers: installed,
    failCall(nth, outcome = { code: 2, stderr: 'failed as the test wished' }) {
      failures.push({ left: nth, outcome });
    },
    async find(binary) {
      return installed.has(binary) ? `/usr/sbin/${binary}` : undefined;
    },
    async run(request: ExecRequest) {
      const { binary, args, stdin, signal, onSpawn } = request;
      checkAllowed(binary, args, stdin);
      const handler = installed.get(binary);
      if (handler === undefined) throw missingBinary(binary);
      if (signal?.aborted === true) throw new NetError('cancelled', `${binary} was stopped.`, 'This is a fake host.');
      calls.push({ binary, args, stdin });
      await onSpawn?.({ pid: 1000 + calls.length, start_ticks: calls.length });
      const failure = dueFailure();
      if (failure instanceof Error) throw failure;
      return complete(failure ?? handler({ binary, args, stdin }));
    },
  };
};
