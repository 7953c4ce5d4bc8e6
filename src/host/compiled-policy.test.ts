import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildPolicy } from '../policy/build-policy.ts';
import { compiledText, readCompiled } from './compiled-policy.ts';
import { compilePolicy, loadPolicy, readFolder, shippedFolder } from './policy-files.ts';

let folder: string;
let file: URL;
const texts = readFolder(shippedFolder);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-policy-'));
  file = pathToFileURL(join(folder, 'policy.json'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it('the compiled policy is the parsed one', async () => {
  await writeFile(file, await compilePolicy());
  expect(readCompiled(texts, file)).toEqual(buildPolicy(texts));
  expect(await loadPolicy()).toEqual(buildPolicy(texts));
});

it.each([
  ['a text that was edited', texts.map((text, index) => (index === 3 ? { ...text, text: `${text.text}\n` } : text))],
  ['a file that was renamed', texts.map((text, index) => (index === 3 ? { ...text, name: `x${text.name}` } : text))],
  ['a file that is gone', texts.slice(1)],
])('is not used for %s', async (_what, changed) => {
  await writeFile(file, compiledText(texts, buildPolicy(texts)));
  expect(readCompiled(texts, file)).toBeDefined();
  expect(readCompiled(changed, file)).toBeUndefined();
});

it('is not there in a source checkout', () => {
  expect(readCompiled(texts, file)).toBeUndefined();
});
