// Reads the policy folder that is shipped beside the code and, over it, a site's own; parsed once per process.
import { closeSync, constants, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
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

/** Non-blocking and capped while reading: a pipe or a kernel file put in its place neither hangs nor fills memory. */
const readOpened = (file: string, descriptor: number): string => {
  if (!fstatSync(descriptor).isFile()) {
    throw refused(file, 'not a regular file', 'Put a file with YAML there, or rename it.');
  }
  const { size } = fstatSync(descriptor);
  const fix = 'Remove what does not belong there, or split it into several cards and profiles.';
  if (size > fileBytesMax) {
    throw refused(file, `the file has ${size} bytes, more than the ${fileBytesMax} a policy file may have`, fix);
  }
  const buffer = Buffer.alloc(size + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) return buffer.toString('utf8', 0, length);
    length += count;
  }
  throw refused(file, 'the file holds more than its size says', fix);
};

const readPolicyFile = (file: string): string => {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const errno = error instanceof NetError ? undefined : errnoOf(error);
    if (errno === undefined) throw error;
    throw refused(file, `the file cannot be opened (${errno})`, 'Repair the link or the permissions, or remove it.');
  }
  try {
    return readOpened(file, descriptor);
  } catch (error) {
    const errno = error instanceof NetError ? undefined : errnoOf(error);
    if (errno === undefined) throw error;
    throw refused(file, `the file cannot be read (${errno})`, 'Put a file with YAML there.');
  } finally {
    closeSync(descriptor);
  }
};

/** Synchronous: fifty small files take 2 ms so, and 10 ms through the thread pool. */
export const readFolder = (folder: string): PolicyText[] => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
  const misnamed = names.find((name) => name.endsWith('.yml'));
  if (misnamed !== undefined) {
    throw refused(
      join(folder, misnamed),
      'policy files end in .yaml',
      `Rename it to ${misnamed.replace(/yml$/, 'yaml')}.`,
    );
  }
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
    const errno = error instanceof NetError ? undefined : errnoOf(error);
    if (errno === undefined) throw error;
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
