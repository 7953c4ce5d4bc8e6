// Checkpoints as a caller sees them: what going back to each would undo, and why one cannot be used.
import type { Checkpoint } from './checkpoint-store.ts';
import { listCheckpoints } from './checkpoint-store.ts';
import type { ChangeEngine } from './engine.ts';
import type { Standing } from './runtime.ts';
import { readOpenChange, readStanding } from './runtime.ts';

export interface DescribedCheckpoint {
  checkpoint_id: string;
  label: string;
  created_at: string;
  changes_since: string[];
  restorable: boolean;
  reason: string | null;
}

const describe = (mark: Checkpoint, standing: Standing, pending: string | null): DescribedCheckpoint => {
  const { checkpoint_id, label, created_at } = mark;
  const base = { checkpoint_id, label, created_at };
  const refused = (reason: string): DescribedCheckpoint => ({ ...base, changes_since: [], restorable: false, reason });
  if (mark.boot_id !== standing.boot_id) return refused('the host was rebooted since');
  if (mark.netns !== standing.netns) return refused('it belongs to another network namespace');
  if (mark.stack.some((id, index) => standing.stack[index]?.change_id !== id))
    return refused('a change that stood then has been undone since');
  const above = standing.stack.slice(mark.stack.length).map((entry) => entry.change_id);
  return {
    ...base,
    changes_since: [...above, ...(pending === null ? [] : [pending])].reverse(),
    restorable: true,
    reason: null,
  };
};

export const describeCheckpoints = async (
  engine: ChangeEngine,
): Promise<{ all: DescribedCheckpoint[]; pending: string | null }> => {
  const [marks, standing, open] = await Promise.all([
    listCheckpoints(engine.stateDir, (message) => {
      engine.ports.log.warn(`a checkpoint is left out: ${message}`);
    }),
    readStanding(engine),
    readOpenChange(engine),
  ]);
  const pending = open?.change_id ?? null;
  return { pending, all: marks.map((mark) => describe(mark, standing, pending)) };
};
