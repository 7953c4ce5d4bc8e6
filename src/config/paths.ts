// Folders as people write them. Whatever a file says means the same wherever netmcp is started, except `.`, which asks for that folder.
import { join, resolve } from 'node:path';
import { NetError } from '../model/errors.ts';

export interface Places {
  home: string | undefined;
  cwd: string;
}

/** `~` and what is below it; anything else stays as it is. */
export const expandHome = (path: string, { home }: Places): string => {
  if (path !== '~' && !path.startsWith('~/')) return path;
  if (home?.startsWith('/') === true) return join(home, path.slice(1));
  throw new NetError(
    'invalid_argument',
    `${JSON.stringify(path.slice(0, 200))} has no meaning, since HOME names no absolute path.`,
    'Set HOME, or write the path out.',
  );
};

/** As typed in a variable or a flag: relative to the folder netmcp was started in. */
export const typedPath = (path: string, places: Places): string => resolve(places.cwd, expandHome(path, places));

/** One of a list of folders in a file: absolute, below `~`, or `.` alone. Throws invalid_argument for any other relative path. */
export const writtenFolder = (path: string, places: Places): string => {
  if (path === '.' || path === './') return '.';
  const expanded = expandHome(path, places);
  if (expanded.startsWith('/')) return expanded;
  throw new NetError(
    'invalid_argument',
    `${JSON.stringify(path.slice(0, 200))} is a relative path, which would mean another folder at every start.`,
    'Write an absolute path, one below ~, or . alone for the folder netmcp is started in.',
  );
};

/** Where captures may be read unless an operator says otherwise: what network-mcp reads. */
export const defaultCaptureFolders = ({ home }: Places): string[] => [
  '.',
  ...(home?.startsWith('/') === true ? ['Documents', 'Downloads', 'Desktop'].map((name) => join(home, name)) : []),
  '/tmp',
];

/** Folders with `.` replaced. A server that was started in / was started nowhere in particular, so `.` then means no folder. */
export const captureFolders = (
  folders: readonly string[],
  { cwd }: Places,
): { folders: string[]; nowhere: boolean } => {
  const start = resolve(cwd);
  const nowhere = start === '/' && folders.includes('.');
  const named = folders.flatMap((folder) => (folder === '.' ? (nowhere ? [] : [start]) : [resolve(folder)]));
  return { folders: [...new Set(named)], nowhere };
};
