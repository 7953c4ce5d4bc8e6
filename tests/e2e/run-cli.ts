// Runs the command line as a person or script would.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import * as z from 'zod';

export const entry = resolve(import.meta.dirname, '..', '..', 'bin', 'netmcp.js');

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Options {
  stdin?: string;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
}

export const runCli = (args: readonly string[], { stdin = '', cwd, env = {} }: Options = {}): Promise<Ran> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('error', fail);
    child.once('close', (code) => {
      done({ code, stdout, stderr });
    });
    // A command that does not read its stdin may have ended before all of it was written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });

const failureSchema = z.strictObject({
  error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string() }),
});

/** The error in the JSON that a failed call gives. */
export const errorFrom = (text: string): { code: string; message: string; hint: string } =>
  failureSchema.parse(JSON.parse(text)).error;

/** The error object on stdout of a failed `call`. */
export const errorIn = ({ stdout }: Ran): { code: string; message: string; hint: string } => errorFrom(stdout);
