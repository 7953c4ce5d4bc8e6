// Compiles src/ to dist/ with tsc, the capture engine to WebAssembly, and policy/ to dist/policy.json. dist/ is replaced in one step and only when the compiler found no error.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bpfObject } from './lib/bpf.mjs';
import { engineFile, ensureEngine } from './lib/engine.mjs';
import { ensureNodePackages } from './lib/node-packages.mjs';
import { developmentNode, repository } from './lib/paths.mjs';
import { must } from './lib/processes.mjs';

const target = join(repository, 'dist');
const stamp = join(target, '.built-from');

/** Hash of everything that a build reads from this repository. */
function sourceHash() {
  const hash = createHash('sha256');
  const sources = ['src', 'policy']
    .flatMap((folder) => readdirSync(join(repository, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.wasm'))
    .map((entry) => join(entry.parentPath, entry.name));
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) => join(repository, name));
  for (const path of [...sources.sort(), ...settings])
    hash.update(path.slice(repository.length)).update(readFileSync(path));
  return hash.digest('hex');
}

/** Puts the value of a module's only export in place of the code that computes it. */
async function settleConstant(path, name) {
  const { [name]: value } = await import(pathToFileURL(path).href);
  await writeFile(path, `export const ${name} = ${JSON.stringify(value)};\n`);
}

/** Puts a catalogue in place of the list of operations: a start lists and finds them without loading one. */
async function settleOperations(folder) {
  const { allOperations } = await import(pathToFileURL(join(folder, 'index.js')).href);
  const { entryOf } = await import(pathToFileURL(join(folder, 'frame', 'catalogue.js')).href);
  const homes = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !path.endsWith('.js') || path.endsWith('index.js')) continue;
    for (const [name, value] of Object.entries(await import(pathToFileURL(path).href)))
      if (allOperations.includes(value)) homes.set(value, { file: `./${relative(folder, path)}`, name });
  }
  const loaders = allOperations.map((operation) => {
    const home = homes.get(operation);
    if (home === undefined) throw new Error(`no module exports the operation ${operation.name}`);
    return `  ${operation.name}: async () => (await import('${home.file}')).${home.name},`;
  });
  const entries = JSON.stringify(JSON.stringify(allOperations.map(entryOf)));
  const text = [
    "import { fromCatalogue } from './frame/catalogue.js';",
    `const entries = JSON.parse(${entries});`,
    `export const allOperations = fromCatalogue(entries, {\n${loaders.join('\n')}\n});`,
  ];
  await writeFile(join(folder, 'index.js'), `${text.join('\n')}\n`);
}

export async function build({ onlyWhenStale }) {
  const hash = sourceHash();
  if (onlyWhenStale && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  process.stderr.write('Building dist/ from src/\n');
  await ensureEngine();
  const fresh = await mkdtemp(join(repository, '.dist-'));
  try {
    const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    await must([developmentNode(), tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], { capture: true });
    await copyFile(engineFile, join(fresh, 'capture', 'engine', 'engine.wasm'));
    await mkdir(join(fresh, 'monitor', 'bpf'));
    await copyFile(bpfObject, join(fresh, 'monitor', 'bpf', 'monitor.bpf.o'));
    const { compilePolicy } = await import(pathToFileURL(join(fresh, 'host', 'policy-files.js')).href);
    await writeFile(join(fresh, 'policy.json'), await compilePolicy());
    await settleConstant(join(fresh, 'operations', 'tune', 'plan-json-schema.js'), 'planJsonSchema');
    await settleOperations(join(fresh, 'operations'));
    await writeFile(join(fresh, '.built-from'), hash);
    // mkdtemp gives 0700, but whoever may read the clone may run what is built in it.
    await chmod(fresh, 0o755);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await ensureNodePackages();
    await build({ onlyWhenStale: process.argv.includes('--if-stale') });
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
