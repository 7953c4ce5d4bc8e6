// get_protocol_hierarchy: branches with what is inside them, depth and length bounded, an empty capture, and the packets asked for.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { getProtocolHierarchy } from '../../src/operations/capture/get-protocol-hierarchy.ts';
import { answerOf } from './ask.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';
import { layerPackets, pcapOf } from './tree-packets.ts';

const amount = z.strictObject({ packets: z.number(), bytes: z.number() });
const answerSchema = z.looseObject({
  summary: z.string(),
  packets: z.number(),
  bytes: z.number(),
  hierarchy: z.array(
    z.looseObject({ path: z.string(), ...amount.shape, percent_packets: z.number(), percent_bytes: z.number() }),
  ),
  total: z.number(),
  truncated: z.boolean(),
  cursor: z.string().nullable(),
  protocols: z.record(z.string(), amount),
  coverage: z.looseObject({ packets_read: z.number(), complete: z.boolean() }),
});

const ask = async (file_path: string, more: Record<string, unknown> = {}) =>
  answerSchema.parse(await answerOf(getProtocolHierarchy, { file_path, ...more }));

const packetsOf = (name: string): Uint8Array[] => layerPackets.find((some) => some.name === name)?.packets ?? [];

describe('get_protocol_hierarchy', () => {
  let folder: CaptureFolder;
  let tunnels = '';
  beforeAll(async () => {
    folder = await captureFolder();
    tunnels = await folder.write('tunnels.pcap', pcapOf(1, packetsOf('tunnels')));
  });
  afterAll(() => folder.remove());

  it('counts each packet at every layer above it', async () => {
    const answer = await ask(await folder.write('sll.pcap', pcapOf(113, packetsOf('sll'))));
    expect(answer.hierarchy.map(({ path, packets, bytes }) => [path, packets, bytes])).toEqual([
      ['sll', 2, 122],
      ['sll/vlan', 1, 73],
      ['sll/vlan/ipv6', 1, 73],
      ['sll/vlan/ipv6/udp', 1, 73],
      ['sll/vlan/ipv6/udp/data', 1, 73],
      ['sll/ip', 1, 49],
      ['sll/ip/udp', 1, 49],
      ['sll/ip/udp/data', 1, 49],
    ]);
  });

  it('shows the most frequent branches, never one without those above it, and has the others on further pages', async () => {
    const answer = await ask(tunnels);
    const shown = new Set(answer.hierarchy.map(({ path }) => path));
    expect(shown.size).toBe(24);
    expect(answer).toMatchObject({ truncated: true, cursor: '24' });
    for (const path of shown) if (path.includes('/')) expect(shown).toContain(path.slice(0, path.lastIndexOf('/')));
    // Ethernet in Ethernet counts once.
    expect(answer.packets).toBe(packetsOf('tunnels').length);
    expect(answer.protocols).toMatchObject({ eth: { packets: answer.packets, bytes: answer.bytes } });
    expect(JSON.stringify(answer).length).toBeLessThan(6000);
  });

  it('gives every branch once, page by page, the most frequent first', async () => {
    const whole = (await ask(tunnels, { max_results: 1000 })).hierarchy;
    const paths: string[] = [];
    const least: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await ask(tunnels, { max_results: 7, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.total).toBe(whole.length);
      expect(page.truncated).toBe(page.cursor !== null);
      paths.push(...page.hierarchy.map(({ path }) => path));
      least.push(Math.min(...page.hierarchy.map(({ packets }) => packets)));
      cursor = page.cursor;
    }
    expect(paths.length).toBeGreaterThan(24);
    expect(paths.toSorted()).toEqual(whole.map(({ path }) => path).toSorted());
    expect(least).toEqual(least.toSorted((one, other) => other - one));
  });

  it('keeps to the depth and the packets asked for', async () => {
    const { hierarchy, coverage, packets } = await ask(tunnels, { max_depth: 2, max_packets: 5 });
    expect(hierarchy.map(({ path }) => path)).toEqual(['eth', 'eth/ip']);
    expect(hierarchy[0]).toMatchObject({ packets: 5, percent_packets: 100, percent_bytes: 100 });
    expect(packets).toBe(5);
    expect(coverage).toMatchObject({ packets_read: 5, complete: false });
  });

  it('answers for a capture without packets', async () => {
    const answer = await ask(await folder.write('none.pcap', pcapOf(1, [])));
    expect(answer).toMatchObject({ packets: 0, hierarchy: [], protocols: {}, summary: 'The capture has no packets.' });
  });
});
