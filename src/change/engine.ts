// What the change engine works with: the host, who we are, where records live, and the lists it is told to use.
import type { Knob } from '../model/knob.ts';
import type { Policy } from '../model/policy.ts';
import type { Look } from '../model/operation-ports.ts';
import type { HostPorts, Identity, Processes } from '../model/ports.ts';
import type { Resource } from '../model/resource.ts';
import { NetError } from '../model/errors.ts';
import type { JournalRecord } from './records.ts';

/** Enough to undo: what guard and recovery have. */
export interface UndoEngine {
  ports: HostPorts;
  processes: Processes;
  identity: Identity;
  /** Null for a process that may only look and may not see it; then nothing counts as committed. */
  runtimeDir: string | null;
  resources: readonly Resource[];
  /** Called once a record is on disk, before anything further is done. */
  onRecord?: (record: JournalRecord) => Promise<void>;
}

export interface ChangeEngine extends UndoEngine {
  stateDir: string;
  look: Look;
  mayChange: () => Promise<boolean>;
  knobs: readonly Knob[];
  policy: Policy;
}

/** Throws not_permitted in a process that may only look. */
export const runtimeDirOf = (engine: UndoEngine): string => {
  if (engine.runtimeDir !== null) return engine.runtimeDir;
  throw new NetError(
    'not_permitted',
    'This process may not change the network.',
    'Run netmcp as root (sudo netmcp ...).',
  );
};

export const resourceOf = (engine: UndoEngine, id: string): Resource => {
  const found = engine.resources.find((resource) => resource.id === id);
  if (found === undefined) {
    throw new NetError(
      'internal',
      `a record names the resource "${id}", which this version does not know`,
      'Use the netmcp version that wrote the record.',
    );
  }
  return found;
};
