// get_network_manager from inside a network namespace: every interface is there, and none is given to a manager that cannot see it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { kernelTest } from '../../helpers/kernel-test.ts';
import { otherUsers, requireFeature } from '../../helpers/skip.ts';

const peer = fileURLToPath(new URL('./connections-peer.ts', import.meta.url));
const product = fileURLToPath(new URL('../../e2e/product-with-test-tools.ts', import.meta.url));

const answerSchema = z.object({
  summary: z.string(),
  managers: z.array(z.object({ name: z.string(), installed: z.boolean(), active: z.boolean() })),
  interfaces: z.array(z.object({ name: z.string(), managed_by: z.string().nullable(), evidence: z.string() })),
  total: z.number(),
  cursor: z.string().nullable(),
});

describe('get_network_manager', () => {
  kernelTest('lists every interface, page by page', { timeout: 30_000 }, async ({ namespace }) => {
    await namespace.connect(namespace, { device: 'v0' }, { device: 'v1' });
    await namespace.exec('ip', 'link', 'add', 'br-0123456789ab', 'type', 'bridge');
    const ask = async (input: object) => {
      const argument = JSON.stringify(input);
      const text = await namespace.exec(process.execPath, product, 'call', 'get_network_manager', argument);
      return answerSchema.parse(JSON.parse(text));
    };
    const all = await ask({});
    const names = z
      .array(z.object({ ifname: z.string() }))
      .parse(JSON.parse(await namespace.exec('ip', '-j', 'link', 'show')))
      .map(({ ifname }) => ifname);
    expect(all.interfaces.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(all.managers.map(({ name }) => name)).toContain('systemd-networkd');
    const paged: string[] = [];
    for (let cursor: string | null = '0'; cursor !== null;) {
      const page = await ask({ max_results: 2, cursor });
      paged.push(...page.interfaces.map(({ name }) => name));
      ({ cursor } = page);
    }
    expect(paged).toEqual(all.interfaces.map(({ name }) => name));
  });

  kernelTest(
    'believes a daemon of the system, and no program of a user',
    { timeout: 40_000 },
    async ({ namespace, task, skip }) => {
      await requireFeature({ task, skip }, otherUsers);
      await namespace.exec('ip', 'link', 'add', 'docker0', 'type', 'bridge');
      const ofDocker0 = async () => {
        const text = await namespace.exec(process.execPath, product, 'call', 'get_network_manager');
        return answerSchema.parse(JSON.parse(text)).interfaces.find(({ name }) => name === 'docker0');
      };
      const named = async (...user: string[]): Promise<ChildProcess> => {
        const child = spawn(
          'ip',
          ['netns', 'exec', namespace.name, ...user, process.execPath, peer, 'named', 'dockerd', '4100'],
          { stdio: ['pipe', 'pipe', 'inherit'] },
        );
        await once(child.stdout, 'data');
        return child;
      };
      const forged = await named('setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups');
      expect((await ofDocker0())?.managed_by ?? null).toBeNull();
      forged.kill('SIGKILL');
      await once(forged, 'exit');
      await named();
      expect(await ofDocker0()).toMatchObject({ managed_by: 'Docker' });
    },
  );
});
