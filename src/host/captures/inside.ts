// Which folders captures may come from, as they really are now, and whether a path lies in one of them.
import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';

export const isInside = (path: string, roots: readonly string[]): boolean =>
  roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`));

/** Links resolved; a folder that is missing or closed to us holds nothing. */
export const realRoots = async (folders: readonly string[]): Promise<string[]> => {
  const found = await Promise.allSettled(folders.map((folder) => realpath(folder)));
  return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
};

/** The one answer for everything outside, whether it exists or not. */
export const outside = (path: string, folders: readonly string[]): NetError =>
  new NetError(
    'path_refused',
    `${plainText(path)} is not in a folder that captures may be read from: ${folders.map((folder) => plainText(folder)).join(', ') || 'none is set'}.`,
    'Move the file into one of them, or add its folder to pcap.allowed_paths in the configuration (NETMCP_PCAP_ALLOWED_PATHS).',
    { details: { allowed_paths: [...folders] } },
  );
