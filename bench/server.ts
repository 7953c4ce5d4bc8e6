// A served netmcp as a client sees it: lines of JSON-RPC, without a client library whose own start would be measured too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';

const entry = resolve(import.meta.dirname, '..', 'bin', 'netmcp.js');
const messageSchema = z.object({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

export interface BenchServer {
  /** Milliseconds from starting the process until tools/list was answered. */
  startMs: number;
  /** The result of tools/list as JSON. */
  tools: string;
  request(method: string, params: Record<string, unknown>): Promise<unknown>;
  /** VmRSS now. */
  rssBytes(): Promise<number>;
  stop(): Promise<void>;
}

export const startServer = async (node: string, stateDir: string): Promise<BenchServer> => {
  const start = performance.now();
  const child = spawn(node, [entry, 'serve', '--state-dir', stateDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<number, (message: z.infer<typeof messageSchema>) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = messageSchema.parse(JSON.parse(line));
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  let lastId = 0;
  const send = (message: Record<string, unknown>): void => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  };
  const request = async (method: string, params: Record<string, unknown>): Promise<unknown> => {
    lastId += 1;
    const id = lastId;
    const answered = new Promise<z.infer<typeof messageSchema>>((answer) => waiting.set(id, answer));
    send({ id, method, params });
    const { result, error } = await answered;
    waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  };
  await request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'netmcp-bench', version: '0' },
  });
  send({ method: 'notifications/initialized' });
  const listed = await request('tools/list', {});
  const startMs = performance.now() - start;
  return {
    startMs,
    tools: JSON.stringify(listed),
    request,
    rssBytes: async () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${String(child.pid)}/status`, 'utf8'))?.[1]) * 1024,
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
};

/** Runs a program that does nothing: what Node itself takes. */
export const startBare = async (node: string): Promise<void> => {
  await once(spawn(node, ['-e', '0'], { stdio: 'ignore' }), 'exit');
};
