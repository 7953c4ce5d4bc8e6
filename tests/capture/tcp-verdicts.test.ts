// TCP verdicts packet by packet against tshark: on public captures, and on conversations made by chance.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pcap, pcapng } from './craft.ts';
import { wildCapture } from './conversations.ts';
import { unreadable } from './reference-exceptions.ts';
import { tcpDifferences } from './tcp-differences.ts';
import { differences, judgedByEngine, judgedByTshark } from './tcp-reference.ts';
import { publicCaptures } from './tshark.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netmcp-tcp-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('public captures', () => {
  for (const { name, path } of publicCaptures().filter((capture) => !unreadable.includes(capture.name)))
    test(name, async () => {
      const engine = await judgedByEngine(new Uint8Array(readFileSync(path)));
      const tshark = await judgedByTshark(path);
      expect(differences(tshark.verdicts, engine.verdicts)).toEqual([]);
    });
});

describe('conversations by chance', () => {
  test.each([1, 2, 3, 4, 5, 6])('seed %i', async (seed) => {
    const packets = wildCapture(seed);
    const path = join(folder, `wild-${seed}`);
    const bytes = seed % 2 === 0 ? pcap(packets) : pcapng(packets, { bigEndian: seed % 3 === 0 });
    writeFileSync(path, bytes);
    const engine = await judgedByEngine(bytes);
    const tshark = await judgedByTshark(path);
    expect(tshark.verdicts.size).toBeGreaterThan(1000);
    expect(differences(tshark.streams, engine.streams)).toEqual([]);
    const listed = tcpDifferences.filter((difference) => difference.seed === seed);
    expect(differences(tshark.verdicts, engine.verdicts)).toEqual(
      listed.map(({ packet, tshark: theirs, engine: ours }) => `${packet}: ${theirs} | ${ours}`),
    );
  });
});
