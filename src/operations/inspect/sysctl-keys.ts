// Names and globs of sysctl keys below net., turned into the keys this host has.
import { sysctlPath, keySegment } from '../../model/sysctl.ts';
import { errnoOf, NetError } from '../../model/errors.ts';
import type { KernelFiles } from '../../model/ports.ts';

/** Segments start with a plain character, so that none can lead out of /proc/sys/net; dots of interface names are written as slashes. */
export const keyPattern = /^net(?:\.[A-Za-z0-9_*?][A-Za-z0-9_*?/:@+-]{0,63}){1,8}$/;

/** `*` stands for any characters, `?` for one. */
export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern);

const matcher = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replaceAll(/\*+/g, '*').replaceAll(/[.+/]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`,
  );

const isDirectory = async (kernel: KernelFiles, path: string): Promise<boolean> => {
  try {
    await kernel.read(path);
    return false;
  } catch (error) {
    // Other failures are those of a key that cannot be read, which whoever reads it reports.
    return error instanceof NetError && errnoOf(error.cause) === 'EISDIR';
  }
};

/** A directory's keys are listed only where the glob's text before its first wildcard allows it. */
const walk = async (kernel: KernelFiles, key: string, literal: string, found: string[]): Promise<void> => {
  const children = (await kernel.list(sysctlPath(key))).map((name) => `${key}.${keySegment(name)}`);
  await Promise.all(
    children.map(async (child) => {
      const within = child.startsWith(literal);
      if (!within && !literal.startsWith(`${child}.`)) return;
      if (await isDirectory(kernel, sysctlPath(child))) await walk(kernel, child, literal, found);
      else if (within) found.push(child);
    }),
  );
};

/** The keys a pattern stands for, sorted; a plain name stands for itself, whether it exists or not. */
export const expandKeys = async (pattern: string, kernel: KernelFiles): Promise<string[]> => {
  if (!isGlob(pattern)) return [pattern];
  const found: string[] = [];
  await walk(kernel, 'net', pattern.slice(0, pattern.search(/[*?]/)), found);
  const expression = matcher(pattern);
  return found.filter((key) => expression.test(key)).sort();
};
