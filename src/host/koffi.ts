// koffi, by which functions of libc are called (decision 6). Its native part is asked for directly: koffi's own index takes three times as long
// to find the same file. Every caller gets the same one.
import { closeSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type koffi from 'koffi';

export type Koffi = typeof koffi;

const require = createRequire(import.meta.url);

const isKoffi = (found: unknown): found is Koffi =>
  typeof found === 'object' &&
  found !== null &&
  ['load', 'errno', 'address', 'os', 'node'].every((name) => name in found);

/** Whether this Node names glibc's loader at its beginning, as ELF files with it do (PT_INTERP). False is no proof of the contrary. */
const isForGlibc = (): boolean => {
  const fd = openSync(process.execPath, 'r');
  try {
    const beginning = Buffer.alloc(4096);
    return beginning.subarray(0, readSync(fd, beginning)).includes('/ld-linux-');
  } finally {
    closeSync(fd);
  }
};

/** From the package of this platform, where koffi itself looks for it too; that package's own index tells glibc from musl. */
const loadNative = (index: string): unknown => {
  const folder = join(dirname(index), '..', '@koromix', `koffi-${process.platform}-${process.arch}`);
  try {
    return require(isForGlibc() ? join(folder, `linux_${process.arch}`, 'koffi.node') : folder);
  } catch {
    // koffi knows further places, and says what is wrong where there is none.
    return undefined;
  }
};

const load = (): Koffi => {
  const index = require.resolve('koffi');
  const found = loadNative(index);
  if (isKoffi(found)) return found;
  const searched: unknown = require(index);
  if (typeof searched === 'object' && searched !== null && 'default' in searched && isKoffi(searched.default))
    return searched.default;
  throw new Error('koffi has other functions than the ones it had');
};

let loaded: Koffi | undefined;

/** Throws koffi's error where its native part cannot be loaded. Takes 2 ms the first time. */
export const loadKoffi = (): Koffi => (loaded ??= load());
