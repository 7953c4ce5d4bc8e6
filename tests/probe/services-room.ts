// A namespace with servers of ours in it and the product beside them, for tests of tools that ask services.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectServer, type ConnectedClient } from '../helpers/mcp-client.ts';
import { openNamespace, type Namespace } from '../helpers/netns.ts';

const program = join(import.meta.dirname, '..', 'e2e', 'product-with-test-tools.ts');

export interface Room {
  readonly namespace: Namespace;
  /** Lines that a started server has printed since; it is asked before and after. */
  readonly heard: () => readonly string[];
  /** Starts a program of tests/probe inside and waits for its line `ready`. */
  readonly start: (file: string, ...words: string[]) => Promise<void>;
  /** The product inside, with this text as its configuration file. */
  readonly product: (config?: string) => Promise<ConnectedClient>;
  /** Runs `netmcp call` inside. */
  readonly callOnce: (tool: string, input: unknown, env?: Readonly<Record<string, string>>) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** `etc` are files that stand in /etc for whatever runs inside. */
export const openRoom = async (etc: Readonly<Record<string, string>> = {}): Promise<Room> => {
  const namespace = await openNamespace();
  const folder = await mkdtemp(join(tmpdir(), 'netmcp-room-'));
  // `ip netns exec` mounts these over /etc inside.
  const etcFolder = join('/etc/netns', namespace.name);
  await mkdir(etcFolder, { recursive: true });
  for (const [name, text] of Object.entries(etc)) await writeFile(join(etcFolder, name), text);
  const lines: string[] = [];
  const clients: ConnectedClient[] = [];
  let configs = 0;
  for (const address of ['192.0.2.53/32', '2001:db8::53/128']) {
    await namespace.exec('ip', 'address', 'add', address, 'dev', 'lo');
  }
  return {
    namespace,
    heard: () => lines,
    start: (file, ...words) =>
      new Promise((resolve, reject) => {
        const path = join(import.meta.dirname, file);
        const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, path, ...words], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        child.once('error', reject);
        child.once('exit', (code) => {
          reject(new Error(`${file} ended with ${code ?? 'a signal'}`));
        });
        createInterface({ input: child.stdout }).on('line', (line) => {
          if (line === 'ready') resolve();
          else lines.push(line);
        });
      }),
    product: async (config = '{}') => {
      configs += 1;
      const path = join(folder, `config-${configs}.yaml`);
      await writeFile(path, config, { mode: 0o600 });
      const client = await connectServer({ namespace, program, args: ['--config', path] });
      clients.push(client);
      return client;
    },
    callOnce: async (tool, input, env = {}) => {
      const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const words = [...assignments, process.execPath, program, 'call', tool, JSON.stringify(input)];
      return namespace.exec('sh', '-c', 'env "$@" || true', 'sh', ...words);
    },
    close: async () => {
      for (const client of clients) await client.close();
      await namespace.remove();
      await rm(etcFolder, { recursive: true });
      await rm(folder, { recursive: true });
    },
  };
};
