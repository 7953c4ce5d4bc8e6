// The guard process: loads a change's inverses, answers `ready`, and undoes the change when its applier dies or nobody confirms in time.
import { createHostPorts } from './host/host-ports.ts';
import { readIdentity } from './host/identity.ts';
import { createProcesses } from './host/processes.ts';
import { fromUnknown, NetError } from './model/errors.ts';
import type { Log } from './model/ports.ts';
import { resources } from './resources/index.ts';
import type { UndoEngine } from './change/engine.ts';
import { resourceOf } from './change/engine.ts';
import type { ChangeView, Journal } from './change/journal.ts';
import { commandTimeoutMs } from './change/execute.ts';
import { openJournal, readJournal } from './change/journal.ts';
import { takeChangeLock } from './change/lock.ts';
import { readOpenChange } from './change/runtime.ts';
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

/** What the guard knows: the journal, or, where that was taken away or damaged, what it last read of it. */
interface Known {
  view: ChangeView;
  journal: () => Promise<Journal>;
}

/** Which steps were started is known only of a change seen applied; else each is looked at as if it had been half done. */
const remembered = (last: ChangeView): ChangeView =>
  last.applied === undefined ? { ...last, started: new Set(last.begin.steps.keys()), verified: false } : last;

const know = async (engine: UndoEngine, path: string, last: ChangeView): Promise<Known> => {
  try {
    return { view: await mustRead(path), journal: () => openJournal(path, engine) };
  } catch (failure) {
    log.warn(`${fromUnknown(failure).message}; going on with what was read of it before`);
    const noRecord: Journal = { path, append: () => Promise.resolve(), close: () => Promise.resolve() };
    return { view: remembered(last), journal: () => Promise.resolve(noRecord) };
  }
};

/** Undoes the change unless it ended, or was applied and its deadline lies ahead. True when there is nothing left to do. */
const undoIfDue = async (engine: UndoEngine, path: string, last: ChangeView): Promise<boolean> => {
  const lock = await takeChangeLock(engine, lockWaitMs, never);
  try {
    const known = await know(engine, path, last);
    const { view } = known;
    if (ended(view)) return true;
    // Confirmed or undone by somebody else, whose record was taken away since.
    if ((await readOpenChange(engine))?.change_id !== view.begin.change_id) return true;
    const pending = view.applied !== undefined && view.undoing === undefined;
    if (pending && engine.ports.clock.bootTimeMs() < (view.applied?.confirm_by_boot_ms ?? 0)) return false;
    const reason = pending
      ? 'nobody confirmed the change in time'
      : 'the process that applied the change ended before it was whole';
    const journal = await known.journal();
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

/**
 * Waits for the deadline (CLOCK_BOOTTIME), looking now and then whether somebody confirmed or undid the change.
 * A journal that cannot be read does not end the wait: undoIfDue says so. Gives what was last read.
 */
const waitForDeadline = async (engine: UndoEngine, path: string, first: ChangeView): Promise<ChangeView> => {
  for (let last = first; ;) {
    const view = await mustRead(path).catch(() => last);
    last = view;
    if (ended(view)) return view;
    const left = (view.applied?.confirm_by_boot_ms ?? 0) - engine.ports.clock.bootTimeMs();
    if (left <= 0) return view;
    await sleep(Math.min(pollMs, left + 20));
  }
};

/** Added to what an applier that works can take at the most. */
const applierSlackMs = 10_000;

/**
 * Waits for the pipe to close, but no longer than an applier that works can take. One that is stopped or stuck still holds
 * the change lock, and nobody else could undo what it left half done: it is ended.
 */
const waitForApplier = async (engine: UndoEngine, path: string, closed: Promise<void>): Promise<void> => {
  const { clock } = engine.ports;
  const { begin } = await mustRead(path);
  const limit =
    clock.bootTimeMs() + begin.confirm_timeout_s * 1000 + begin.steps.length * commandTimeoutMs + applierSlackMs;
  const waited = async (): Promise<boolean> => {
    const left = limit - clock.bootTimeMs();
    return left <= 0 ? false : Promise.race([closed.then(() => true), sleep(left).then(waited)]);
  };
  // CLOCK_BOOTTIME is looked at again after each sleep, because timers do not run in suspend.
  if (await waited()) return;
  const { applier } = await mustRead(path);
  if (applier === undefined || !engine.processes.isAlive(applier)) return;
  log.warn(`ending process ${applier.pid}, which began the change and neither finished it nor let go of it`);
  process.kill(applier.pid, 'SIGKILL');
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
  let last = await mustRead(path);
  checkInverses(engine, last);
  process.stdout.on('error', () => undefined);
  process.stdout.write('ready\n');
  await waitForApplier(engine, path, closed);
  for (;;) {
    try {
      last = await waitForDeadline(engine, path, last);
      if (await undoIfDue(engine, path, last)) return;
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
