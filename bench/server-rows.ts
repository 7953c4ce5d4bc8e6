// A served netmcp: start, memory, size of its tool list, and how fast it answers once warm.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { baselines } from './baseline.ts';
import type { NodeVersion } from './machine.ts';
import type { Row } from './report.ts';
import { type BenchServer, startBare, startServer } from './server.ts';
import { interleaved, median, timed } from './statistics.ts';

const startRounds = 9;
const callRounds = 30;
/** Every tool that looks at this host, asked as a model would ask first: without arguments. */
const tools = [
  'capabilities',
  'get_interfaces',
  'get_routes',
  'get_arp_table',
  'get_dns_config',
  'get_connections',
  'get_qdiscs',
  'get_firewall',
  'get_wifi',
  'get_host_info',
  'get_network_manager',
  'get_sysctls',
];

const startRows = async (nodes: readonly NodeVersion[], folder: string): Promise<Row[]> => {
  const oneStart = async (node: string): Promise<number> => {
    const server = await startServer(node, join(folder, 'state'));
    await server.stop();
    return server.startMs;
  };
  const bare = (node: string) => async (): Promise<number> => timed(() => startBare(node));
  const found = await interleaved(
    startRounds,
    Object.fromEntries(
      nodes.flatMap(({ path, version }) => [
        [`start to tools/list, Node ${version}`, () => oneStart(path)],
        [`baseline: empty program, Node ${version}`, bare(path)],
      ]),
    ),
  );
  return [...found].map(([what, times]) => ({
    what,
    value: median(times),
    unit: 'ms',
    ...(what.startsWith('start') ? { budget: 300 } : {}),
  }));
};

const idleRow = async ({ path, version }: NodeVersion, folder: string): Promise<Row> => {
  const server = await startServer(path, join(folder, 'state'));
  await sleep(1500);
  const bytes = await server.rssBytes();
  await server.stop();
  return { what: `idle RSS, Node ${version}`, value: bytes / 2 ** 20, unit: 'MB', budget: 90 };
};

const listSchema = z.object({ tools: z.array(z.looseObject({})) });

const sizeRows = (server: BenchServer): Row[] => {
  const { tools: listed } = listSchema.parse(JSON.parse(server.tools));
  const without = JSON.stringify({ tools: listed.map(({ outputSchema: _left, ...tool }) => tool) });
  const kilobytes = (text: string): number => Buffer.byteLength(text) / 1024;
  return [
    { what: 'tools/list without output schemas', value: kilobytes(without), unit: 'KB', budget: 32 },
    { what: 'tools/list with output schemas', value: kilobytes(server.tools), unit: 'KB', budget: 64 },
  ];
};

const answerSchema = z.object({ isError: z.literal(false).optional() });

const callRows = async (server: BenchServer, version: string, folder: string): Promise<Row[]> => {
  const call = (name: string) => (): Promise<number> =>
    timed(async () => answerSchema.parse(await server.request('tools/call', { name, arguments: {} })));
  for (const name of tools) for (let warm = 0; warm < 5; warm += 1) await call(name)();
  const spawnIp = 'spawn `ip -j addr`';
  const found = await interleaved(callRounds, {
    ...Object.fromEntries(tools.map((name) => [name, call(name)])),
    [spawnIp]: baselines(folder)[spawnIp] ?? call('get_interfaces'),
  });
  const spawning = median(found.get(spawnIp) ?? []);
  return tools.flatMap((name) => {
    const value = median(found.get(name) ?? []);
    return [
      { what: `${name}, warm, Node ${version}`, value, unit: 'ms', budget: 10 },
      { what: `${name} : ${spawnIp}`, value: value / spawning, unit: 'x' },
    ] satisfies Row[];
  });
};

export const serverRows = async (nodes: readonly NodeVersion[], folder: string): Promise<Row[]> => {
  const rows = await startRows(nodes, folder);
  for (const node of nodes) rows.push(await idleRow(node, folder));
  for (const [index, { path, version }] of nodes.entries()) {
    const server = await startServer(path, join(folder, 'state'));
    if (index === 0) rows.push(...sizeRows(server));
    rows.push(...(await callRows(server, version, folder)));
    await server.stop();
  }
  return rows;
};
