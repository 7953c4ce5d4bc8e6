// Makes a bare clone ready to run: system packages, npm packages, dist/. Plain Node 20, since nothing else is there yet.
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { ensureNodePackages } from './lib/node-packages.mjs';
import { ensureSystemPackages } from './lib/system-packages.mjs';

/** @returns {Promise<boolean>} false when something is missing that only the user can install; it has been printed */
export async function bootstrap() {
  if (!(await ensureSystemPackages())) return false;
  await ensureNodePackages();
  await build({ onlyWhenStale: true });
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    if (!(await bootstrap())) process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
