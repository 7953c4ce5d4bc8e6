// What happens before anything else runs: an open change of an ended process is recovered, or reported by a process that may not.
import { fromUnknown } from '../model/errors.ts';
import type { OperationPorts } from '../model/operation-ports.ts';

export interface StartHooks {
  /** Finishes or undoes what was left open; gives lines for people. */
  recover(ports: OperationPorts): Promise<string[]>;
  /** Says what is open without touching it. */
  reportOpen(ports: OperationPorts): Promise<string[]>;
}

/** Never fails: a start that cannot recover still serves, and every apply recovers again before it acts. */
export const atStart = async (
  ports: OperationPorts,
  mayChange: () => Promise<boolean>,
  hooks: StartHooks,
): Promise<void> => {
  try {
    const lines = await ((await mayChange()) ? hooks.recover(ports) : hooks.reportOpen(ports));
    for (const line of lines) ports.log.warn(line);
  } catch (error) {
    const { message, hint } = fromUnknown(error);
    ports.log.warn(`recovery at start: ${message} ${hint}`);
  }
};
