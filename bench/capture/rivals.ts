// The programs that the capture engine is measured against, each as a person would run it, and ours as a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { timed } from '../statistics.ts';

export const rivals = {
  'capinfos -c': (file: string) => ['capinfos', '-c', file],
  'tcpdump --count': (file: string) => ['tcpdump', '--count', '-r', file],
  'tcptrace -n': (file: string) => ['tcptrace', '-n', file],
  'tshark -z conv,tcp': (file: string) => ['tshark', '-n', '-q', '-r', file, '-z', 'conv,tcp'],
  'tshark -z expert': (file: string) => ['tshark', '-n', '-q', '-r', file, '-z', 'expert'],
} as const;

export type Rival = keyof typeof rivals;

/** Milliseconds that a program takes; it must end well. */
export const timeProgram = (command: readonly string[]): Promise<number> =>
  timed(async () => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = `${complaints}${text}`.slice(-2000)));
    const ended: unknown[] = await once(child, 'close');
    if (ended[0] !== 0) throw new Error(`${command.join(' ')} ended with ${String(ended[0])}: ${complaints}`);
  });

const answersSchema = z.object({
  sizes: z.record(z.string(), z.number()),
  milliseconds: z.record(z.string(), z.number()),
  packets: z.number(),
  megabytes: z.number(),
  mentions_bound: z.boolean(),
});
export type Answers = z.infer<typeof answersSchema>;

/** The product's answers, and milliseconds: of the whole process, of the first question, whose answer needs the pass, and of the others. */
export interface Run extends Answers {
  elapsed: number;
  pass: number;
  others: number;
}

/** Runs the product on a file in a process of its own; `after` is a capture about which the same is asked before. */
export const runProduct = async (
  node: string,
  file: string,
  { questions = [], after }: { questions?: readonly string[]; after?: string } = {},
): Promise<Run> => {
  let printed = '';
  const elapsed = await timed(async () => {
    const program = join(import.meta.dirname, 'answers.mjs');
    const child = spawn(node, [program, ...(after === undefined ? [] : ['--after', after]), file, ...questions], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const ended: unknown[] = await once(child, 'close');
    if (ended[0] !== 0) throw new Error(`the product ended with ${String(ended[0])} on ${file}`);
  });
  const answers = answersSchema.parse(JSON.parse(printed));
  const [pass = Number.NaN, ...others] = Object.values(answers.milliseconds);
  return { ...answers, elapsed, pass, others: others.reduce((sum, one) => sum + one, 0) };
};

/** Reads the file once, so that every program finds it in the page cache. */
export const warm = async (file: string): Promise<void> => {
  const stream = createReadStream(file, { highWaterMark: 4 * 1024 * 1024 });
  stream.resume();
  await once(stream, 'close');
};

export const installed = (program: string): boolean =>
  ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/bin'].some((folder) => existsSync(join(folder, program)));
