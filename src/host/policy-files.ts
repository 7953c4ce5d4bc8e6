// Reads the policy folder that is shipped beside the code and, over it, a site's own; parsed once per process.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NetError, errnoOf } from '../model/errors.ts';
import type { Policy } from '../model/policy.ts';
import type { PolicyText } from '../policy/parse.ts';
import { compiledText, readCompiled } from './compiled-policy.ts';

/** Both src/host and dist/host lie two folders below the package. */
export const shippedFolder = fileURLToPath(new URL('../../policy/', import.meta.url));

/** Synchronous: fifty small files take 2 ms so, and 10 ms through the thread pool. */
export const readFolder = (folder: string): PolicyText[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => {
      const file = join(folder, name);
      return { name: name.replaceAll('\\', '/'), file, text: readFileSync(file, 'utf8') };
    });

const readSite = (folder: string): PolicyText[] => {
  try {
    return readFolder(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR' && errno !== 'EACCES') throw error;
    throw new NetError(
      'invalid_policy',
      `the policy folder ${folder} cannot be read (${errno})`,
      'Give --policy-dir a folder with cards/*.yaml, profiles/*.yaml or limits.yaml.',
      { cause: error },
    );
  }
};

/** The YAML parser and the checks are loaded only where there is YAML to parse. */
const parse = async (shipped: readonly PolicyText[], site: readonly PolicyText[]): Promise<Policy> =>
  (await import('../policy/build-policy.ts')).buildPolicy(shipped, site);

const load = async (siteFolder: string | undefined): Promise<Policy> => {
  const shipped = readFolder(shippedFolder);
  const site = siteFolder === undefined ? [] : readSite(siteFolder);
  // A site's policy is checked against the shipped one as files with lines, which the compiled form no longer has.
  const compiled = siteFolder === undefined ? readCompiled(shipped) : undefined;
  return compiled ?? parse(shipped, site);
};

/**
 * The text of dist/policy.json, parsed from the YAML whatever there was before.
 * @public scripts/build.mjs calls it
 */
export const compilePolicy = async (): Promise<string> => {
  const shipped = readFolder(shippedFolder);
  return compiledText(shipped, await parse(shipped, []));
};

const loaded = new Map<string | undefined, Promise<Policy>>();

/** The shipped policy with the site's over it. Throws NetError invalid_policy with file, line and fix. */
export const loadPolicy = (siteFolder?: string): Promise<Policy> => {
  const before = loaded.get(siteFolder);
  if (before !== undefined) return before;
  const policy = load(siteFolder);
  loaded.set(siteFolder, policy);
  return policy;
};
