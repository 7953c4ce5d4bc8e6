// The change lock of this namespace and host: waits for a living holder, ends an orphaned child that outlived its deadline.
import { NetError } from '../model/errors.ts';
import type { Lock } from '../store/lock.ts';
import { acquireLock } from '../store/lock.ts';
import type { UndoEngine } from './engine.ts';
import { readJournal } from './journal.ts';
import { lockPath, readOpenChange } from './runtime.ts';

const sliceMs = 250;

/** Ends the process group of a child whose applier is dead and whose own deadline has passed. */
const endOrphan = async (engine: UndoEngine): Promise<void> => {
  const open = await readOpenChange(engine);
  const view = open === undefined ? undefined : await readJournal(open.journal);
  const child = view?.lastChild;
  if (child === undefined || engine.ports.clock.bootTimeMs() < child.deadline_boot_ms) return;
  if (view?.applier !== undefined && engine.processes.isAlive(view.applier)) return;
  if (!engine.processes.isAlive(child)) return;
  engine.ports.log.warn(
    `ending process group ${String(child.pid)}: a command left behind by an ended netmcp outlived its deadline`,
  );
  engine.processes.endGroup(child.pid);
};

/** Takes the lock within waitMs; error `locked` names the holder. */
export const takeChangeLock = async (engine: UndoEngine, waitMs: number, signal: AbortSignal): Promise<Lock> => {
  const start = engine.ports.clock.bootTimeMs();
  for (;;) {
    try {
      return await acquireLock(lockPath(engine), { waitMs: Math.min(sliceMs, waitMs), signal });
    } catch (failure) {
      if (!(failure instanceof NetError) || failure.code !== 'locked') throw failure;
      if (engine.ports.clock.bootTimeMs() - start >= waitMs) throw failure;
    }
    await endOrphan(engine);
  }
};
