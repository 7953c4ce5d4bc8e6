// Every field of the layers up to transport, in every packet, against tshark: in public captures and in crafted packets of all layers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PacketBytes } from '../../src/capture/decode.ts';
import { layersByName } from '../../src/capture/layers/index.ts';
import { compareLayers, packetsOf, writePcap, type Difference } from './application-reference.ts';
import { layerPackets } from './layer-packets.ts';
import { craftedFieldExceptions, fieldExceptions } from './reference-exceptions.ts';
import { requireFeature } from '../helpers/skip.ts';
import { besideTheProject, publicCaptures, type PublicCapture } from './tshark.ts';

const layers = [
  ...['eth', 'sll', 'null', 'ppp', 'radiotap', 'wlan', 'llc', 'vlan', 'ieee8021ad', 'mpls', 'pppoed', 'pppoes', 'arp'],
  ...['ip', 'ipv6', 'ipv6.hopopts', 'ipv6.routing', 'ipv6.fraghdr', 'ipv6.dstopts', 'ah', 'esp', 'igmp', 'ospf'],
  ...['vrrp', 'gre', 'erspan', 'vxlan', 'geneve', 'gtp', 'teredo', 'wg', 'icmp', 'icmpv6', 'tcp', 'udp', 'sctp'],
];

/** First fragments are not looked into; tshark does so when it must not put fragments together. */
const wholePackets =
  'frame and not (ip.flags.mf == 1 and ip.frag_offset == 0) and not (ipv6.fraghdr.more == 1 and ipv6.fraghdr.offset == 0)';
const checks = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].map((name) => `${name}:TRUE`);
const options = [...checks, 'tcp.relative_sequence_numbers:FALSE'].flatMap((value) => ['-o', value]);

const listed = (nameOf: (packet: number) => string, differences: readonly Difference[]): string[] =>
  differences.map(({ packet, field, tshark, ours }) => `${nameOf(packet)} ${field}: ${tshark.join()} / ${ours.join()}`);

interface Named extends PacketBytes {
  /** File and number in it. */
  name: string;
}

const namedPackets = ({ name, path }: PublicCapture): Named[] => {
  try {
    return packetsOf(path).map((packet, index) => ({ ...packet, name: `${name}#${index + 1}` }));
  } catch {
    // editcap has no plain format for files with several link types: agreement.test.ts reads them.
    return [];
  }
};

/** Packets where we give more or less than tshark. */
const exceptions = new Set(fieldExceptions.map(({ file, packets }) => `${file}#${packets}`));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netmcp-layers-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('fields up to transport', () => {
  it('know at least 200 fields', () => {
    const names = layers.flatMap((name) => Object.keys(layersByName.get(name)?.fields ?? {}));
    expect(new Set(names).size).toBeGreaterThan(200);
  });

  it('are those of tshark in public captures', { timeout: 180_000 }, async (context) => {
    await requireFeature(context, besideTheProject);
    // All packets of a link type in one file: tshark takes longer to start than to read.
    const all = publicCaptures().flatMap(namedPackets);
    let values = 0;
    const differences: string[] = [];
    for (const link of new Set(all.map((packet) => packet.link))) {
      const packets = all.filter((packet) => packet.link === link);
      const file = join(folder, `public-${link}.pcap`);
      writePcap(file, packets);
      const compared = await compareLayers(file, layers, { filter: wholePackets, options });
      values += compared.values;
      differences.push(...listed((packet) => packets[packet - 1]?.name ?? '', compared.differences));
    }
    expect(differences.filter((line) => !exceptions.has(line.split(' ')[0] ?? ''))).toEqual([]);
    expect(new Set(differences.map((line) => line.split(' ')[0]))).toEqual(exceptions);
    expect(values).toBeGreaterThan(100_000);
  });
});

describe('fields of crafted packets', () => {
  it.each(Object.entries(layerPackets))('are those of tshark, link type %s', async (link, bytes) => {
    const file = join(folder, `${link}.pcap`);
    const packets = bytes.map((one) => ({ bytes: Uint8Array.from(one), link: Number(link), original: one.length }));
    writePcap(file, packets);
    const { values, differences } = await compareLayers(file, layers, { filter: 'frame', options });
    expect(listed((packet) => `${link}#${packet}`, differences)).toEqual(
      (craftedFieldExceptions[Number(link)] ?? []).map(({ line }) => line),
    );
    expect(values).toBeGreaterThan(20);
  });
});
