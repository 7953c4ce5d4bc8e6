// Reads the policy folder that is shipped beside the code and, over it, a site's own; parsed once per process.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NetError, errnoOf } from '../model/errors.ts';
import type { Policy } from '../model/policy.ts';
import type { PolicyText } from '../policy/parse.ts';

/** Both src/host and dist/host lie two folders below the package. */
const shippedFolder = fileURLToPath(new URL('../../policy/', import.meta.url));

const readFolder = async (folder: string): Promise<PolicyText[]> => {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.yaml')).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      return { name: name.replaceAll('\\', '/'), file, text: await readFile(file, 'utf8') };
    }),
  );
};

const readSite = async (folder: string): Promise<PolicyText[]> => {
  try {
    return await readFolder(folder);
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

const load = async (siteFolder: string | undefined): Promise<Policy> => {
  // The YAML parser is loaded with the policy: a server that never plans does not pay for it.
  const [{ buildPolicy }, shipped, site] = await Promise.all([
    import('../policy/build-policy.ts'),
    readFolder(shippedFolder),
    siteFolder === undefined ? [] : readSite(siteFolder),
  ]);
  return buildPolicy(shipped, site);
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
