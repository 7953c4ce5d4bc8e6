// Folders as people write them. Whatever a file says means the same wherever netmcp is started, except `.`, which asks for that folder.
import { isAbsolute, join, parse, resolve } from 'node:path';
import { NetError } from '../model/errors.ts';

export interface Places {
  home: string | undefined;
  cwd: string;
}

/** `~` and what is below it; anything else stays as it is. */
export const expandHome = (path: string, { home }: Places): string => {
  if (path !== '~' && !path.startsWith('~/')) return path;
  if (home !== undefined && isAbsolute(home)) return join(home, path.slice(1));
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
  if (isAbsolute(expanded)) return expanded;
  throw new NetError(
    'invalid_argument',
    `${JSON.stringify(path.slice(0, 200))} is a relative path, which would mean another folder at every start.`,
    'Write an absolute path, one below ~, or . alone for the folder netmcp is started in.',
  );
};

export interface CapturePlaces extends Places {
  /** Where capture_packets puts its files. */
  ownCaptures: string;
  /** Of the operating system, for temporary files. */
  temporary: string;
  /** A person runs one command in a terminal; not the server, whose current folder nobody chose. */
  terminal: boolean;
}

/** Where captures may be read unless an operator says otherwise, besides our own. */
export const defaultCaptureFolders = ({ home, temporary, terminal }: CapturePlaces): string[] => [
  ...(terminal ? ['.'] : []),
  temporary,
  ...(home !== undefined && isAbsolute(home) ? ['Documents', 'Downloads'].map((name) => join(home, name)) : []),
];

/**
 * Folders with `.` replaced, and our own captures, which a list always holds unless it is empty. A program that was started in / was
 * started nowhere in particular, so `.` then means no folder.
 */
export const captureFolders = (
  folders: readonly string[],
  { cwd, ownCaptures }: CapturePlaces,
): { folders: string[]; nowhere: boolean } => {
  const start = resolve(cwd);
  const nowhere = start === parse(start).root && folders.includes('.');
  const named = folders.flatMap((folder) => (folder === '.' ? (nowhere ? [] : [start]) : [resolve(folder)]));
  const own = folders.length === 0 ? [] : [ownCaptures];
  return { folders: [...new Set([...own, ...named])], nowhere };
};
