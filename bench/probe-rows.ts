// Probes of many targets at once: a /24 of which half is alive, and a thousand ports of a host, beside one ping started as a process.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { NodeVersion } from './machine.ts';
import type { Row } from './report.ts';
import { startServer } from './server.ts';
import { interleaved, median, timed } from './statistics.ts';

const run = promisify(execFile);
const rounds = 5;
const peer = 'netmcp-bench-peer';

/** bench2 here, bench3 in a namespace that answers for 10.67.0.2 and the upper half: 129 addresses live with ours; the rest of the /24 is dead. */
const openNetwork = async (): Promise<void> => {
  const inPeer = ['-n', peer];
  await run('ip', ['netns', 'add', peer]);
  await run('ip', ['link', 'add', 'bench2', 'type', 'veth', 'peer', 'name', 'bench3', 'netns', peer]);
  await run('ip', ['address', 'add', '10.67.0.1/24', 'dev', 'bench2']);
  await run('ip', ['link', 'set', 'bench2', 'up']);
  await run('ip', [...inPeer, 'link', 'set', 'lo', 'up']);
  await run('ip', [...inPeer, 'address', 'add', '10.67.0.2/24', 'dev', 'bench3']);
  await run('ip', [...inPeer, 'link', 'set', 'bench3', 'up']);
  await run('ip', [...inPeer, 'route', 'add', 'local', '10.67.0.128/25', 'dev', 'lo']);
};

const pingedSchema = z.object({
  structuredContent: z.object({ total_targets: z.number(), successful: z.literal(129) }),
});
const portsSchema = z.object({
  structuredContent: z.object({ success: z.literal(true), total_ports: z.literal(1000) }),
});

const rowsOf = async ({ path, version }: NodeVersion, folder: string): Promise<Row[]> => {
  const server = await startServer(path, join(folder, 'state'));
  const call = async (name: string, input: Record<string, unknown>, shape: z.ZodType): Promise<void> => {
    shape.parse(await server.request('tools/call', { name, arguments: input }));
  };
  const found = await interleaved(rounds, {
    ping: () => timed(() => call('batch_ping', { targets: ['10.67.0.0/24'] }, pingedSchema)),
    ports: () => timed(() => call('batch_port_check', { target: '10.67.0.2', ports: ['1-1000'] }, portsSchema)),
    spawned: () => timed(() => run('ping', ['-n', '-c', '1', '-W', '1', '10.67.0.2'])),
  });
  await server.stop();
  const [pinged = 0, ports = 0, spawned = 0] = ['ping', 'ports', 'spawned'].map((name) =>
    median(found.get(name) ?? []),
  );
  return [
    { what: `batch_ping of a /24, half of it dead, Node ${version}`, value: pinged, unit: 'ms', budget: 2000 },
    { what: 'batch_ping : one `ping -c 1`', value: pinged / spawned, unit: 'x' },
    { what: `batch_port_check of 1,000 ports, Node ${version}`, value: ports, unit: 'ms', budget: 2000 },
    { what: 'batch_port_check : one `ping -c 1`', value: ports / spawned, unit: 'x' },
  ];
};

export const probeRows = async (nodes: readonly NodeVersion[], folder: string): Promise<Row[]> => {
  await openNetwork();
  try {
    const rows: Row[] = [];
    for (const node of nodes) rows.push(...(await rowsOf(node, folder)));
    return rows;
  } finally {
    await run('ip', ['netns', 'delete', peer]);
  }
};
