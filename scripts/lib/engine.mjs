// Compiles the capture engine (AssemblyScript, src/capture/engine/assembly) to src/capture/engine/engine.wasm, from where tests, programs
// run from source and the build take it.
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { developmentNode, repository } from './paths.mjs';
import { must } from './processes.mjs';

const folder = join(repository, 'src', 'capture', 'engine');
const compilerFolder = join(repository, 'node_modules', 'assemblyscript');
const optimizer = join(repository, 'node_modules', 'binaryen', 'bin', 'wasm-opt');

/** The compiled engine. */
export const engineFile = join(folder, 'engine.wasm');

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function isFresh() {
  const sources = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  const needed = [...sources, import.meta.filename, join(compilerFolder, 'package.json')];
  return changedAt(engineFile) > Math.max(...needed.map(changedAt));
}

/** Compiles it when a source is newer; the file is replaced in one step. */
export async function ensureEngine() {
  if (isFresh()) return;
  const work = await mkdtemp(join(folder, '.engine-'));
  try {
    const compiled = join(work, 'compiled.wasm');
    const fresh = join(work, 'engine.wasm');
    await must(
      [
        ...[developmentNode(), join(compilerFolder, 'bin', 'asc.js'), join(folder, 'assembly', 'index.ts')],
        ...['--outFile', compiled, '-O3', '--noAssert', '--runtime', 'stub'],
        // The memory is JavaScript's: shared, so that a file is read into it while it grows, and bounded by its maximum (engine.ts).
        ...['--importMemory', '--sharedMemory', '--enable', 'threads'],
        ...['--initialMemory', '64', '--maximumMemory', '5120'],
      ],
      { capture: true },
    );
    // A call costs much in the engines of JavaScript: functions of some size are put where they are called (a tenth less time).
    await must(
      [
        ...[developmentNode(), optimizer, compiled, '-o', fresh, '-O4'],
        ...['--flexible-inline-max-function-size=200', '--one-caller-inline-max-function-size=1000'],
        ...['--enable-threads', '--enable-bulk-memory', '--enable-sign-ext', '--enable-mutable-globals'],
        '--enable-nontrapping-float-to-int',
      ],
      { capture: true },
    );
    await rename(fresh, engineFile);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
