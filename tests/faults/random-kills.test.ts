// kill -9 at random moments. 200 in an ordinary run; NETMCP_FAULT_ROUNDS asks for more (npm run faults).
import { expect, test } from 'vitest';
import { openScene } from './scene.ts';

const rounds = Number(process.env['NETMCP_FAULT_ROUNDS'] ?? 200);
/** Two scenes at once: one a core. */
const lanes = 2;
const lane = async (count: number, first: number): Promise<{ killed: number; stood: number }> => {
  const scene = await openScene();
  const seen = { killed: 0, stood: 0 };
  try {
    // How long an apply takes depends on the machine; the kills are spread over all of it, guard included.
    const whole = await scene.run({ confirm: false });
    const longestMs = Math.ceil(whole.applyMs ?? 0);
    expect(longestMs, whole.stderr).toBeGreaterThan(0);
    const checkpoint = whole.outcome?.report.checkpoint_id ?? '';
    const undone = await scene.netmcp('rollback_to_checkpoint', { checkpoint_id: checkpoint });
    expect(undone.code, undone.stdout).toBe(0);
    for (let round = 0; round < count; round += 1) {
      // Spread evenly over the whole apply instead of drawn, so that a failure can be run again.
      const delay = ((first + round * 7919) % longestMs) + Math.random();
      const { code, stderr } = await scene.run({ confirm: false }, delay);
      if (code === null) seen.killed += 1;
      const recovered = await scene.netmcp('list_checkpoints', {});
      expect(recovered.code, recovered.stdout).toBe(0);
      const pending = /"pending_change":\s*"chg_/.test(recovered.stdout);
      const now = await scene.dump();
      const place = `killed after ${delay.toFixed(1)} ms; ${stderr}; ${recovered.stderr}`;
      if (pending) {
        seen.stood += 1;
        const [, id] = /"checkpoint_id":\s*"(cp_[0-9a-z]+)"/.exec(recovered.stdout) ?? [];
        const undone = await scene.netmcp('rollback_to_checkpoint', { checkpoint_id: id });
        expect(undone.code, undone.stdout).toBe(0);
        expect(await scene.dump(), place).toBe(scene.before);
      } else {
        expect(now, place).toBe(scene.before);
      }
    }
    return seen;
  } finally {
    await scene.remove();
  }
};

test(`${String(rounds)} random kills leave the state before or a guarded change`, { timeout: 3_600_000 }, async () => {
  const share = Math.ceil(rounds / lanes);
  const seen = await Promise.all(Array.from({ length: lanes }, (_, index) => lane(share, index * 451)));
  const killed = seen.reduce((sum, entry) => sum + entry.killed, 0);
  // Most kills must hit a running apply, or the test shows nothing.
  expect(killed).toBeGreaterThan(rounds / 3);
});
