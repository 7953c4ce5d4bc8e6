// One configuration file: read only if nobody else could have written it, checked key by key with line numbers.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Pair, YAMLMap } from 'yaml';
import { shellQuote } from '../model/command.ts';
import { errnoOf, NetError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import { allKeys, settingsSchema, type PartialSettings } from './keys.ts';
import { tooDeepAt } from './nesting.ts';
import { expandHome, writtenFolder, type Places } from './paths.ts';

const maxBytes = 256 * 1024;
const notNested = 'A configuration has sections, keys and lists of words.';

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

const sectionNames = (names: readonly string[], prefix: string): string[] => [
  ...new Set(
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length).split('.')[0] ?? ''),
  ),
];

/** Values as the schema wants them: paths expanded. Throws invalid_argument, told which item by `where`. */
const expand = (kind: string, value: unknown, places: Places, where: (item?: number) => string): unknown => {
  const at = <Result>(work: () => Result, item?: number): Result => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      throw refuse(`${where(item)}: ${error.message}`, error.hint, error);
    }
  };
  if (kind === 'path' && typeof value === 'string') return at(() => expandHome(value, places));
  if (kind !== 'paths' || !Array.isArray(value)) return value;
  return value.map((item: unknown, index) =>
    typeof item === 'string' ? at(() => writtenFolder(item, places), index) : item,
  );
};

const parse = async (text: string, path: string, places: Places): Promise<PartialSettings> => {
  const { isMap, isNode, isSeq, LineCounter, parseDocument } = await import('yaml');
  const deep = tooDeepAt(text);
  if (deep !== undefined) throw refuse(`${path}, line ${deep}: too many brackets or marks in each other.`, notNested);
  const lines = new LineCounter();
  // That no key stands twice is seen to below, in time that grows with the keys and not with their square.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw refuse(
      `${path}, line ${lines.linePos(fault.pos[0]).line}: ${plainText(fault.message.split('\n')[0] ?? '')}`,
      'Correct the YAML.',
      fault,
    );
  }
  const lineOf = (node: unknown): number => lines.linePos((isNode(node) ? node.range?.[0] : undefined) ?? 0).line;
  const names = Object.keys(settingsSchema.shape);
  const values: PartialSettings = {};

  /** What the value stands for, its aliases (`*name`) put in. */
  const plainOf = (value: unknown, where: string): unknown => {
    if (!isNode(value)) return undefined;
    try {
      return value.toJS(document);
    } catch (error) {
      // Aliases of nothing, or so many of each other that they would fill the memory.
      if (!(error instanceof ReferenceError)) throw error;
      throw refuse(
        `${where}: ${plainText(error.message)}.`,
        'Write the values out instead of using aliases (*name).',
        error,
      );
    }
  };

  const readValue = (key: (typeof allKeys)[number], pair: Pair): void => {
    const where = (item?: number): string => {
      const node = item !== undefined && isSeq(pair.value) ? pair.value.items[item] : undefined;
      return `${path}, line ${lineOf(node ?? pair.key)}: ${key.name}`;
    };
    const plain = expand(key.kind, plainOf(pair.value, where()), places, where);
    const parsed = settingsSchema.shape[key.name].safeParse(plain);
    if (parsed.success && parsed.data !== undefined) {
      Object.assign(values, { [key.name]: parsed.data });
      return;
    }
    const issue = parsed.error?.issues[0];
    const item = typeof issue?.path[0] === 'number' ? issue.path[0] : undefined;
    throw refuse(`${where(item)}: ${issue?.message ?? 'has no value'}.`, 'Correct the value.', parsed.error);
  };

  const readMap = (map: YAMLMap, prefix: string): void => {
    const passed = new Set<string>();
    for (const pair of map.items) {
      const word = String(pair.key);
      const key = allKeys.find(({ name }) => name === `${prefix}${word}`);
      const where = `${path}, line ${lineOf(pair.key)}`;
      if (!sectionNames(names, prefix).includes(word)) {
        throw refuse(
          `${where}: unknown key ${JSON.stringify(`${prefix}${word}`.slice(0, 60))}.`,
          `Known keys${prefix === '' ? '' : ` in ${prefix.slice(0, -1)}`}: ${sectionNames(names, prefix).join(', ')}.`,
        );
      }
      if (passed.has(word)) {
        throw refuse(`${where}: ${prefix}${word} stands there a second time.`, 'Keep one of the two.');
      }
      passed.add(word);
      if (key !== undefined) readValue(key, pair);
      else if (isMap(pair.value)) readMap(pair.value, `${prefix}${word}.`);
      else if ((plainOf(pair.value, where) ?? null) !== null) {
        throw refuse(
          `${where}: ${prefix}${word} is a section, which holds keys and values.`,
          `Write its keys indented below it: ${sectionNames(names, `${prefix}${word}.`).join(', ')}.`,
        );
      }
    }
  };

  if (document.contents === null) return {};
  if (!isMap(document.contents))
    throw refuse(`${path} does not hold keys and values.`, 'Write lines such as: read_only: true');
  readMap(document.contents, '');
  return values;
};

/**
 * What a file says; undefined when it does not exist. Throws invalid_argument with file and line. `uid` is the effective one;
 * `places` say what `~` stands for.
 */
export const readSettingsFile = async (
  path: string,
  uid: number,
  places: Places,
): Promise<PartialSettings | undefined> => {
  const text = await read(path, uid);
  return text === undefined ? undefined : parse(text, path, places);
};
