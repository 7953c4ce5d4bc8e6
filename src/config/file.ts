// One configuration file: read only if nobody else could have written it, checked key by key with line numbers.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { LineCounter, Pair } from 'yaml';
import { shellQuote } from '../model/command.ts';
import { errnoOf, NetError } from '../model/errors.ts';
import { settingsFileSchema, type PartialSettings } from './keys.ts';

const maxBytes = 256 * 1024;

const refuse = (message: string, hint: string, cause?: unknown): NetError =>
  new NetError('invalid_argument', message, hint, cause === undefined ? {} : { cause });

const readTrusted = async (file: FileHandle, path: string, uid: number): Promise<string> => {
  const found = await file.stat();
  if (!found.isFile()) throw refuse(`${path} is not a regular file.`, 'Name a file, or remove what is there.');
  if (found.uid !== 0 && found.uid !== uid) {
    throw refuse(
      `${path} belongs to uid ${found.uid}, so somebody else than root or the user running netmcp (uid ${uid}) could change it.`,
      `Check its content, then run: chown ${uid} ${shellQuote(path)}`,
    );
  }
  if ((found.mode & 0o022) !== 0) {
    throw refuse(
      `${path} can be written by other users.`,
      `Check its content, then run: chmod go-w ${shellQuote(path)}`,
    );
  }
  if (found.size > maxBytes)
    throw refuse(`${path} is larger than ${maxBytes} bytes.`, 'A configuration has a few lines.');
  return file.readFile('utf8');
};

/** The text of the file, or undefined when there is none. */
const read = async (path: string, uid: number): Promise<string | undefined> => {
  let file: FileHandle;
  try {
    // Non-blocking, so that a named pipe cannot hold the start.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw refuse(
      `${path} cannot be read (${errno ?? String(error)}).`,
      'Make it readable for the user running netmcp.',
      error,
    );
  }
  try {
    return await readTrusted(file, path, uid);
  } finally {
    await file.close();
  }
};

const lineOf = (pair: Pair, lines: LineCounter): number => {
  const { key } = pair;
  const range: unknown = typeof key === 'object' && key !== null && 'range' in key ? key.range : undefined;
  return Array.isArray(range) && typeof range[0] === 'number' ? lines.linePos(range[0]).line : 1;
};

const parse = async (text: string, path: string): Promise<PartialSettings> => {
  const { isMap, LineCounter: Lines, parseDocument } = await import('yaml');
  const lines = new Lines();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw refuse(
      `${path}, line ${lines.linePos(fault.pos[0]).line}: ${fault.message.split('\n')[0] ?? ''}`,
      'Correct the YAML.',
      fault,
    );
  }
  if (document.contents === null) return {};
  if (!isMap(document.contents))
    throw refuse(`${path} does not hold keys and values.`, 'Write lines such as: read_only: true');
  const plain: unknown = document.toJS();
  const values: PartialSettings = {};
  const known = Object.keys(settingsFileSchema.shape);
  for (const pair of document.contents.items) {
    const name = String(pair.key);
    const where = `${path}, line ${lineOf(pair, lines)}`;
    if (!known.includes(name)) {
      throw refuse(`${where}: unknown key ${JSON.stringify(name.slice(0, 60))}.`, `Known keys: ${known.join(', ')}.`);
    }
    const parsed = settingsFileSchema.safeParse(pick(plain, name));
    if (!parsed.success) {
      throw refuse(
        `${where}: ${name}: ${parsed.error.issues[0]?.message ?? 'not valid'}.`,
        'Correct the value.',
        parsed.error,
      );
    }
    Object.assign(values, parsed.data);
  }
  return values;
};

const pick = (values: unknown, name: string): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => key === name)),
});

/** What a file says; undefined when it does not exist. Throws invalid_argument with file and line. `uid` is the effective one. */
export const readSettingsFile = async (path: string, uid: number): Promise<PartialSettings | undefined> => {
  const text = await read(path, uid);
  return text === undefined ? undefined : parse(text, path);
};
