// The engine, which counts every packet, and the detailed decoder, which shows one, see the same protocols in it, as tshark does: from the
// link layer to transport, tunnels included. What applications are is for the tests of applications.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePacket, type PacketBytes } from '../../src/capture/decode.ts';
import type { Engine } from '../../src/capture/engine/engine.ts';
import * as layout from '../../src/capture/engine/layout.ts';
import { protocolName } from '../../src/capture/protocol-names.ts';
import { readCapture } from '../../src/capture/read.ts';
import { createCaptures } from '../../src/host/captures.ts';
import { NetError } from '../../src/model/errors.ts';
import { writePcap } from './application-reference.ts';
import { layerPackets } from './layer-packets.ts';
import { publicCaptures, tsharkFields } from './tshark.ts';

const compared: ReadonlySet<string> = new Set([
  ...['eth', 'sll', 'null', 'raw', 'ppp', 'radiotap', 'wlan', 'llc', 'vlan', 'ieee8021ad', 'mpls', 'pppoed', 'pppoes'],
  ...['arp', 'ip', 'ipv6', 'ah', 'esp', 'gre', 'erspan', 'vxlan', 'geneve', 'gtp', 'teredo', 'wg', 'icmp', 'icmpv6'],
  ...['igmp', 'ospf', 'vrrp', 'tcp', 'udp', 'sctp'],
]);

/** Names that are compared, joined; a stack of labels is one layer, and tshark names IGMP twice. */
const pathOf = (names: readonly string[]): string =>
  names
    .filter((name) => compared.has(name))
    .filter((name, index, all) => !(['mpls', 'igmp'].includes(name) && all[index - 1] === name))
    .join(':');

interface Seen extends PacketBytes {
  name: string;
  engine: string;
  decoder: string;
  /** The decoder shows a fragment; the others put the last one together with those before. */
  fragment: boolean;
}

const enginePath = ({ exports }: Engine, node: number): string => {
  const names: string[] = [];
  for (let at = node; at !== 0; at = exports.nodeParent(at)) names.unshift(protocolName(exports.nodeProtocol(at)));
  return pathOf(names);
};

const captures = createCaptures({ maxPackets: undefined, allowCustomFilters: true, allowedPaths: ['/'] });

const readFile = async (name: string, path: string): Promise<Seen[]> => {
  const seen: Seen[] = [];
  const source = await captures.open(path);
  const { signal } = new AbortController();
  try {
    await readCapture(source, { maxPackets: undefined, signal }, (engine, entries, address) => {
      for (let index = 0; index < entries; index += 1) {
        const entry = new DataView(engine.memory.buffer, address + index * layout.ENTRY_BYTES, layout.ENTRY_BYTES);
        const word = (offset: number): number => entry.getUint32(offset, true);
        const start = word(layout.ENTRY_START);
        const packet = {
          bytes: new Uint8Array(engine.memory.buffer, start, word(layout.ENTRY_CAPTURED)).slice(),
          link: word(layout.ENTRY_LINK),
          original: word(layout.ENTRY_ORIGINAL),
        };
        const layers = decodePacket(packet);
        seen.push({
          ...packet,
          name: `${name}#${word(layout.ENTRY_NUMBER)}`,
          engine: enginePath(engine, word(layout.ENTRY_NODE)),
          decoder: pathOf(layers.map(({ layer }) => layer.name)),
          fragment: layers.some(({ notes }) => notes.some((note) => note.startsWith('A fragment'))),
        });
      }
      return false;
    });
  } catch (error) {
    // Files without a packet are other tests' matter.
    if (!(error instanceof NetError)) throw error;
  } finally {
    await source.close();
  }
  return seen;
};

const agrees = ({ decoder, fragment }: Seen, other: string): boolean =>
  decoder === other || (fragment && other.startsWith(decoder));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-agreement-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The engine counts an ICMP error as such: what it quotes was not sent; and AH in IPv6 as one more extension header, as tshark's hierarchy does. */
const sent = (path: string): string => path.replace(/(icmp|icmpv6):.*/, '$1').replaceAll('ipv6:ah', 'ipv6');

/** 8 bytes of Ethernet: the engine counts it as cut, as tshark's hierarchy does; tshark's packet and ours begin with Ethernet. */
const cut = 'zeek/trunc__trunc-hdr.pcap#1';

describe('protocols of a packet', () => {
  let seen: Seen[] = [];
  beforeAll(async () => {
    for (const [link, packets] of Object.entries(layerPackets)) {
      const path = join(folder, `crafted-${link}.pcap`);
      writePcap(
        path,
        packets.map((bytes) => ({ bytes: Uint8Array.from(bytes), link: Number(link), original: bytes.length })),
      );
      seen.push(...(await readFile(`crafted-${link}`, path)));
    }
    for (const { name, path } of publicCaptures()) seen = [...seen, ...(await readFile(name, path))];
  }, 60_000);

  it('are the same in the engine and in the decoder', () => {
    const differences = seen
      .filter((packet) => !agrees({ ...packet, decoder: sent(packet.decoder) }, packet.engine) && packet.name !== cut)
      .map(({ name, engine, decoder }) => `${name}: engine ${engine}, decoder ${decoder}`);
    expect(differences).toEqual([]);
    expect(seen.length).toBeGreaterThan(publicCaptures().length === 0 ? 80 : 1700);
  });

  it('are the same as in tshark', { timeout: 60_000 }, async () => {
    const differences: string[] = [];
    for (const link of new Set(seen.map((packet) => packet.link))) {
      const packets = seen.filter((packet) => packet.link === link);
      const file = join(folder, `all-${link}.pcap`);
      writePcap(file, packets);
      const rows = await tsharkFields(file, ['frame.protocols']);
      packets.forEach((packet, index) => {
        const tshark = pathOf((rows[index]?.[0] ?? '').split(':'));
        if (!agrees(packet, tshark)) differences.push(`${packet.name}: tshark ${tshark}, decoder ${packet.decoder}`);
      });
    }
    expect(differences).toEqual([]);
  });
});
