// A failure injected at every changing action: rolled_back and the state as before. A failing undo: rollback_failed with commands to run by hand.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
let actions: number;

beforeAll(async () => {
  scene = await openScene();
  const whole = await scene.run({ confirm: false });
  expect(whole.outcome?.report.state, whole.stderr).toBe('pending');
  actions = whole.outcome?.actions ?? 0;
  const undone = await scene.netmcp('rollback_to_checkpoint', {
    checkpoint_id: whole.outcome?.report.checkpoint_id ?? '',
  });
  expect(undone.code, undone.stdout).toBe(0);
  expect(await scene.dump()).toBe(scene.before);
}, 120_000);

afterAll(() => scene.remove());

test('a failure at every action is rolled back and never called a success', { timeout: 300_000 }, async () => {
  expect(actions).toBeGreaterThanOrEqual(6);
  for (let failAction = 1; failAction <= actions; failAction += 1) {
    const { outcome } = await scene.run({ failAction });
    const report = outcome?.report;
    expect(report?.applied, `action ${String(failAction)}: ${JSON.stringify(report)}`).toBe(false);
    expect(report?.state).toBe('rolled_back');
    expect(report?.errors[0]?.message).toContain('failure injected');
    expect(await scene.dump(), `action ${String(failAction)}`).toBe(scene.before);
  }
});

test(
  'a value that reads back otherwise is undone too, not taken for somebody else’s',
  { timeout: 180_000 },
  async () => {
    const { outcome } = await scene.run({ misset: true });
    expect(outcome?.report.state).toBe('rolled_back');
    expect(outcome?.report.errors[0]?.message).toContain('reads back as 31');
    expect(await scene.dump()).toBe(scene.before);
  },
);

test(
  'a failing undo is rollback_failed, names the commands, blocks the next change, and is finished once it can be',
  { timeout: 120_000 },
  async () => {
    const { outcome } = await scene.run({ failAction: 3, failForever: true });
    const report = outcome?.report;
    expect(report?.state).toBe('rollback_failed');
    expect(report?.applied).toBe(false);
    expect(report?.errors.map((error) => error.code)).toContain('rollback_failed');
    expect(JSON.stringify(report?.errors)).toMatch(/sysctl -w|ethtool -K/);
    // The guard, whose hands are not tied, or the next start finishes the undo.
    await scene.netmcp('list_checkpoints', {});
    await scene.guardsGone();
    expect(await scene.dump()).toBe(scene.before);
  },
);

test('an undo that fails half way through a step is taken up where it stopped', { timeout: 300_000 }, async () => {
  let failures = 0;
  // Everything after the last action of the apply is undo.
  for (let failAgain = actions + 1; failAgain <= actions * 3; failAgain += 1) {
    const { outcome } = await scene.run({ failAction: actions, failAgain });
    if (outcome?.report.state === 'rollback_failed') failures += 1;
    await scene.netmcp('list_checkpoints', {});
    await scene.guardsGone();
    expect(await scene.dump(), `undo action ${String(failAgain - actions)}`).toBe(scene.before);
    if (outcome?.report.state === 'rolled_back') break;
  }
  expect(failures).toBeGreaterThanOrEqual(5);
});
