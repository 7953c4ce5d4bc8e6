// A history as a client meets it over stdio, in both protocol eras: asked for, not kept, of chosen interfaces; and a server that keeps one ends in order.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import { kernelTest as base } from '../helpers/kernel-test.ts';
import { connectServer, eras, type ConnectedClient } from '../helpers/mcp-client.ts';

const program = fileURLToPath(new URL('./product-with-test-tools.ts', import.meta.url));

const kernelTest = base.extend<{
  serve: (era: (typeof eras)[number], env: Record<string, string>, ...args: string[]) => Promise<ConnectedClient>;
}>({
  serve: async ({ namespace }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'netmcp-history-'));
    const servers: ConnectedClient[] = [];
    await use(async (era, env, ...args) => {
      const server = await connectServer({
        namespace,
        program,
        era,
        env,
        args: ['--state-dir', join(folder, 's'), ...args],
      });
      servers.push(server);
      return server;
    });
    for (const server of servers) await server.close();
    await rm(folder, { recursive: true });
  },
});

const rateSchema = z.strictObject({ mean: z.number(), min: z.number(), max: z.number(), p95: z.number() });
const sideSchema = z.strictObject({ packets_per_second: rateSchema, bits_per_second: rateSchema });
const answerSchema = z.looseObject({
  interface: z.string(),
  history: z.looseObject({
    seconds: z.number(),
    step_s: z.literal(1),
    incoming: sideSchema,
    outgoing: sideSchema,
    points: z.array(z.tuple([z.iso.datetime(), z.number(), z.number()])),
  }),
});

kernelTest.for(eras)('%s era: what loopback carried, second by second', async (era, { namespace, serve }) => {
  const server = await serve(era, { NETMCP_HISTORY_INTERFACES: 'lo' }, '--history');
  // A client that knows the schemas refuses an answer that breaks them.
  await server.client.listTools();
  const ask = async () =>
    answerSchema.parse(await server.call('network_monitor', { interface: 'lo', history_s: 300 })).history;
  await expect.poll(() => ask(), { timeout: 10_000 }).toMatchObject({ step_s: 1 });
  // Each echo passes twice, asked and answered, with 14 + 20 + 8 bytes of headers.
  await namespace.exec('ping', '-q', '-c', '500', '-f', '-s', '1000', '127.0.0.1');
  const bits = 500 * 2 * 1042 * 8;
  const sum = async (side: 'incoming' | 'outgoing'): Promise<number> => {
    const { seconds, [side]: rates } = await ask();
    return seconds * rates.bits_per_second.mean;
  };
  // Means are of the time between two readings, which is a second and little more.
  await expect.poll(() => sum('outgoing'), { timeout: 30_000 }).toBeGreaterThan(bits * 0.9);
  const { seconds, incoming, outgoing, points } = await ask();
  expect(incoming).toEqual(outgoing);
  expect(seconds * outgoing.bits_per_second.mean).toBeLessThan(bits * 1.1);
  expect(outgoing.bits_per_second.min).toBe(0);
  expect(points).toHaveLength(seconds);
  expect(Math.max(...points.map(([, , out]) => out))).toBe(outgoing.bits_per_second.max);
  await expect(server.call('network_monitor', { interface: 'eth9', history_s: 5 })).rejects.toThrow('Watched: lo');
});

kernelTest('without --history the answer says how to have one', async ({ serve }) => {
  const server = await serve('modern', {});
  await expect(server.call('network_monitor', { interface: 'lo', history_s: 5 })).rejects.toThrow(
    /invalid_argument.*--history/s,
  );
});

kernelTest.for(['SIGTERM', 'SIGINT', 'end of stdin'] as const)(
  'a server with a history ends in order: %s',
  async (how, { namespace }) => {
    const folder = await mkdtemp(join(tmpdir(), 'netmcp-history-'));
    const argv = [process.execPath, program, 'serve', '--history', '--state-dir', join(folder, 's')];
    const child = spawn('ip', ['netns', 'exec', namespace.name, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) =>
      child.once('exit', (code, signal) => {
        resolve(signal ?? code);
      }),
    );
    const clientInfo = { name: 'raw', version: '0' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    if (how === 'end of stdin') child.stdin.end();
    else child.kill(how);
    expect(await ended).toBe(0);
    await rm(folder, { recursive: true, force: true });
  },
);
