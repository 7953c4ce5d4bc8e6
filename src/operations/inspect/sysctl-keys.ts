// Names and globs of sysctl keys below net., turned into the keys this host has.
import { sysctlPath, keySegment } from '../../model/sysctl.ts';
import type { KernelFiles } from '../../model/ports.ts';

/** Segments start with a plain character, so that none can lead out of /proc/sys/net; dots of interface names are written as slashes. */
export const keyPattern = /^net(?:\.[A-Za-z0-9_*?][A-Za-z0-9_*?/:@+-]{0,63}){1,8}$/;

/** `*` stands for any characters, `?` for one. */
export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern);

const matcher = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replaceAll(/\*+/g, '*').replaceAll(/[.+/]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`,
  );

/** A directory's keys are listed only where the glob's text before its first wildcard allows it. */
const walk = async (kernel: KernelFiles, key: string, literal: string, found: string[]): Promise<void> => {
  const names = await kernel.list(sysctlPath(key));
  if (names.length === 0) {
    found.push(key);
    return;
  }
  const children = names.map((name) => `${key}.${keySegment(name)}`);
  await Promise.all(
    children
      .filter(
        (child) =>
          child.startsWith(literal) || `${literal}.`.startsWith(`${child}.`) || literal.startsWith(`${child}.`),
      )
      .map((child) => walk(kernel, child, literal, found)),
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
