import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ownNamespaces, requireFeature } from '../../tests/helpers/skip.ts';
import { createClock } from './clock.ts';
import { readIdentity } from './identity.ts';

const shape = /^net:\d+:\d+$/;

it('names the boot and the namespace, the same each time', async () => {
  const first = await readIdentity();
  expect(first.boot_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(first.netns).toMatch(shape);
  expect(await readIdentity()).toEqual(first);
});

it('another namespace is another one, and never the initial one', async (context) => {
  await requireFeature(context, ownNamespaces);
  const program = `const { readIdentity } = await import('${new URL('./identity.ts', import.meta.url).href}');
    console.log(JSON.stringify(await readIdentity()));`;
  const { stdout, stderr } = spawnSync('unshare', ['-n', process.execPath, '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stderr).not.toContain('Error');
  const here = await readIdentity();
  const there: unknown = JSON.parse(stdout);
  expect(there).toMatchObject({ boot_id: here.boot_id, initial_netns: false });
  expect(there).not.toMatchObject({ netns: here.netns });
});

it('the boot clock runs forward in milliseconds', async () => {
  const clock = createClock();
  const before = clock.bootTimeMs();
  const wall = clock.now();
  await new Promise((resolve) => setTimeout(resolve, 60));
  const passed = clock.bootTimeMs() - before;
  expect(passed).toBeGreaterThanOrEqual(40);
  expect(passed).toBeLessThan(5000);
  expect(Math.abs(clock.now() - wall - passed)).toBeLessThan(100);
});
