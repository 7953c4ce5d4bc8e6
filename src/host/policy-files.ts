// Reads the policy folder that is shipped beside the code and, over it, a site's own; parsed once per process.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NetError, errnoOf } from '../model/errors.ts';
import type { Policy } from '../model/policy.ts';
import type { PolicyText } from '../policy/parse.ts';
import { compiledText, readCompiled } from './compiled-policy.ts';

/** Both src/host and dist/host lie two folders below the package. */
export const shippedFolder = fileURLToPath(new URL('../../policy/', import.meta.url));

/** The largest shipped file has 50 KB; a site's has no reason to be larger than this. */
const fileBytesMax = 1024 * 1024;
const filesMax = 1000;

const refused = (file: string, message: string, fix: string): NetError =>
  new NetError('invalid_policy', `${file}:1: ${message}`, fix, {
    details: { problems: [{ file, line: 1, message, fix }] },
  });

const readPolicyFile = (file: string): string => {
  const found = statSync(file);
  if (!found.isFile()) throw refused(file, 'not a regular file', 'Put a file with YAML there, or rename it.');
  if (found.size > fileBytesMax) {
    const fix = 'Remove what does not belong there, or split it into several cards and profiles.';
    throw refused(file, `the file has ${found.size} bytes, more than the ${fileBytesMax} a policy file may have`, fix);
  }
  return readFileSync(file, 'utf8');
};

/** Synchronous: fifty small files take 2 ms so, and 10 ms through the thread pool. */
export const readFolder = (folder: string): PolicyText[] => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  if (names.length > filesMax) {
    const message = `the folder has ${names.length} files, more than the ${filesMax} a policy may have`;
    throw refused(folder, message, 'Name the folder of the policy itself.');
  }
  return names.toSorted().map((name) => {
    const file = join(folder, name);
    return { name: name.replaceAll('\\', '/'), file, text: readPolicyFile(file) };
  });
};

const readSite = (folder: string): PolicyText[] => {
  try {
    return readFolder(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR' && errno !== 'EACCES') throw error;
    throw new NetError(
      'invalid_policy',
      `the policy folder ${folder} cannot be read (${errno})`,
      'Give --policy-dir a folder with cards/*.yaml, profiles/*.yaml, limits.yaml or rules.yaml.',
      { cause: error },
    );
  }
};

/** The YAML parser and the checks are loaded only where there is YAML to parse. */
const parse = async (
  shipped: readonly PolicyText[],
  site: readonly PolicyText[],
  allowLoosen = false,
): Promise<Policy> => (await import('../policy/build-policy.ts')).buildPolicy(shipped, site, { allowLoosen });

const load = async (siteFolder: string | undefined, allowLoosen: boolean): Promise<Policy> => {
  const shipped = readFolder(shippedFolder);
  const site = siteFolder === undefined ? [] : readSite(siteFolder);
  // A site's policy is checked against the shipped one as files with lines, which the compiled form no longer has.
  const compiled = siteFolder === undefined ? readCompiled(shipped) : undefined;
  return compiled ?? parse(shipped, site, allowLoosen);
};

/**
 * The text of dist/policy.json, parsed from the YAML whatever there was before.
 * @public scripts/build.mjs calls it
 */
export const compilePolicy = async (): Promise<string> => {
  const shipped = readFolder(shippedFolder);
  return compiledText(shipped, await parse(shipped, []));
};

const loaded = new Map<string, Promise<Policy>>();

/** The shipped policy with the site's over it; `allowLoosen` is the command line's word. Throws NetError invalid_policy with file, line and fix. */
export const loadPolicy = (siteFolder?: string, allowLoosen = false): Promise<Policy> => {
  const name = JSON.stringify([siteFolder, allowLoosen]);
  const before = loaded.get(name);
  if (before !== undefined) return before;
  const policy = load(siteFolder, allowLoosen);
  loaded.set(name, policy);
  return policy;
};
