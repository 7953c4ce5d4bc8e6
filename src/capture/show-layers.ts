// Decoded layers as plain values within a budget of characters: text from the packet made safe, addresses readable, long lists cut.
import { addressOf } from '../model/address.ts';
import { plainText } from '../model/plain-text.ts';
import type { DecodedLayer } from './decode.ts';
import { fieldsByName } from './layers/index.ts';
import type { FieldType, FieldValue } from './layers/layer.ts';
import { hiddenMark, withoutSecrets } from './secrets.ts';

type ShownValue = string | number | boolean;

interface ShownLayer {
  /** Wireshark's name. */
  protocol: string;
  title: string;
  fields: Record<string, ShownValue | ShownValue[]>;
  notes: string[];
  /** Fields, and values of shown fields, that are left out for length. */
  omitted: number;
}

/** Said by other fields of the same layer, or the payload, which is only shown when asked for. */
const unshown: ReadonlySet<string> = new Set([
  ...['eth.addr', 'wlan.addr', 'ip.addr', 'ipv6.addr', 'tcp.port', 'udp.port', 'sctp.port'],
  ...['tcp.payload', 'udp.payload', 'data.data', 'tcp.options', 'ip.dsfield', 'ipv6.tclass'],
]);

/** Bytes of any option, decoded or not, credentials among them: shown with the payload. */
const withPayload: ReadonlySet<string> = new Set(['dhcp.option.value']);

const hidden = (value: FieldValue): string =>
  `(${typeof value === 'string' ? value.length : 1} characters, shown with payload: true)`;

const hiddenNote = `${hiddenMark} stands for values in a URI, shown with payload: true.`;

interface Limits {
  fields: number;
  values: number;
  /** Characters of a text, twice the bytes. */
  text: number;
  notes: number;
}

/** Tried in this order until the layers fit. */
const limits: readonly Limits[] = [
  { fields: 60, values: 8, text: 200, notes: 4 },
  { fields: 40, values: 6, text: 120, notes: 4 },
  { fields: 25, values: 4, text: 80, notes: 2 },
  { fields: 15, values: 3, text: 60, notes: 2 },
  { fields: 8, values: 2, text: 40, notes: 1 },
  { fields: 3, values: 1, text: 24, notes: 1 },
  { fields: 0, values: 0, text: 0, notes: 0 },
];

const hex = (bytes: Uint8Array, separator = ''): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(separator);

const addressText = (bytes: Uint8Array): string => {
  if (bytes.length !== 4 && bytes.length !== 16) return hex(bytes);
  const { family, text } = addressOf([...bytes]);
  return family === 4 && bytes.length === 16 ? `::ffff:${text}` : text;
};

const bytesText = (bytes: Uint8Array, type: FieldType, { text }: Limits): string => {
  if (type === 'ipv4' || type === 'ipv6') return addressText(bytes);
  if (type === 'ether') return hex(bytes, ':');
  const shown = bytes.subarray(0, text / 2);
  return shown.length < bytes.length ? `${hex(shown)}… (${bytes.length} bytes)` : hex(shown);
};

const shownValue = (value: FieldValue, type: FieldType, limit: Limits): ShownValue => {
  if (typeof value === 'string') return plainText(value, limit.text);
  if (value instanceof Uint8Array) return bytesText(value, type, limit);
  if (typeof value === 'bigint') return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
  return value;
};

const shownLayer = ({ layer, fields, notes }: DecodedLayer, limit: Limits, secrets: boolean): ShownLayer => {
  const all = [...fields].filter(([name]) => !unshown.has(name) && (secrets || !withPayload.has(name)));
  const openOf = (name: string, value: FieldValue): FieldValue | undefined =>
    secrets ? value : withoutSecrets(name, value);
  const shown = all.slice(0, limit.fields);
  const cut = shown.reduce((sum, [, values]) => sum + Math.max(0, values.length - limit.values), 0);
  const plain = shown.map(([name, values]): [string, ShownValue | ShownValue[]] => {
    const type = layer.fields[name]?.type ?? fieldsByName.get(name)?.type ?? 'bytes';
    const several = values.slice(0, limit.values).map((value) => {
      const open = openOf(name, value);
      return open === undefined ? hidden(value) : shownValue(open, type, limit);
    });
    const [first] = several;
    return [name, several.length === 1 && first !== undefined ? first : several];
  });
  const isMasked = (name: string, value: FieldValue): boolean => {
    const open = openOf(name, value);
    return open !== undefined && open !== value;
  };
  const masked = shown.some(([name, values]) => values.slice(0, limit.values).some((value) => isMasked(name, value)));
  return {
    protocol: layer.name,
    title: layer.title,
    fields: Object.fromEntries(plain),
    notes: [...(masked ? [hiddenNote] : []), ...notes].slice(0, limit.notes),
    omitted: all.length - shown.length + cut,
  };
};

/**
 * As much of every layer as `budget` characters of JSON hold; the outermost layers without any field are the least. Without `secrets`, of
 * credentials only how long they are, of URIs the names.
 */
export const showLayers = (layers: readonly DecodedLayer[], budget: number, secrets = false): ShownLayer[] => {
  const fit = (limit: Limits): ShownLayer[] | undefined => {
    const shown = layers.map((layer) => shownLayer(layer, limit, secrets));
    return JSON.stringify(shown).length <= budget ? shown : undefined;
  };
  for (const limit of limits) {
    const shown = fit(limit);
    if (shown !== undefined) return shown;
  }
  return layers.slice(0, 8).map((layer) => shownLayer(layer, { fields: 0, values: 0, text: 0, notes: 0 }, secrets));
};

const transports: ReadonlySet<string> = new Set(['tcp', 'udp', 'icmp', 'icmpv6', 'sctp']);

/** What the innermost transport layer carries, without padding; without one, the bytes of the innermost layer. */
export const payloadOf = (bytes: Uint8Array, layers: readonly DecodedLayer[]): Uint8Array => {
  const inner = layers.at(-1);
  if (inner === undefined) return bytes;
  const end = inner.start + inner.length;
  const at = layers.findLastIndex(({ layer }) => transports.has(layer.name));
  const next = at < 0 ? inner : layers[at + 1];
  return next === undefined ? new Uint8Array() : bytes.subarray(next.start, end);
};

/** One character a byte: printable ASCII, else a point. */
export const printable = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');

export const hexText = (bytes: Uint8Array): string => hex(bytes);
