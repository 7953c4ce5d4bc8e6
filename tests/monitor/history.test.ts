// The history of an interface goes on under its new name, and tells when it was not there. What it tells a client otherwise: tests/e2e/history.test.ts.
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import * as z from 'zod';
import { kernelTest } from '../helpers/kernel-test.ts';
import { connectServer } from '../helpers/mcp-client.ts';

const program = resolve(import.meta.dirname, '..', 'e2e', 'product-with-test-tools.ts');
const answerSchema = z.looseObject({
  history: z.looseObject({
    seconds: z.number(),
    outgoing: z.looseObject({ packets_per_second: z.looseObject({ mean: z.number(), max: z.number() }) }),
    missing: z.array(z.looseObject({ reason: z.string() })),
  }),
});

kernelTest('tells what passed, and what an interface was not there for', { timeout: 60_000 }, async ({ namespace }) => {
  await namespace.exec('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
  await namespace.connect(namespace, { device: 'v0', addresses: ['192.0.2.1/24'] }, { device: 'v1' });
  await namespace.exec('ip', 'neigh', 'add', '192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'dev', 'v0');
  const server = await connectServer({ namespace, program, args: ['--history'] });
  try {
    const history = async (name: string) =>
      answerSchema.parse(await server.call('network_monitor', { interface: name, history_s: 3600 })).history;
    // The first reading has been taken once the interface is known.
    await expect
      .poll(
        () =>
          history('v0').then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    await sleep(1500);
    await namespace.exec('sh', '-c', 'ping -q -c 300 -i 0.002 -W 1 192.0.2.9 || true');
    const passed = async (name: string): Promise<number> => {
      const { seconds, outgoing } = await history(name);
      return Math.round(seconds * outgoing.packets_per_second.mean);
    };
    // Means are told as whole packets a second, so the sum is off by half a packet for each second.
    await expect.poll(() => passed('v0'), { timeout: 10_000 }).toBeGreaterThan(280);
    expect(await passed('v0')).toBeLessThan(320);

    await namespace.exec('ip', 'link', 'set', 'v0', 'name', 'w0');
    await expect.poll(() => passed('w0').catch(() => 0), { timeout: 10_000 }).toBeGreaterThan(280);
    await namespace.exec('ip', 'link', 'set', 'w0', 'down');
    await expect
      .poll(async () => (await history('w0')).missing.map(({ reason }) => reason), { timeout: 10_000 })
      .toEqual(['absent']);
    await expect(server.call('network_monitor', { interface: 'lo', history_s: 60 })).rejects.toThrow(
      /does not watch lo/,
    );
  } finally {
    await server.close();
  }
});
