// Calls the product's tools from source inside a namespace, as root or as an ordinary user, and reads what they answer.
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Namespace } from '../helpers/netns.ts';
import type { Feature } from '../helpers/skip.ts';

const program = fileURLToPath(new URL('../e2e/product-with-test-tools.ts', import.meta.url));

/** A program to compare with, which no one has to have. */
export const programFeature = (name: string, versionFlag: string): Feature => ({
  name: `the program ${name}`,
  probe: async () => {
    try {
      await promisify(execFile)(name, [versionFlag]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
  evidence: () => undefined,
});

/** Without any privilege and in no group that may open ping sockets. */
export const ordinaryUser = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all'];

/** The same file for whoever runs it: an ordinary user may not enter the folder of the package's own Node. */
export const callTool = (
  namespace: Namespace,
  tool: string,
  input: Record<string, unknown>,
  wrapper: readonly string[] = [],
): Promise<unknown> =>
  new Promise((done, failed) => {
    const argv = ['netns', 'exec', namespace.name, ...wrapper, process.execPath, program, 'call', tool, '-'];
    const child = spawn('ip', argv, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('error', failed);
    child.once('close', () => {
      try {
        done(JSON.parse(stdout));
      } catch (error) {
        failed(new Error(`${tool} gave no JSON: ${stdout}\n${stderr}`, { cause: error }));
      }
    });
    // A program that fails at its start does not read its stdin; its own words say why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify({ resolve_names: false, ...input }));
  });
