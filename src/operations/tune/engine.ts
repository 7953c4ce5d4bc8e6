// The change engine of this process, from the operation's ports.
import type { ChangeEngine } from '../../change/engine.ts';
import { knobs } from '../../knobs/index.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { resources } from '../../resources/index.ts';

export const engineFrom = async (ports: OperationPorts): Promise<ChangeEngine> => {
  const [identity, policy, stateDir, runtimeDir] = await Promise.all([
    ports.identity(),
    ports.policy(),
    ports.stateDir(),
    ports.runtimeDir(),
  ]);
  const { onJournalRecord } = ports;
  return {
    ports,
    processes: ports.processes,
    look: ports.look,
    mayChange: ports.mayChange,
    identity,
    policy,
    stateDir,
    runtimeDir,
    knobs,
    resources,
    ...(onJournalRecord === undefined ? {} : { onRecord: onJournalRecord }),
  };
};
