// What a start recovers: open changes, and counters that a killed monitor left. Rooms are loaded only when there is something, so that an
// ordinary start costs one directory read.
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { UndoEngine } from './change/engine.ts';
import type { StartHooks } from './cli/start.ts';
import { errnoOf, fromUnknown } from './model/errors.ts';
import type { OperationPorts } from './model/operation-ports.ts';

const isThere = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
};

/** Whether any namespace's directory holds this (`open.json`: an open change); not knowing (no permission to look) counts as no. */
const anywhere = async (root: string, what: 'open.json' | 'monitor'): Promise<boolean> => {
  try {
    const found = await Promise.all((await readdir(root)).map((name) => isThere(join(root, name, what))));
    return found.includes(true);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EACCES' || errno === 'EPERM') return false;
    throw error;
  }
};

const engineOf = async (ports: OperationPorts): Promise<UndoEngine> => {
  const { resources } = await import('./resources/index.ts');
  const [identity, runtimeDir] = await Promise.all([ports.identity(), ports.runtimeDir()]);
  return { ports, processes: ports.processes, identity, runtimeDir, resources };
};

/** What a killed monitor left at interfaces. That it stays must not keep an open change from being recovered. */
const removeCounters = async (ports: OperationPorts): Promise<string[]> => {
  try {
    return await ports.traffic.removeLeftovers();
  } catch (error) {
    const { message, hint } = fromUnknown(error);
    return [`leftovers of an ended monitor: ${message} ${hint}`];
  }
};

export const startHooks: StartHooks = {
  recover: async (ports) => {
    const { runtimeRoot } = ports.settings;
    const [changes, counters] = await Promise.all([
      anywhere(runtimeRoot, 'open.json'),
      anywhere(runtimeRoot, 'monitor'),
    ]);
    const removed = counters ? await removeCounters(ports) : [];
    if (!changes) return removed;
    const { recoverAtStart } = await import('./change/at-start.ts');
    return [...removed, ...(await recoverAtStart(await engineOf(ports)))];
  },
  reportOpen: async (ports) => {
    if (!(await anywhere(ports.settings.runtimeRoot, 'open.json'))) return [];
    const { reportOpenChange } = await import('./change/at-start.ts');
    return reportOpenChange(await engineOf(ports));
  },
};
