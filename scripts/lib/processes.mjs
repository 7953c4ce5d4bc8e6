// Starts a child process and answers with how it ended.
import { spawn } from 'node:child_process';
import { repository, searchPath } from './paths.mjs';

/**
 * Runs argv to its end; `capture` collects what it prints instead of showing it. Never throws for an exit code.
 * @returns {Promise<{code: number, output: string}>}
 */
export function run(argv, { capture = false, env = {}, stdin = 'ignore' } = {}) {
  const [file, ...rest] = argv;
  return new Promise((done, failed) => {
    const child = spawn(file, rest, {
      cwd: repository,
      env: { ...process.env, PATH: searchPath(), ...env },
      stdio: [stdin, capture ? 'pipe' : 'inherit', capture ? 'pipe' : 'inherit'],
    });
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.once('error', failed);
    child.once('close', (code) => done({ code: code ?? 1, output: Buffer.concat(output).toString('utf8') }));
    // A Ctrl-C reaches the child by the terminal; this process only waits for it, so that its clean-up is seen.
    const handlers = { SIGINT: () => undefined, SIGTERM: () => child.kill('SIGTERM') };
    for (const [signal, handler] of Object.entries(handlers)) {
      process.on(signal, handler);
      child.once('close', () => process.off(signal, handler));
    }
  });
}

/** Like run, but an exit code other than 0 is an error that says what failed. */
export async function must(argv, options) {
  const { code, output } = await run(argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}${output === '' ? '' : `\n${output}`}`);
  return output;
}
