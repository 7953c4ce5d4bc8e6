// Fields of application layers beside tshark's, packet by packet. Streams and fragments are not put together, in either.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePacket, type PacketBytes } from '../../src/capture/decode.ts';
import { fieldsByName, layersByName } from '../../src/capture/layers/index.ts';
import type { FieldType, FieldValue } from '../../src/capture/layers/layer.ts';
import { tshark } from './tshark.ts';

const separate = [
  ...['tcp.desegment_tcp_streams', 'ip.defragment', 'ipv6.defragment'].flatMap((name) => ['-o', `${name}:FALSE`]),
];

const inFolder = <T>(use: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'netmcp-layers-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The packets of a file, which editcap turns into the plainest format there is (one link type for all of them). */
export const packetsOf = (file: string): PacketBytes[] => {
  const bytes = inFolder((folder) => {
    const plain = join(folder, 'plain.pcap');
    execFileSync('editcap', ['-F', 'pcap', file, plain], { stdio: 'ignore' });
    return readFileSync(plain);
  });
  const packets: PacketBytes[] = [];
  const link = bytes.readUInt32LE(20);
  for (let at = 24; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 8);
    packets.push({ bytes: bytes.subarray(at + 16, at + 16 + length), link, original: bytes.readUInt32LE(at + 12) });
    at += 16 + length;
  }
  return packets;
};

export const writePcap = (file: string, packets: readonly PacketBytes[]): void => {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(packets[0]?.link ?? 1, 20);
  const records = packets.flatMap(({ bytes, original }) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000, 0);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(original, 12);
    return [record, bytes];
  });
  writeFileSync(file, Buffer.concat([header, ...records]));
};

const shown = (value: FieldValue, type: FieldType): string => {
  if (value instanceof Uint8Array) {
    return type === 'ipv4' ? value.join('.') : Buffer.from(value).toString('hex');
  }
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
};

const groupsOf = (address: string): string[] => {
  const [front = '', back] = address.split('::');
  const words = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'));
  const [first, last] = [words(front), words(back)];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
};

/** tshark's text in our form. */
const normal = (text: string, type: FieldType): string => {
  if (text === '<MISSING>') return '';
  if (type === 'protocol') return '1';
  if (type === 'uint') return String(BigInt(text));
  if (type === 'boolean') return text === '' ? '1' : text;
  if (type === 'ipv6')
    return groupsOf(text)
      .map((group) => group.padStart(4, '0'))
      .join('');
  return type === 'bytes' || type === 'ether' ? text.replaceAll(':', '') : text;
};

/** What tshark gives and what we give for one field of one packet, where they differ. */
export interface Difference {
  packet: number;
  field: string;
  tshark: readonly string[];
  ours: readonly string[];
}

export interface Comparison {
  /** Values compared. */
  values: number;
  differences: Difference[];
}

/** Compares every field of the named layers but those in `except` in the packets that tshark's filter lets through. */
export const compareLayers = async (
  file: string,
  layers: readonly string[],
  {
    except = [],
    filter = layers.join(' or '),
    options = [],
  }: { except?: readonly string[]; filter?: string; options?: readonly string[] } = {},
): Promise<Comparison> => {
  const fields = [...new Set(layers.flatMap((name) => Object.keys(layersByName.get(name)?.fields ?? {})))]
    // Times are shown as text there.
    .filter((name) => fieldsByName.get(name)?.type !== 'time' && !except.includes(name));
  const wanted = ['frame.number', ...fields].flatMap((name) => ['-e', name]);
  const output = ['-T', 'fields', ...wanted, '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=\u0001'];
  const text = await tshark(file, [...separate, ...options, ...output, '-Y', filter]);
  const packets = packetsOf(file);
  const comparison: Comparison = { values: 0, differences: [] };
  for (const line of text.split('\n').slice(0, -1)) {
    const [number = '', ...values] = line.split('\t');
    const packet = packets[Number(number) - 1];
    const decoded = packet === undefined ? [] : decodePacket(packet);
    fields.forEach((field, index) => {
      const type = fieldsByName.get(field)?.type ?? 'string';
      const theirs = (values[index] ?? '') === '' ? [] : (values[index] ?? '').split('\u0001');
      const tsharks = theirs.map((value) => normal(value, type));
      const ours = decoded.flatMap(({ fields: own }) => (own.get(field) ?? []).map((value) => shown(value, type)));
      comparison.values += tsharks.length;
      // tshark leaves an empty text out.
      if (tsharks.filter((value) => value !== '').join('\n') !== ours.filter((value) => value !== '').join('\n')) {
        comparison.differences.push({ packet: Number(number), field, tshark: tsharks, ours });
      }
    });
  }
  return comparison;
};
