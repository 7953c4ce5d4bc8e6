// kill -9 after every journal record: of the applier, of its process group, of guard and applier. Afterwards the host is as before or as after.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScene, withoutIfbIdentity, type Scene } from './scene.ts';

let scene: Scene;
let after: string;
let records: number;

beforeAll(async () => {
  scene = await openScene();
  const whole = await scene.run({});
  expect(whole.outcome?.report.state, whole.stderr).toBe('pending');
  records = whole.outcome?.records ?? 0;
  after = withoutIfbIdentity(await scene.dump());
  expect(after).not.toBe(scene.before);
  await undoEverything(whole.outcome?.report.checkpoint_id ?? '');
}, 120_000);

afterAll(() => scene.remove());

const undoEverything = async (checkpoint: string): Promise<void> => {
  const answer = await scene.netmcp('rollback_to_checkpoint', { checkpoint_id: checkpoint });
  expect(answer.code, answer.stdout).toBe(0);
  await scene.guardsGone();
  expect(await scene.dump()).toBe(scene.before);
};

/** Undoes what a killed applier left standing, by the newest checkpoint. */
const startOver = async (): Promise<void> => {
  const listed = await scene.netmcp('list_checkpoints', {});
  const [, id] = /"checkpoint_id":\s*"(cp_[0-9a-z]+)"/.exec(listed.stdout) ?? [];
  if (id !== undefined) await undoEverything(id);
};

const kills = ['self', 'group', 'guard and self'] as const;

describe.each(kills)('kill -9 of %s', (killWhom) => {
  test('after every journal record leaves the state before or after', { timeout: 600_000 }, async () => {
    // Enough records to mean something: begin, applier, guard, two for each of the steps, verified, applied, end.
    expect(records).toBeGreaterThan(15);
    let stood = 0;
    for (let killAfter = 1; killAfter <= records; killAfter += 1) {
      const { code, stderr } = await scene.run({ killAfter, killWhom });
      expect(code, `record ${String(killAfter)}: ${stderr}`).toBeNull();
      const recovered = await scene.netmcp('list_checkpoints', {});
      expect(recovered.code, recovered.stdout).toBe(0);
      const now = withoutIfbIdentity(await scene.dump());
      const place = `killed ${killWhom} after record ${String(killAfter)}: ${recovered.stderr}`;
      expect(now === scene.before || now === after, place).toBe(true);
      if (now === after) stood += 1;
      await startOver();
    }
    // Once everything is applied the change stands until its deadline, and once it is confirmed it stays.
    expect(stood).toBeGreaterThanOrEqual(2);
    expect(stood).toBeLessThan(6);
  });
});
