// node_modules as package-lock.json wants it, by `npm ci` and only when it is not so yet.
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './paths.mjs';
import { must } from './processes.mjs';

function readLock(...path) {
  try {
    return JSON.parse(readFileSync(join(repository, ...path), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** npm keeps what it installed in a lock of its own; optional packages of other platforms are not in it. */
function installedIsCurrent() {
  const wanted = readLock('package-lock.json');
  const installed = readLock('node_modules', '.package-lock.json');
  if (installed === undefined) return false;
  return Object.entries(wanted)
    .filter(([path, { link }]) => path.startsWith('node_modules/') && link !== true)
    .every(([path, { version, optional }]) => {
      const there = installed[path]?.version;
      return there === version || (there === undefined && optional === true);
    });
}

/** Makes node_modules current, and its Node the one that npm scripts find. */
export async function ensureNodePackages() {
  if (!installedIsCurrent()) await install();
  linkDevelopmentNode();
}

async function install() {
  process.stderr.write('Installing npm packages (npm ci)\n');
  // Started by npm, this is the same npm; else the one in PATH.
  const npm = process.env['npm_execpath'];
  const command = npm?.endsWith('.js') === true ? [process.execPath, npm] : ['npm'];
  await must([...command, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], { capture: true });
}

/** npm 10 takes the link away again with the package of the other architecture, which names the same program. */
function linkDevelopmentNode() {
  const program = join(`node-${process.platform}-${process.arch}`, 'bin', 'node');
  const link = join(repository, 'node_modules', '.bin', 'node');
  if (existsSync(join(repository, 'node_modules', program)) && !existsSync(link)) {
    symlinkSync(join('..', program), link);
  }
}
