// The process's own streams, with bounds on what is read.
import { open } from 'node:fs/promises';
import type { Streams } from './cli/streams.ts';
import { errnoOf, NetError } from './model/errors.ts';
import { maxTotalCharacters } from './operations/frame/guard-size.ts';

/** Characters or bytes; JSON adds its own to those of a call. */
const maxLength = maxTotalCharacters * 4;

const tooLong = (what: string): NetError =>
  new NetError('limit_exceeded', `${what} holds more than ${maxLength} characters.`, 'Pass less.');

const readInput = async (): Promise<string> => {
  const input: AsyncIterable<unknown> = process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > maxLength) throw tooLong('stdin');
  }
  return text;
};

const readFile = async (path: string): Promise<string> => {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > maxLength) throw tooLong(path);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new NetError('not_found', `${path} cannot be read (${errno}).`, 'Correct the path after @.', {
      cause: error,
    });
  }
};

export const processStreams: Streams = {
  readInput,
  readFile,
  out: (text) => {
    process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  terminal: process.stdout.isTTY,
  progress: process.stderr.isTTY,
};
