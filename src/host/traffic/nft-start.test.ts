// How the nft rung starts when nft is slow, silent or too late: a stand-in for nft, and answers of ip that are made up.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Exec } from '../../model/ports.ts';
import { openNft } from './nft.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-nft-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Any text with this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);
/** Any text like this. */
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

interface Scene {
  /** What nft does, in the shell's words. */
  nft: string;
  /** What `ip -j link show` has, first of one interface and later of all. */
  links?: readonly (readonly { ifname: string; ifindex: number }[])[];
  timeoutMs?: number;
}

const here = [{ ifname: 'v0', ifindex: 7 }];

const start = async ({ nft, links = [here], timeoutMs = 30_000 }: Scene): Promise<unknown> => {
  const path = join(folder, 'nft');
  await writeFile(path, `#!/bin/sh\n${nft}\n`);
  await chmod(path, 0o755);
  let looks = 0;
  const exec: Exec = {
    find: () => Promise.resolve(path),
    run: ({ binary, args }) => {
      if (binary === 'nft') return Promise.resolve({ code: 1, stdout: '', stderr: 'No such file or directory' });
      const shown = links[Math.min(looks, links.length - 1)] ?? [];
      looks += 1;
      const missing = args.includes('dev') && shown.length === 0;
      return Promise.resolve(
        missing
          ? { code: 1, stdout: '', stderr: 'Device "v0" does not exist.' }
          : { code: 0, stdout: JSON.stringify(shown.map((link) => ({ ...link, link_type: 'ether' }))), stderr: '' },
      );
    },
  };
  return openNft(
    { rung: 'nft', direction: 'incoming', iface: 'v0', ifindex: 7, talkers: 'none' },
    { exec, runtimeDir: () => Promise.resolve(folder), timeoutMs },
    new AbortController().signal,
  );
};

it('an nft that takes too long is a timeout, and no missing module', async () => {
  await expect(start({ nft: 'exec sleep 100', timeoutMs: 100 })).rejects.toMatchObject({
    code: 'timeout',
    message: 'nft has not made its table for v0 in 0.1 s.',
    hint: matching(/busy, or another nft/),
  });
});

it('an nft that ends without a word says that it did', async () => {
  const failure = start({ nft: 'exit 3' });
  await expect(failure).rejects.toMatchObject({ message: containing('ended before') });
  await expect(failure).rejects.not.toMatchObject({ hint: containing('modprobe') });
});

const late = `printf 'Error: Could not process rule: No such file or directory\\nadd chain netdev x hook_chain { device "v0" }\\n' >&2; exec sleep 100`;

it.each([
  ['is gone before the look', { nft: late, links: [[], []] }, /^The interface v0 is gone/],
  ['has another name before the look', { nft: late, links: [[], [{ ifname: 'w0', ifindex: 7 }]] }, /renamed to w0/],
  [
    'has left its name to another one before the look',
    { nft: late, links: [[{ ifname: 'v0', ifindex: 9 }], [{ ifname: 'v0', ifindex: 9 }]] },
    /^The interface v0 is gone/,
  ],
  ['goes behind the look', { nft: late, links: [here, []] }, /^The interface v0 is gone/],
  ['gets another name behind the look', { nft: late, links: [here, [{ ifname: 'w0', ifindex: 7 }]] }, /renamed to w0/],
] as const)('an interface that %s', async (_, scene, message) => {
  await expect(start(scene)).rejects.toMatchObject({ code: 'not_found', message: matching(message) });
});
