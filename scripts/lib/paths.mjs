// Where things are: the repository, the Node that development runs on, and a search of PATH that also knows the sbin folders.
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const repository = resolve(import.meta.dirname, '..', '..');

/** Node 24 from node_modules, where its package exists for this platform; else the Node that runs this. */
export function developmentNode() {
  const local = join(repository, 'node_modules', '.bin', 'node');
  return existsSync(local) ? local : process.execPath;
}

/** A clean order of search: our own tools first, and sbin even when the user's PATH leaves it out. */
export function searchPath() {
  const own = join(repository, 'node_modules', '.bin');
  const system = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const given = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([own, ...given, ...(process.platform === 'win32' ? [] : system)])].join(delimiter);
}

/** Absolute path of a binary, or undefined. */
export function which(name) {
  return searchPath()
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
