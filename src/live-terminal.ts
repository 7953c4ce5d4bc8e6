// The process's own terminal or pipe for live views.
import type { LiveTerminal } from './cli/live-terminal.ts';

const isUtf8 = ({ LC_ALL: all, LC_CTYPE: kind, LANG: language }: NodeJS.ProcessEnv): boolean =>
  /utf-?8/i.test(all ?? kind ?? language ?? '');

export const processTerminal: LiveTerminal = {
  // undefined in a pipe
  columns: () => process.stdout.columns || 80,
  rows: () => process.stdout.rows || 24,
  write: (text) => {
    process.stdout.write(text);
  },
  colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb',
  unicode: isUtf8(process.env),
  onKey: (listener) => {
    const { stdin } = process;
    if (!stdin.isTTY) return () => undefined;
    const heard = (chunk: Buffer | string): void => {
      for (const key of chunk.toString()) listener(key);
    };
    stdin.setRawMode(true);
    stdin.on('data', heard);
    stdin.resume();
    return () => {
      stdin.off('data', heard);
      stdin.setRawMode(false);
      stdin.pause();
    };
  },
  onClosed: (listener) => {
    const { stdout } = process;
    const failed = (error: Error): void => {
      if (!('code' in error) || error.code !== 'EPIPE') throw error;
      listener();
    };
    stdout.on('error', failed);
    return () => {
      stdout.off('error', failed);
    };
  },
};
