// Kernel files in memory, with the kernel's manners: no file is created by writing, values end in a newline, vectors in tabs.
import { NetError } from '../../model/errors.ts';
import type { KernelFiles } from '../../model/ports.ts';

export interface FakeFiles extends KernelFiles {
  /** Content by path, as reading gives it. */
  content: Map<string, string>;
  /** Paths that exist but refuse to be written. */
  readOnly: Set<string>;
  /** Successful writes, in order. */
  writes: { path: string; text: string }[];
  /** Makes the nth write from now on (1 is the next) fail with the error; the file stays as it was. */
  failWrite(nth: number, error?: Error): void;
  /** Runs after each successful write: what else a real kernel would change. */
  onWrite(react: (path: string, text: string) => void): void;
}

const newline = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

export const createFakeFiles = (files: Readonly<Record<string, string>> = {}): FakeFiles => {
  const content = new Map(Object.entries(files).map(([path, text]) => [path, newline(text)]));
  const readOnly = new Set<string>();
  const writes: { path: string; text: string }[] = [];
  const failures: { left: number; error: Error }[] = [];
  const reactions: ((path: string, text: string) => void)[] = [];

  const dueFailure = (): Error | undefined => {
    for (const failure of failures) failure.left -= 1;
    return failures.find(({ left }) => left === 0)?.error;
  };

  return {
    content,
    readOnly,
    writes,
    failWrite(nth, error = new NetError('step_failed', 'A write failed as the test wished.', 'This is a test.')) {
      failures.push({ left: nth, error });
    },
    onWrite(react) {
      reactions.push(react);
    },
    async read(path) {
      return content.get(path);
    },
    async write(path, text) {
      const failure = dueFailure();
      if (failure !== undefined) throw failure;
      const before = content.get(path);
      if (before === undefined) {
        throw new NetError('missing_kernel_feature', `${path} does not exist on this host.`, 'This is a fake host.');
      }
      if (readOnly.has(path)) {
        throw new NetError(
          'not_permitted',
          `${path} may not be written by this process (EACCES).`,
          'This is a fake host.',
        );
      }
      const value = before.includes('\t') ? text.trim().replaceAll(/\s+/g, '\t') : text.trim();
      content.set(path, `${value}\n`);
      writes.push({ path, text });
      for (const react of reactions) react(path, text);
    },
    async list(path) {
      const below = [...content.keys()].filter((name) => name.startsWith(`${path}/`));
      return [...new Set(below.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''))].sort();
    },
    async writable(path) {
      return content.has(path) && !readOnly.has(path);
    },
  };
};
