// Runs one step's commands: typed actions only, children journaled before they get their input.
import { NetError } from '../model/errors.ts';
import type { ResourceCommand } from '../model/command.ts';
import { isSteeringWrite } from '../model/steering.ts';
import { sysctlPath } from '../model/sysctl.ts';
import type { Lock } from '../store/lock.ts';
import type { UndoEngine } from './engine.ts';
import type { Journal } from './journal.ts';

/** Deadline of one command; a child still running then is ended with its process group. */
export const commandTimeoutMs = 10_000;

export interface ExecuteContext {
  engine: UndoEngine;
  journal: Journal;
  lock: Lock;
  step: number;
  signal: AbortSignal;
}

const firstLine = (text: string): string => text.trim().split('\n').slice(0, 3).join('; ').slice(0, 500);

const runCommand = async (command: ResourceCommand, context: ExecuteContext): Promise<void> => {
  const { action } = command;
  const { ports } = context.engine;
  if (action.kind === 'write_sysctl') {
    await ports.kernel.write(sysctlPath(action.key), `${action.value}\n`);
    return;
  }
  if (action.kind === 'write_sysfs') {
    if (!isSteeringWrite(action.path, action.value))
      throw new NetError(
        'not_permitted',
        `netmcp does not write ${action.path.slice(0, 200)}`,
        'Only queue files may be.',
      );
    await ports.kernel.write(action.path, `${action.value}\n`);
    return;
  }
  const result = await ports.exec.run({
    binary: action.binary,
    args: action.args,
    ...(action.stdin === undefined ? {} : { stdin: action.stdin }),
    timeoutMs: commandTimeoutMs,
    signal: context.signal,
    keepFd: context.lock.fd,
    onSpawn: (child) =>
      context.journal.append({
        type: 'child',
        step: context.step,
        ...child,
        deadline_boot_ms: ports.clock.bootTimeMs() + commandTimeoutMs,
      }),
  });
  if (result.code === 0) return;
  const how = `ended with ${result.code === null ? 'a signal' : `code ${String(result.code)}`}`;
  const said = firstLine(result.stderr === '' ? result.stdout : result.stderr);
  throw new NetError(
    'step_failed',
    `${action.binary} ${action.args.join(' ')} ${how}${said === '' ? '' : `: ${said}`}`,
    'The kernel or the tool refused this; the message is its own. Adjust the plan and render it again.',
  );
};

/** Runs commands in order and stops at the first failure; a command marked optional may fail. */
export const runCommands = async (commands: readonly ResourceCommand[], context: ExecuteContext): Promise<void> => {
  for (const command of commands) {
    try {
      await runCommand(command, context);
    } catch (failure) {
      if (command.optional !== true || context.signal.aborted) throw failure;
      context.engine.ports.log.debug(`optional command failed: ${command.text}`);
    }
  }
};
