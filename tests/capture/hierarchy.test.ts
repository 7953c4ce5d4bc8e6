// The protocol tree against Wireshark's protocol hierarchy statistic: every public capture, each difference listed with its reason, and
// crafted packets of every layer.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { craftedDifferences, hierarchyDifferences } from './hierarchy-differences.ts';
import { engineTree, treeDifferences, tsharkTree } from './hierarchy-trees.ts';
import { unreadable } from './reference-exceptions.ts';
import { layerPackets, pcapngOf, pcapOf } from './tree-packets.ts';
import { publicCaptures } from './tshark.ts';

const compare = async (path: string): Promise<string[]> => {
  const [mine, reference] = await Promise.all([engineTree(path), tsharkTree(path)]);
  return treeDifferences(mine, reference);
};

describe('the protocol tree of public captures is that of tshark', () => {
  for (const { name, path } of publicCaptures()) {
    if (unreadable.includes(name)) continue;
    const listed = hierarchyDifferences.find(({ file }) => file === name);
    it(name, async () => {
      expect(await compare(path)).toEqual([...(listed?.differences ?? [])].sort());
    });
  }
});

describe('the protocol tree of crafted packets is that of tshark', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netmcp-layers-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  for (const { name, link, packets } of layerPackets) {
    it(name, async () => {
      const path = join(folder, `${name}.pcap`);
      await writeFile(path, pcapOf(link, packets));
      const listed = craftedDifferences.find(({ file }) => file === name);
      expect(await compare(path)).toEqual([...(listed?.differences ?? [])].sort());
      const newer = join(folder, `${name}.pcapng`);
      await writeFile(newer, pcapngOf(link, packets));
      expect([...(await engineTree(newer))]).toEqual([...(await engineTree(path))]);
    });
  }
});
