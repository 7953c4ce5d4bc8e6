// Append-only records, one JSON text a line: durable when append returns, and a torn last line is all a crash can leave.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as z from 'zod';
import { errnoOf } from '../model/errors.ts';
import { openOwnedFile, parseRecord, readOwnedFile, storageFailed, syncDirectory } from './files.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;

/** Largest record file read: a journal has a few hundred records, the audit log is kept below this by retention. */
const maxBytes = 64 * 1024 * 1024;

export interface Appender {
  /** Adds one line; on return it is on the disk. After a failure the file is as before, and appending may be tried again. */
  append(record: unknown): Promise<void>;
  close(): Promise<void>;
}

const openForAppend = async (path: string): Promise<FileHandle> => {
  try {
    const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await syncDirectory(dirname(path));
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw storageFailed('Creating', path, error);
  }
  const existing = await openOwnedFile(path, O_RDWR | O_APPEND);
  return existing ?? openForAppend(path);
};

/** Length up to and including the last newline: what a crash left behind it is dropped. */
const wholeLength = async (handle: FileHandle): Promise<number> => {
  const { size } = await handle.stat();
  const chunk = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunk.length);
    const { bytesRead } = await handle.read(chunk, 0, end - start, start);
    const newline = chunk.subarray(0, bytesRead).lastIndexOf(10);
    if (newline !== -1) return start + newline + 1;
    end = start;
  }
  return 0;
};

/** Opens or creates (mode 0600) a record file of ours; one process may append to it at a time. */
export const openAppender = async (path: string): Promise<Appender> => {
  const handle = await openForAppend(path);
  let length: number;
  try {
    length = await wholeLength(handle);
    if (length < (await handle.stat()).size) await handle.truncate(length);
  } catch (error) {
    await handle.close();
    throw storageFailed('Opening', path, error);
  }

  const write = async (line: Buffer): Promise<void> => {
    try {
      for (let written = 0; written < line.length;) {
        written += (await handle.write(line, written)).bytesWritten;
      }
      await handle.datasync();
      length += line.length;
    } catch (error) {
      // Part of the line may be there: without this, the next record would turn it into a bad line in the middle.
      await handle.truncate(length);
      throw error;
    }
  };

  let last: Promise<void> = Promise.resolve();
  return {
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      const appended = last
        .then(() => write(line))
        .catch((error: unknown) => {
          throw storageFailed('Appending to', path, error);
        });
      // A failed record does not keep later ones from being tried.
      last = appended.catch(() => undefined);
      return appended;
    },
    async close() {
      await last;
      await handle.close();
    },
  };
};

export interface NdjsonFile<T> {
  records: T[];
  /** The last line is incomplete, as after a crash while it was written; it is not among the records. */
  torn: boolean;
}

/** Reads all records; undefined when there is no file. A bad line that is whole is an error that names it. */
export const readNdjson = async <T>(path: string, schema: z.ZodType<T>): Promise<NdjsonFile<T> | undefined> => {
  const text = await readOwnedFile(path, maxBytes);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  return {
    records: lines.map((line, index) => parseRecord(line, schema, `${path} line ${index + 1}`)),
    torn: rest !== '',
  };
};
