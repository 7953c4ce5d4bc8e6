// The change room's part of a start. It is loaded only when some change is open, so that an ordinary start costs one directory read.
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { UndoEngine } from './change/engine.ts';
import type { StartHooks } from './cli/start.ts';
import { errnoOf } from './model/errors.ts';
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

/** Whether a change is open in any namespace; not knowing (no permission to look) counts as no. */
const anythingOpen = async (root: string): Promise<boolean> => {
  try {
    const found = await Promise.all((await readdir(root)).map((name) => isThere(join(root, name, 'open.json'))));
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

export const startHooks: StartHooks = {
  recover: async (ports) => {
    if (!(await anythingOpen(ports.settings.runtimeRoot))) return [];
    const { recoverAtStart } = await import('./change/at-start.ts');
    return recoverAtStart(await engineOf(ports));
  },
  reportOpen: async (ports) => {
    if (!(await anythingOpen(ports.settings.runtimeRoot))) return [];
    const { reportOpenChange } = await import('./change/at-start.ts');
    return reportOpenChange(await engineOf(ports));
  },
};
