// A journal taken away while its change is pending: the guard undoes it from memory; without a guard nobody pretends that nothing was done.
import { rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { journalPath, readJournal } from '../../src/change/journal.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
}, 60_000);
afterAll(() => scene.remove());

const spoilings: readonly [string, (journal: string) => Promise<void>][] = [
  ['the state directory is removed', (journal) => rm(dirname(dirname(dirname(journal))), { recursive: true })],
  ['the journal is emptied', (journal) => writeFile(journal, '')],
  ['the journal is garbled', (journal) => writeFile(journal, 'garbage\n')],
];

const pending = async (confirmTimeout: number): Promise<{ changeId: string; journal: string }> => {
  const { outcome, stderr } = await scene.run({ confirm: false, confirmTimeout });
  expect(outcome?.report.state, stderr).toBe('pending');
  const changeId = outcome?.report.change_id ?? '';
  return { changeId, journal: journalPath(scene.stateDir, changeId) };
};

test.each(spoilings)('%s: the guard undoes the change at its deadline', { timeout: 180_000 }, async (_name, spoil) => {
  const { journal } = await pending(10);
  await spoil(journal);
  await scene.guardsGone();
  expect(await scene.dump()).toBe(scene.before);
});

test('without guard and journal the change stays open and every start says so', { timeout: 180_000 }, async () => {
  const { changeId, journal } = await pending(60);
  const guard = (await readJournal(journal))?.guard?.pid ?? 0;
  expect(guard).toBeGreaterThan(1);
  process.kill(guard, 'SIGKILL');
  await writeFile(journal, '');
  for (const tool of ['list_checkpoints', 'get_qdiscs']) {
    expect((await scene.netmcp(tool, {})).stderr).toContain(`the journal of the open change ${changeId} is gone`);
  }
  const { code, stdout } = await scene.netmcp('confirm_change', { change_id: changeId });
  expect(code).toBe(1);
  expect(stdout).toContain('storage_failed');
});
