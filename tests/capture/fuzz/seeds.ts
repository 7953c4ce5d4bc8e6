// What the fuzzer begins with: crafted captures of every layer and format, and the public ones where they lie beside the project.
import { readFileSync } from 'node:fs';
import { wildCapture } from '../conversations.ts';
import { type Crafted, pcap, pcapng } from '../craft.ts';
import { captureFile, query, response, udp, client, resolver } from '../dns-craft.ts';
import { dhcpv6Packets, dnsPackets, ntpPackets, quicPackets, tlsPackets } from '../application-packets.ts';
import { layerPackets } from '../layer-packets.ts';
import { publicCaptures } from '../tshark.ts';

export interface Seed {
  name: string;
  bytes: Uint8Array;
}

/** Of a longer capture only the beginning is used. An input is made of some packets of it, from any place. */
const most = 512 * 1024;

const timed = (packets: readonly Uint8Array[]): Crafted[] =>
  packets.map((bytes, index) => ({ time: 1_700_000_000_000_000_000n + BigInt(index) * 1_000_000n, bytes }));

const crafted = (): Seed[] => {
  const applications = [dnsPackets, dhcpv6Packets, ntpPackets, tlsPackets, quicPackets].flatMap((make) => make());
  const wild = wildCapture(1, 8, 12);
  const question = query(7, 'a.example.com');
  const dns = [udp(1, client, resolver, question), udp(2, resolver, client, response(7, 'a.example.com'))];
  return [
    ...Object.entries(layerPackets).flatMap(([link, packets]) => {
      const frames = timed(packets.map((bytes) => Uint8Array.from(bytes)));
      return [
        { name: `layers of link type ${link}`, bytes: pcap(frames, { link: Number(link) }) },
        { name: `layers of link type ${link}, pcapng`, bytes: pcapng(frames, { link: Number(link) }) },
      ];
    }),
    {
      name: 'applications',
      bytes: pcap(timed(applications.map(({ bytes }) => bytes)), { link: applications[0]?.link ?? 1 }),
    },
    { name: 'wild TCP', bytes: pcap(wild) },
    { name: 'wild TCP, pcapng of the other byte order', bytes: pcapng(wild, { bigEndian: true }) },
    { name: 'wild TCP, cut packets', bytes: pcap(wild, { snaplen: 60, bigEndian: true, nanoseconds: false }) },
    { name: 'DNS', bytes: captureFile(dns) },
  ];
};

export const seeds = (): Seed[] => [
  ...crafted(),
  ...publicCaptures().map(({ name, path }) => ({ name, bytes: new Uint8Array(readFileSync(path)).subarray(0, most) })),
];
