// An interface named by a caller must exist; if not, the ones that do are listed.
import { NetError } from '../../model/errors.ts';
import type { KernelFiles } from '../../model/ports.ts';

/** From /proc/net/dev: names in this network namespace, in the kernel's order. */
export const interfaceNames = async (kernel: KernelFiles): Promise<string[]> =>
  ((await kernel.read('/proc/self/net/dev')) ?? '').split('\n').flatMap((line) => {
    const name = /^\s*(\S+):/.exec(line)?.[1];
    return name === undefined ? [] : [name];
  });

export const noSuchInterface = (name: string, known: readonly string[]): NetError =>
  new NetError(
    'not_found',
    `There is no interface ${name} in this network namespace.`,
    `Interfaces here: ${known.slice(0, 30).join(', ')}${known.length > 30 ? ', ...' : ''}.`,
    { details: { interfaces: known.slice(0, 100) } },
  );

/** Throws not_found. */
export const checkInterface = async (name: string, kernel: KernelFiles): Promise<void> => {
  const known = await interfaceNames(kernel);
  if (!known.includes(name)) throw noSuchInterface(name, known);
};
