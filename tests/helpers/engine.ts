// The product's change engine on the real host, as its own programs build it, for tests that need to hook into it.
import type { ChangeEngine } from '../../src/change/engine.ts';
import type { JournalRecord } from '../../src/change/records.ts';
import { createHostPorts } from '../../src/host/host-ports.ts';
import { readIdentity } from '../../src/host/identity.ts';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { createProcesses } from '../../src/host/processes.ts';
import { createLook } from '../../src/host/snapshot.ts';
import { knobs } from '../../src/knobs/index.ts';
import type { HostPorts } from '../../src/model/ports.ts';
import { resources } from '../../src/resources/index.ts';
import { openOwnedDirectory, openRuntimeDirectory } from '../../src/store/directory.ts';

export interface EngineOptions {
  stateDir: string;
  /** Stands before the real ports, to make them fail. */
  wrap?: (host: HostPorts) => HostPorts;
  onRecord?: (record: JournalRecord) => Promise<void>;
}

const warn = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

export const openEngine = async ({
  stateDir,
  wrap = (host) => host,
  onRecord,
}: EngineOptions): Promise<ChangeEngine> => {
  const ports = wrap(createHostPorts({ debug: () => undefined, info: () => undefined, warn }));
  const identity = await readIdentity();
  return {
    ports,
    processes: createProcesses(),
    look: createLook(ports, () => Promise.resolve(identity)),
    mayChange: () => Promise.resolve(true),
    identity,
    policy: await loadPolicy(),
    stateDir: await openOwnedDirectory(stateDir),
    runtimeDir: await openRuntimeDirectory(identity.netns),
    knobs,
    resources,
    ...(onRecord === undefined ? {} : { onRecord }),
  };
};
