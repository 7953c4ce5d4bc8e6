// The detailed decoder on hostile bytes: never throws, is bounded, and a filter's view of a packet is that of who shows it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  collectFields,
  decodePacket,
  wantedFields,
  type DecodedLayer,
  type PacketBytes,
} from '../../src/capture/decode.ts';
import { fieldsByName, layersByName } from '../../src/capture/layers/index.ts';
import { payloadOf, printable, showLayers } from '../../src/capture/show-layers.ts';
import { frame, ip, join, tcp } from './craft.ts';
import { layerPackets } from './layer-packets.ts';

const crafted: PacketBytes[] = Object.entries(layerPackets).flatMap(([link, packets]) =>
  packets.map((bytes) => ({ bytes: Uint8Array.from(bytes), link: Number(link), original: bytes.length })),
);

const random = fc.record({
  bytes: fc.uint8Array({ maxLength: 300 }),
  link: fc.constantFrom(...Object.keys(layerPackets).map(Number), 14, 50, 51, 147),
  original: fc.integer({ min: 0, max: 100_000 }),
});

/** A crafted packet with some bytes changed, cut somewhere. */
const mutated = fc
  .record({
    packet: fc.constantFrom(...crafted),
    changes: fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    length: fc.nat(220),
    original: fc.integer({ min: 0, max: 70_000 }),
  })
  .map(({ packet, changes, length, original }) => {
    const bytes = packet.bytes.slice(0, length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return { ...packet, bytes, original };
  });

const anyPacket = fc.oneof(random, mutated, mutated);

const plainly = (layers: readonly DecodedLayer[]): Record<string, unknown[]> => {
  const all: Record<string, unknown[]> = {};
  for (const { fields } of layers) for (const [name, values] of fields) all[name] = [...(all[name] ?? []), ...values];
  return all;
};

const layersOf = (packet: PacketBytes): string[] => decodePacket(packet).map(({ layer }) => layer.name);

const packetOf = (link: number, bytes: readonly number[], original = bytes.length): PacketBytes => ({
  bytes: Uint8Array.from(bytes),
  link,
  original,
});

describe('decodePacket', () => {
  it('never throws, stays within the packet, and names only fields that are declared', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const layers = decodePacket(packet);
        expect(layers.length).toBeLessThanOrEqual(40);
        const outside = layers.filter(
          ({ start, length }) => start < 0 || length < 0 || start + length > packet.bytes.length,
        );
        expect(outside).toEqual([]);
        const undeclared = layers.flatMap(({ layer, fields }) =>
          [...fields.keys()].filter((name) => !Object.hasOwn(layer.fields, name)),
        );
        expect(undeclared).toEqual([]);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    ['IP', 148, 0],
    ['IP', 148, 1],
    ['IP', 148, 5],
    ['TCP', 8, 0],
    ['TCP', 8, 1],
    ['TCP', 8, 5],
  ])('says of an option of %s that kind %i cannot have length %i', (name, kind, length) => {
    const options = [kind, length, 0, 0];
    const segment = tcp({
      sourcePort: 1,
      destinationPort: 2,
      seq: 0,
      flags: 'S',
      options: name === 'TCP' ? options : [],
    });
    const behind = name === 'IP' ? join(Uint8Array.from(options), segment) : segment;
    const bytes = frame(ip('10.0.0.1', '10.0.0.2', 6, behind));
    if (name === 'IP') bytes[14] = 0x46;
    const notes = decodePacket({ bytes, link: 1, original: bytes.length }).flatMap((layer) => layer.notes);
    expect(notes).toContain(`${name} option ${kind} has an impossible length.`);
  });

  it('gives values of the declared types', () => {
    const sizes: Readonly<Record<string, number>> = { ipv4: 4, ipv6: 16, ether: 6 };
    for (const packet of crafted)
      for (const { layer, fields } of decodePacket(packet))
        for (const [name, values] of fields) {
          const type = layer.fields[name]?.type ?? '';
          for (const value of values) {
            const kind = value instanceof Uint8Array ? 'bytes' : typeof value;
            const size = sizes[type];
            if (size !== undefined)
              expect([name, kind, value]).toEqual([name, 'bytes', expect.objectContaining({ length: size })]);
            else if (type === 'uint') expect([name, kind]).toEqual([name, expect.stringMatching(/^(number|bigint)$/)]);
            else if (type === 'boolean' || type === 'protocol') expect([name, kind]).toEqual([name, 'boolean']);
            else expect([name, kind]).toEqual([name, type]);
          }
        }
  });

  it('shows a fragment as it is, and says so', () => {
    const fragments = crafted
      .map(decodePacket)
      .filter((layers) => layers.some(({ notes }) => notes.join().includes('fragment')));
    expect(fragments.map((layers) => layers.map(({ layer }) => layer.name).join(':'))).toEqual([
      'eth:ip:data',
      'eth:ipv6:ipv6.fraghdr:data',
    ]);
  });

  it('goes on with the packet that an ICMP error quotes, and takes its shortness as it is', () => {
    const quoted = crafted.map(decodePacket).find((layers) => layers.some(({ fields }) => fields.has('icmp.mtu')));
    expect(quoted?.map(({ layer }) => layer.name)).toEqual(['eth', 'ip', 'icmp', 'ip', 'tcp']);
    expect(quoted?.[3]?.notes).toEqual([]);
    expect(quoted?.[4]?.fields.get('tcp.dstport')).toEqual([40_002]);
  });

  it('looks into 40 layers and no more', () => {
    const header = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, 4, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
    const nested = Array.from({ length: 100 }, () => header).flat();
    expect(layersOf(packetOf(101, nested))).toHaveLength(40);
  });

  it('says that the capture cut a header, or that the packet did', () => {
    const [packet] = layerPackets[1] ?? [];
    const short = (packet ?? []).slice(0, 40);
    expect(
      decodePacket(packetOf(1, short, 200))
        .at(-1)
        ?.notes.join(),
    ).toContain('the capture cut the packet');
    expect(decodePacket(packetOf(1, short)).at(-1)?.notes.join()).toContain('the packet ends early');
  });

  it('counts bytes on the wire, not captured ones', () => {
    const [, packet] = layerPackets[1] ?? [];
    const cut = decodePacket(packetOf(1, (packet ?? []).slice(0, -5), (packet ?? []).length));
    expect(cut.find(({ layer }) => layer.name === 'tcp')?.fields.get('tcp.len')).toEqual([7]);
  });

  it('takes an unknown link type as data', () => {
    expect(layersOf(packetOf(147, [1, 2, 3]))).toEqual(['data']);
    expect(layersOf(packetOf(1, []))).toEqual(['eth']);
  });
});

describe('collectFields', () => {
  const names = [...fieldsByName.keys()];

  it('finds the same values as decodePacket, whatever is wanted', () => {
    fc.assert(
      fc.property(anyPacket, fc.uniqueArray(fc.constantFrom(...names), { maxLength: 12 }), (packet, wanted) => {
        const layers = decodePacket(packet);
        const all = plainly(layers);
        const collected = collectFields(packet, wantedFields(wanted));
        expect(collected.layers).toEqual(layers.map(({ layer }) => layer.name));
        expect(Object.fromEntries(collected.values)).toEqual(
          Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name))),
        );
      }),
      { numRuns: 10_000 },
    );
  });

  it('finds every field that is there when it is the only one wanted', () => {
    for (const packet of crafted) {
      const all = plainly(decodePacket(packet));
      for (const [name, values] of Object.entries(all))
        expect(collectFields(packet, wantedFields([name])).values.get(name)).toEqual(values);
    }
  });
});

describe('the list of layers', () => {
  it('names every layer and every field once', () => {
    for (const [name, layer] of layersByName) expect(layer.name).toBe(name);
    const declared = [...layersByName.values()].flatMap(({ fields }) => Object.keys(fields));
    for (const name of declared) expect(name).toMatch(/^[a-z0-9_]+(\.[A-Za-z0-9_-]+)+$/);
  });

  it('has a crafted packet for every layer up to transport', () => {
    const seen = new Set(crafted.flatMap(layersOf));
    const applications = ['dns', 'mdns', 'llmnr', 'dhcp', 'dhcpv6', 'ntp', 'quic', 'tls', 'http'];
    expect([...layersByName.keys()].filter((name) => !seen.has(name) && !applications.includes(name))).toEqual([]);
  });
});

describe('shown layers', () => {
  it('fit the budget, whatever the packet', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const layers = decodePacket(packet);
        expect(JSON.stringify(showLayers(layers, 1600)).length).toBeLessThanOrEqual(1600);
        expect(JSON.stringify(showLayers(layers, 4800)).length).toBeLessThanOrEqual(4800);
      }),
      { numRuns: 2000 },
    );
  });

  it('have addresses as text, say what is left out, and keep the payload back', () => {
    const [, packet = []] = layerPackets[1] ?? [];
    const layers = decodePacket(packetOf(1, packet));
    const [eth, ip, tcp, data] = showLayers(layers, 4800);
    expect(eth?.fields['eth.dst']).toBe('02:00:00:00:00:01');
    expect(ip?.fields['ip.src']).toBe('10.0.0.1');
    expect(tcp?.fields['tcp.flags.syn']).toBe(true);
    expect([...Object.keys(tcp?.fields ?? {}), ...Object.keys(data?.fields ?? {})]).not.toContain('tcp.payload');
    expect(JSON.stringify([eth, ip, tcp, data])).not.toContain(Buffer.from('payload').toString('hex'));
    expect(tcp?.omitted).toBe(0);
    expect(showLayers(layers, 900)[2]?.omitted).toBeGreaterThan(10);
    expect(printable(payloadOf(Uint8Array.from(packet), layers))).toBe('payload');
  });
});
