// The guard process: loads a change's inverses, answers `ready`, and undoes the change when its applier dies or nobody confirms in time.
import { createHostPorts } from './host/host-ports.ts';
import { readIdentity } from './host/identity.ts';
import { createProcesses } from './host/processes.ts';
import { fromUnknown, NetError } from './model/errors.ts';
import type { Log } from './model/ports.ts';
import { resources } from './resources/index.ts';
import type { UndoEngine } from './change/engine.ts';
import { resourceOf } from './change/engine.ts';
import type { ChangeView } from './change/journal.ts';
import { openJournal, readJournal } from './change/journal.ts';
import { takeChangeLock } from './change/lock.ts';
import { undoChange } from './change/undo.ts';

const pollMs = 500;
/** How long the guard waits for the lock in one try; it tries until it has it. */
const lockWaitMs = 30_000;

const say = (level: string, message: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
};
const log: Log = {
  debug: () => undefined,
  info: (message) => {
    say('info', message);
  },
  warn: (message) => {
    say('warn', message);
  },
};

const never = new AbortController().signal;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when the applier lets go of the pipe or dies. */
const pipeClosed = (): Promise<void> =>
  new Promise((resolve) => {
    process.stdin.on('end', resolve).on('close', resolve).on('error', resolve);
    process.stdin.resume();
  });

const mustRead = async (path: string): Promise<ChangeView> => {
  const view = await readJournal(path);
  if (view === undefined) throw new NetError('not_found', `no journal at ${path}`, 'The change was never begun.');
  return view;
};

const ended = (view: ChangeView): boolean => view.end !== undefined && view.end.state !== 'rollback_failed';

const checkInverses = (engine: UndoEngine, view: ChangeView): void => {
  if (view.begin.boot_id !== engine.identity.boot_id || view.begin.netns !== engine.identity.netns) {
    throw new NetError(
      'host_changed',
      'the journal is of another boot or network namespace',
      'Start the guard where the change was made.',
    );
  }
  for (const step of view.begin.steps) {
    const resource = resourceOf(engine, step.resource);
    resource.checkState(step.from);
    resource.checkState(step.to);
  }
};

/** Undoes the change unless it ended, or was applied and its deadline lies ahead. True when there is nothing left to do. */
const undoIfDue = async (engine: UndoEngine, path: string): Promise<boolean> => {
  const lock = await takeChangeLock(engine, lockWaitMs, never);
  try {
    const view = await mustRead(path);
    if (ended(view)) return true;
    const pending = view.applied !== undefined && view.undoing === undefined;
    if (pending && engine.ports.clock.bootTimeMs() < (view.applied?.confirm_by_boot_ms ?? 0)) return false;
    const reason = pending
      ? 'nobody confirmed the change in time'
      : 'the process that applied the change ended before it was whole';
    const journal = await openJournal(path, engine);
    try {
      const report = await undoChange({ engine, journal, lock, view, reason });
      log.info(`${report.state}: ${reason}`);
      for (const line of report.byHand) log.warn(`to restore by hand: ${line}`);
    } finally {
      await journal.close();
    }
    return true;
  } finally {
    lock.release();
  }
};

/** Waits for the deadline (CLOCK_BOOTTIME), looking now and then whether somebody confirmed or undid the change. */
const waitForDeadline = async (engine: UndoEngine, path: string): Promise<void> => {
  for (;;) {
    const view = await mustRead(path);
    if (ended(view)) return;
    const left = (view.applied?.confirm_by_boot_ms ?? 0) - engine.ports.clock.bootTimeMs();
    if (left <= 0) return;
    await sleep(Math.min(pollMs, left + 20));
  }
};

const guard = async (path: string, runtimeDir: string): Promise<void> => {
  const engine: UndoEngine = {
    ports: createHostPorts(log),
    processes: createProcesses(),
    identity: await readIdentity(),
    runtimeDir,
    resources,
  };
  const closed = pipeClosed();
  checkInverses(engine, await mustRead(path));
  process.stdout.on('error', () => undefined);
  process.stdout.write('ready\n');
  await closed;
  for (;;) {
    try {
      await waitForDeadline(engine, path);
      if (await undoIfDue(engine, path)) return;
    } catch (failure) {
      const { code, message } = fromUnknown(failure);
      // A busy lock or a full disk may pass; whoever starts next recovers what this guard could not.
      log.warn(`${code}: ${message}`);
      await sleep(1000);
    }
  }
};

const [, , journal, runtimeDir] = process.argv;
if (journal === undefined || runtimeDir === undefined) {
  say('error', 'usage: guard-main JOURNAL RUNTIME_DIR (started by netmcp itself)');
  process.exit(2);
}
for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);
guard(journal, runtimeDir).then(
  () => process.exit(0),
  (failure: unknown) => {
    say('error', fromUnknown(failure).message);
    process.exit(1);
  },
);
