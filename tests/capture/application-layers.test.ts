// Application layers beside tshark, on public captures and on crafted packets; and whatever the bytes, none of them throws.
import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodePacket, type PacketBytes } from '../../src/capture/decode.ts';
import { layersByName } from '../../src/capture/layers/index.ts';
import type { FieldValue, LayerInput } from '../../src/capture/layers/layer.ts';
import {
  clientHelloFrame,
  dhcpv6Packets,
  dnsPackets,
  domain,
  ntpPackets,
  quicInitial,
  quicPackets,
  tcp,
  tlsPackets,
  udp,
} from './application-packets.ts';
import { compareLayers, type Comparison, writePcap } from './application-reference.ts';
import { applicationExceptions } from './reference-exceptions.ts';
import { publicCaptures } from './tshark.ts';

const whole = ' and not ip.flags.mf == 1 and not ipv6.fraghdr';

const cases: readonly (readonly [file: string, layer: string])[] = [
  ['tcpdump/dns_udp.pcap', 'dns'],
  ['pcapplusplus/Packet++Test__PacketExamples__dns_over_tcp.pcapng', 'dns'],
  ['zeek/dnssec__nsec3.pcap', 'dns'],
  ['zeek/dns53.pcap', 'dns'],
  ['zeek/dns-edns-ecs.pcap', 'dns'],
  ['zeek/dns__max-compression-depth.pcap', 'dns'],
  ['zeek/dns__dns_extended_rcode.pcap', 'dns'],
  ['zeek/ipv6-fragmented-dns.pcap', 'dns'],
  ['tcpdump/LINKTYPE_RAW_ipv4.pcap', 'dns'],
  ['tcpdump/ipv4_invalid_total_length.pcap', 'dns'],
  ['zeek/tunnels__Teredo.pcap', 'dns'],
  ['zeek/tunnels__Teredo.pcap', 'http'],
  ['zeek/tunnels__Teredo.pcap', 'dhcp'],
  ['pcapng-gen/output_le__basic__test010.pcapng', 'dhcp'],
  ['pcapng-gen/output_be__basic__test016.pcapng', 'dhcp'],
  ['gopacket/be__test901.pcapng', 'dhcp'],
  ['tcpdump/print-flags.pcap', 'http'],
  ['pcapplusplus/ExamplesTest__pcap_examples__http-packets2.pcap', 'http'],
  ['zeek/snap-tcp.pcap', 'http'],
  ['zeek/http-vlan-0.pcap', 'http'],
  ['zeek/mpls-in-vlan.pcap', 'http'],
  ['zeek/ipv6-http-atomic-frag.pcap', 'http'],
  ['zeek/tcp__missing-syn.pcap', 'http'],
  ['zeek/tcp__handshake-reorder.pcap', 'http'],
  ['zeek/tcp__tcp-fast-open.pcap', 'http'],
  ['zeek/tcp__retransmit-timeout.pcapng', 'http'],
  ['pcapplusplus/ExamplesTest__pcap_examples__tls.pcap', 'tls'],
];

const files = publicCaptures();

describe('public captures', () => {
  test.each(files.length > 0 ? cases : [])('%s: %s as tshark has it', async (name, layer) => {
    const except = applicationExceptions.find(({ file, layer: its }) => file === name && its === layer)?.fields ?? [];
    const path = files.find((file) => file.name === name)?.path ?? '';
    const { values, differences } = await compareLayers(path, [layer], { except, filter: layer + whole });
    expect(differences).toEqual([]);
    expect(values).toBeGreaterThan(5);
  });
});

const compareCrafted = async (packets: readonly PacketBytes[], layers: readonly string[]): Promise<Comparison> => {
  const folder = mkdtempSync(join(tmpdir(), 'netmcp-layers-'));
  try {
    const file = join(folder, 'crafted.pcap');
    writePcap(file, packets);
    return await compareLayers(file, layers);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('crafted packets as tshark has them', () => {
  test.each([
    ['DNS, mDNS, LLMNR', dnsPackets(), ['dns', 'mdns', 'llmnr'], 150],
    ['DHCPv6', dhcpv6Packets(), ['dhcpv6'], 60],
    ['NTP', ntpPackets(), ['ntp'], 25],
    ['TLS', tlsPackets(), ['tls'], 10],
    // tshark 4.0.17 knows version 2 as a draft had it, and does not put CRYPTO frames in order.
    ['QUIC', quicPackets().filter((_packet, index) => index !== 1 && index !== 2), ['quic'], 60],
  ] as const)('%s', async (_name, packets, layers, least) => {
    const { values, differences } = await compareCrafted(packets, layers);
    expect(differences).toEqual([]);
    expect(values).toBeGreaterThan(least);
  });
});

const fieldsOf = (packet: PacketBytes): Map<string, readonly FieldValue[]> =>
  new Map(decodePacket(packet).flatMap(({ fields }) => [...fields]));
const notesOf = (packet: PacketBytes): string => decodePacket(packet).at(-1)?.notes.join(' ') ?? '';
const cut = ({ bytes, link, original }: PacketBytes, length: number): PacketBytes => ({
  bytes: bytes.subarray(0, length),
  link,
  original,
});

describe('QUIC', () => {
  test('the test packet is the one of RFC 9001 A.2', () => {
    const packet = quicInitial(1, clientHelloFrame);
    expect(packet).toHaveLength(1200);
    expect(packet.toString('hex')).toMatch(
      /^c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b.*e221af44860018ab0856972e194cd934$/,
    );
  });

  test('the one of version 2 is that of RFC 9369 A.2', () => {
    expect(quicInitial(2, clientHelloFrame).toString('hex')).toMatch(
      /^d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485.*faa745b6fe189cf772a9f84cbfc$/,
    );
  });

  test.each([0, 1, 2])('name and ALPN of the ClientHello, packet %i', (index) => {
    const fields = fieldsOf(quicPackets()[index] ?? udp([1, 1], Buffer.alloc(0)));
    expect(fields.get('tls.handshake.extensions_server_name')).toEqual(['example.com']);
    expect(fields.get('tls.handshake.extensions_alpn_str')).toEqual(['alpn']);
    expect(fields.get('quic.packet_number')).toEqual([2]);
  });

  test('a damaged packet stays closed', () => {
    const packet = quicInitial(1, clientHelloFrame);
    packet[600] = (packet[600] ?? 0) ^ 1;
    const fields = fieldsOf(udp([4000, 443], packet));
    expect(fields.has('quic.dcid')).toBe(true);
    expect(fields.has('quic.packet_number')).toBe(false);
    expect(fields.has('tls.handshake.type')).toBe(false);
  });

  test('a short header needs port 443', () => {
    const payload = Buffer.from(`40${'ab'.repeat(30)}`, 'hex');
    expect(fieldsOf(udp([443, 4000], payload)).get('quic.header_form')).toEqual([0]);
    expect(fieldsOf(udp([4001, 4000], payload)).has('quic.header_form')).toBe(false);
  });
});

describe('cut packets', () => {
  const hello = clientHelloFrame.subarray(4);
  const record = Buffer.concat([Buffer.from('1603010000', 'hex'), hello]);
  record.writeUInt16BE(hello.length, 3);

  test('a ClientHello is decoded as far as it goes', () => {
    const fields = fieldsOf(cut(tcp([4000, 443], record), 54 + 5 + 90));
    expect(fields.get('tls.handshake.extensions_server_name')).toEqual(['example.com']);
    expect(fields.has('tls.handshake.extensions_alpn_str')).toBe(false);
    expect(notesOf(cut(tcp([4000, 443], record), 54 + 5 + 90))).toBe('The capture cut this record.');
    expect(notesOf(tcp([4000, 443], record.subarray(0, 95)))).toBe('This record continues in the next segment.');
  });

  test('a DNS answer gives the records that are whole', () => {
    const [answer = udp([1, 1], Buffer.alloc(0))] = dnsPackets();
    const fields = fieldsOf(cut(answer, 200));
    expect(fields.get('dns.count.answers')).toEqual([10]);
    expect(fields.get('dns.resp.type')).toEqual([65, 33]);
    expect(notesOf(cut(answer, 200))).toBe('The capture cut this message.');
  });

  test('HTTP headers end where the capture does', () => {
    const request = tcp(
      [4000, 80],
      Buffer.from('GET /a b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: probe\r\n\r\nbody'),
    );
    expect(fieldsOf(request).get('http.request.uri')).toEqual(['/a b']);
    const fields = fieldsOf(cut(request, 54 + 45));
    expect([fields.get('http.host'), fields.has('http.user_agent')]).toEqual([['example.com'], false]);
  });
});

describe('domain names', () => {
  const pointing = (...bytes: number[]): PacketBytes =>
    udp(
      [53, 4000],
      Buffer.concat([Buffer.from('123481800001000000000000', 'hex'), Buffer.from(bytes), Buffer.alloc(4)]),
    );

  test.each([
    ['itself', [0xc0, 12]],
    ['what follows', [0xc0, 14, 1, 97, 0]],
    ['a loop of two', [1, 97, 0xc0, 12]],
    ['behind the end', [0xff, 0xff]],
  ])('a pointer to %s gives no name', (_what, bytes) => {
    expect(fieldsOf(pointing(...bytes)).has('dns.qry.name')).toBe(false);
    expect(notesOf(pointing(...bytes))).toContain('broken');
  });

  test('of more than 255 bytes are none', () => {
    const label = 'x'.repeat(60);
    expect(fieldsOf(pointing(...domain(`${label}.${label}.${label}.${label}`))).has('dns.qry.name')).toBe(true);
    expect(fieldsOf(pointing(...domain(`${label}.${label}.${label}.${label}.${label}`))).has('dns.qry.name')).toBe(
      false,
    );
  });
});

const dnsStart = Buffer.from('1234818000010002000000000161c00c', 'hex');
const started: Readonly<Record<string, Buffer>> = {
  dhcp: Buffer.concat([Buffer.from('01010600', 'hex'), Buffer.alloc(232), Buffer.from('63825363', 'hex')]),
  dhcpv6: Buffer.from('0c00', 'hex'),
  ntp: Buffer.from('24', 'hex'),
  quic: Buffer.from('c0000000010000', 'hex'),
  tls: Buffer.from('160301010001', 'hex'),
  http: Buffer.from('GET / HTTP/1.1\r\nHost: '),
};

test.each(['dns', 'mdns', 'llmnr', 'dhcp', 'dhcpv6', 'ntp', 'quic', 'tls', 'http'])(
  '%s never throws and reads only its own bytes',
  (name) => {
    const layer = layersByName.get(name);
    const run = (bytes: Uint8Array, at: number, cutBy: number, announced: number): string => {
      const seen: unknown[] = [];
      const context = { sourcePort: 443, destinationPort: 53, source: undefined, destination: undefined, announced };
      const end = Math.max(at, bytes.length - cutBy);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const input: LayerInput = { bytes, view, at, end, wire: bytes.length, context, brief: false };
      layer?.claims?.('udp', input);
      layer?.claims?.('tcp', input);
      layer?.decode(input, {
        field: (field, value) => {
          expect(layer.fields, field).toHaveProperty([field]);
          seen.push(field, String(value));
        },
        note: (text) => seen.push(text),
      });
      return JSON.stringify(seen);
    };
    const anything = fc.uint8Array({ maxLength: 400 });
    const shaped = anything.map((tail) => new Uint8Array(Buffer.concat([started[name] ?? dnsStart, tail])));
    fc.assert(
      fc.property(
        fc.oneof(anything, shaped),
        fc.nat(20),
        fc.nat(30),
        fc.constantFrom(6, 17),
        (bytes, at, cutBy, proto) => {
          const start = Math.min(at % 3 === 0 ? 0 : at, bytes.length);
          const changed = Uint8Array.from(bytes);
          const end = Math.max(start, bytes.length - cutBy);
          for (let index = end; index < changed.length; index += 1) changed[index] = (changed[index] ?? 0) ^ 0xff;
          expect(run(changed, start, cutBy, proto)).toBe(run(bytes, start, cutBy, proto));
        },
      ),
      { numRuns: 2000 },
    );
  },
);
