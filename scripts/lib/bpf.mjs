// Compiles the BPF programs of the monitor, and tells whether the object that is committed and shipped is that of its source.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository, which } from './paths.mjs';
import { must } from './processes.mjs';

const folder = join(repository, 'src', 'monitor', 'bpf');
const source = join(folder, 'monitor.bpf.c');
const record = join(folder, 'monitor.bpf.json');

/** What is shipped. */
export const bpfObject = join(folder, 'monitor.bpf.o');

/** One version, so that everybody's build has the same bytes. */
const compiler = 'clang-14';
const strip = 'llvm-strip-14';

const sha256 = async (path) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** First line of the compiler's version, without the distribution; undefined when it is not installed. */
export async function compilerVersion() {
  if (which(compiler) === undefined || which(strip) === undefined) return undefined;
  return /clang version [0-9.]+/.exec(await must([compiler, '--version'], { capture: true }))?.[0];
}

/** What monitor.bpf.json says of the committed object. */
export async function bpfRecord() {
  return JSON.parse(await readFile(record, 'utf8'));
}

/** Compiles the source to `target`. BPF of 2019 (v2), no debugging data, no names of labels: the same bytes wherever it is built. */
export async function compileBpf(target) {
  await must(
    [
      ...[compiler, '-O2', '-target', 'bpfel', '-mcpu=v2', '-fno-addrsig', '-ffreestanding'],
      ...['-Wall', '-Wextra', '-Werror', '-c', source, '-o', target],
    ],
    { capture: true },
  );
  await must([strip, '--strip-debug', '--discard-all', target], { capture: true });
}

/** Writes the object and its record. */
export async function buildBpf() {
  await compileBpf(bpfObject);
  const values = {
    compiler: await compilerVersion(),
    source_sha256: await sha256(source),
    object_sha256: await sha256(bpfObject),
  };
  await writeFile(record, `${JSON.stringify(values, null, 2)}\n`);
}

/** Why the committed object is not the one that its record is of; undefined when it is. */
export async function staleBpf() {
  const { source_sha256: ofSource, object_sha256: ofObject } = await bpfRecord();
  if ((await sha256(source)) !== ofSource) return 'monitor.bpf.c has changed since monitor.bpf.o was built';
  if ((await sha256(bpfObject)) !== ofObject) return 'monitor.bpf.o is not the one that was built';
  return undefined;
}
