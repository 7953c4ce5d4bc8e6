// The change engine of this process, from the operation's ports.
import type { ChangeEngine } from '../../change/engine.ts';
import { knobs } from '../../knobs/index.ts';
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { resources } from '../../resources/index.ts';

/** A process that may not change anything may still look and plan; what others committed is then not visible to it. */
const runtimeDirIfAllowed = async (ports: OperationPorts): Promise<string | null> => {
  try {
    return await ports.runtimeDir();
  } catch (failure) {
    const refused = failure instanceof NetError && ['not_permitted', 'state_dir_refused'].includes(failure.code);
    if (!refused || (await ports.mayChange())) throw failure;
    return null;
  }
};

export const engineFrom = async (ports: OperationPorts): Promise<ChangeEngine> => {
  const [identity, policy, stateDir, runtimeDir] = await Promise.all([
    ports.identity(),
    ports.policy(),
    ports.stateDir(),
    runtimeDirIfAllowed(ports),
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
