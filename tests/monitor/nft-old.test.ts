// Where the kernel cannot tie a table to its process: it is removed at the end, or at the next start when its process was killed.
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kernelTest as base } from '../helpers/kernel-test.ts';
import { startAgent } from './agent.ts';
import { addresses, connectPair } from './counters.ts';

/** Refuses an owner as nft before 1.0 does, and is the real one otherwise. */
const oldNft = `#!/bin/bash
IFS= read -r first
case "$first" in
*owner*) printf 'Error: syntax error, unexpected string\\n%s\\n' "$first" >&2; exit 1 ;;
esac
{ printf '%s\\n' "$first"; exec cat; } | exec /usr/sbin/nft -i
`;

const kernelTest = base.extend<{ folder: string }>({
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'netmcp-old-'));
    await writeFile(join(folder, 'nft'), oldNft);
    await chmod(join(folder, 'nft'), 0o755);
    await use(folder);
    await rm(folder, { recursive: true });
  },
});

kernelTest(
  'counts, ends in order, and the next start removes what a kill left',
  async ({ namespace, openNamespace, folder }) => {
    const peer = await openNamespace();
    await connectPair(namespace, peer);
    const count = async (iface: string) => {
      const agent = startAgent(namespace, 'nft-old-agent.ts', iface, join(folder, 'nft'), folder);
      expect(await agent.line()).toBe('ready');
      return agent;
    };
    const tables = async (): Promise<number> =>
      (await namespace.exec('nft', 'list', 'tables')).split('\n').filter((line) => line.includes('netmcp_monitor_'))
        .length;

    const first = await count('v0');
    await peer.exec('ping', '-q', '-f', '-c', '200', addresses.here[0]);
    expect(Number(await first.ask('read'))).toBeGreaterThanOrEqual(200);
    expect(await namespace.exec('nft', 'list', 'ruleset')).not.toContain('owner');
    expect(await tables()).toBe(2);
    expect(await first.end()).toBe(0);
    expect(await tables()).toBe(0);

    const killed = await count('v0');
    const living = await count('v0');
    await killed.kill();
    expect(await tables()).toBe(4);
    const next = await count('-');
    expect(JSON.parse(await next.ask('leftovers'))).toHaveLength(2);
    expect(await tables()).toBe(2);
    expect(JSON.parse(await next.ask('leftovers'))).toEqual([]);
    expect(await living.end()).toBe(0);
    expect(await tables()).toBe(0);
    await next.end();
    expect(await readdir(folder)).toEqual(['nft']);
  },
);
