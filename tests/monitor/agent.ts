// A program of the tests that runs inside a namespace and answers each line on its standard input with one line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../helpers/netns.ts';

export interface Agent {
  readonly pid: number;
  readonly ask: (line: string) => Promise<string>;
  /** The next line it writes. */
  readonly line: () => Promise<string>;
  readonly stderr: () => string;
  /** Ends it by SIGKILL and waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** Closes its standard input and waits until it has ended. */
  readonly end: () => Promise<number | null>;
}

export const startAgent = (namespace: Namespace, file: string, ...args: string[]): Agent =>
  startWrapped(namespace, [], file, ...args);

/** `wrapper` becomes the program in its turn, as setpriv does. */
export const startWrapped = (
  namespace: Namespace,
  wrapper: readonly string[],
  file: string,
  ...args: string[]
): Agent => {
  const program = fileURLToPath(new URL(file, import.meta.url));
  // `ip netns exec` becomes the program, so the pid is the program's.
  const child = spawn('ip', ['netns', 'exec', namespace.name, ...wrapper, process.execPath, program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString('utf8')));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done === true) throw new Error(`the agent has ended: ${complaints.join('')}`);
    return next.value;
  };
  return {
    pid: child.pid ?? 0,
    ask: (text) => {
      child.stdin.write(`${text}\n`);
      return line();
    },
    line,
    stderr: () => complaints.join(''),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    end: () => {
      child.stdin.end();
      return ended;
    },
  };
};
