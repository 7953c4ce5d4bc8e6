// Which names a filter may use: the fields and protocols that are decoded, and what else the engine knows. Unknown ones get the nearest names.
import type { NetError } from '../../model/errors.ts';
import { fieldsByName, layersByName } from '../layers/index.ts';
import type { FieldSpec } from '../layers/layer.ts';
import { filterFault, quoted } from './fault.ts';

/** Numbers that only a reader of the whole file has. */
const readerFields: Readonly<Record<string, FieldSpec>> = {
  'frame.time_delta': { type: 'time', label: 'Seconds since the packet before' },
  'tcp.seq': { type: 'uint', label: "Sequence number, from the connection's first" },
  'tcp.ack': { type: 'uint', label: "Acknowledgment number, from the connection's first" },
  'tcp.window_size': { type: 'uint', label: 'Window in bytes, scaled as the handshake says' },
  'tcp.stream': { type: 'uint', label: 'Number of the TCP connection, from 0' },
  'udp.stream': { type: 'uint', label: 'Number of the UDP conversation, from 0' },
};

export const fieldSpec = (name: string): FieldSpec | undefined => fieldsByName.get(name) ?? readerFields[name];

/** `frame` is every packet. */
export const isProtocol = (name: string): boolean => name === 'frame' || layersByName.has(name);

/** Nothing stands behind this layer: it may be what a TCP segment carries. */
export const isInnermost = (name: string): boolean => layersByName.get(name)?.leaf === true;

const filterNames = (): string[] => [
  ...new Set(['frame', ...layersByName.keys(), ...fieldsByName.keys(), ...Object.keys(readerFields)]),
];

/** Names Wireshark had before. */
const renamed: readonly (readonly [RegExp, string])[] = [
  [/^ssl\b/, 'tls'],
  [/^bootp\b/, 'dhcp'],
  [/^tls\.sni$/, 'tls.handshake.extensions_server_name'],
];

/** Insertions, deletions and replacements that make one of the other. */
export const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let at = 0; at < left.length; at += 1) {
    const next = [at + 1];
    for (let other = 0; other < right.length; other += 1) {
      const replaced = (row[other] ?? 0) + (left[at] === right[other] ? 0 : 1);
      next.push(Math.min(replaced, (row[other + 1] ?? 0) + 1, (next[other] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
};

const bound = 64;

/** Up to four names, nearest first: mistyped ones, then those that hold the same last part, then those of the same protocol. */
export const nearFields = (name: string): string[] => {
  const wanted = renamed.reduce(
    (text, [pattern, now]) => text.replace(pattern, now),
    name.slice(0, bound).toLowerCase(),
  );
  const names = filterNames();
  if (names.includes(wanted)) return [wanted];
  const [protocol = ''] = wanted.split('.');
  const last = wanted.split('.').at(-1) ?? '';
  const far = (candidate: string): number => {
    const typed = distance(wanted, candidate);
    if (typed <= Math.max(1, Math.floor(wanted.length / 4))) return typed;
    if (last.length > 2 && wanted.includes('.') && candidate.startsWith(`${protocol}.`) && candidate.includes(last))
      return 20 + typed;
    if (candidate.startsWith(wanted)) return 100 + candidate.length;
    if (last.length > 2 && candidate.split('.').at(-1) === last) return 200 + typed;
    return candidate.startsWith(`${protocol}.`) ? 300 + typed : Infinity;
  };
  return names
    .map((candidate) => ({ candidate, far: far(candidate) }))
    .filter((entry) => entry.far < Infinity)
    .sort((one, other) => one.far - other.far)
    .slice(0, 4)
    .map(({ candidate }) => candidate);
};

export const unknownField = (name: string, at: number): NetError => {
  const near = nearFields(name);
  return filterFault(
    `${quoted(name)} is neither a field nor a protocol that is decoded.`,
    at,
    near.length === 0
      ? 'Use Wireshark display-filter names such as ip.addr, tcp.port, udp.port, dns.qry.name, frame.len.'
      : `Use ${near.join(', ')}${near.length === 1 ? '' : ', or another name of docs/capture-filters.md'}.`,
  );
};
