// One packet's layers in detail, from its link type to the innermost one that is known: all of them to show it, or only what a filter
// asks for. Never throws, whatever the bytes; layers and values are bounded. Fragments are not put together, nor streams.
import { linkLayers } from './link-layers.ts';
import { claimants, layersByName, layersOfField } from './layers/index.ts';
import { PAYLOAD, type FieldSink, type FieldValue, type Layer, type LayerInput, type Next } from './layers/layer.ts';

export interface PacketBytes {
  /** As captured. */
  bytes: Uint8Array;
  /** LINKTYPE_ of its interface. */
  link: number;
  /** Bytes it had on the wire. */
  original: number;
}

export interface DecodedLayer {
  layer: Layer;
  /** In the order of the packet. */
  fields: ReadonlyMap<string, readonly FieldValue[]>;
  notes: readonly string[];
  /** Its first byte, and how many there are up to the next layer or the packet's end. */
  start: number;
  length: number;
}

/** Layers of one packet: what is nested deeper is not looked into. As many as in the engine. */
const maxLayers = 40;
/** Values of one field, notes of one layer: more are left out. */
const maxValues = 4096;
const maxNotes = 16;

type Visit = (layer: Layer, input: LayerInput) => Next | undefined;

const ignored: FieldSink = { field: () => undefined, note: () => undefined };

const payloadOf = (transport: 'tcp' | 'udp', input: LayerInput): string =>
  input.at < input.end ? (claimants.find(({ claims }) => claims(transport, input))?.layer.name ?? 'data') : '';

const walk = ({ bytes, link, original }: PacketBytes, visit: Visit): void => {
  const context = { sourcePort: 0, destinationPort: 0, source: undefined, destination: undefined, announced: link };
  const input: LayerInput = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    at: 0,
    end: bytes.length,
    wire: Math.max(original, bytes.length),
    context,
    brief: false,
  };
  let layer = layersByName.get(linkLayers.get(link) ?? 'data');
  for (let depth = 0; layer !== undefined && depth < maxLayers; depth += 1) {
    const next = visit(layer, input);
    if (next === undefined || next.at > next.end) return;
    input.at = next.at;
    input.end = Math.min(next.end, input.end);
    input.wire = Math.max(next.wire, input.end);
    context.announced = next.announced ?? 0;
    const name = next.layer === PAYLOAD ? payloadOf(layer.name === 'tcp' ? 'tcp' : 'udp', input) : next.layer;
    layer = layersByName.get(name);
  }
};

/** Every layer with every field. */
export const decodePacket = (packet: PacketBytes): DecodedLayer[] => {
  const decoded: (DecodedLayer & { length: number })[] = [];
  walk(packet, (layer, input) => {
    const before = decoded.at(-1);
    if (before !== undefined) before.length = input.at - before.start;
    const fields = new Map<string, FieldValue[]>();
    const notes: string[] = [];
    decoded.push({ layer, fields, notes, start: input.at, length: input.end - input.at });
    return layer.decode(input, {
      field: (name, value) => {
        const values = fields.get(name);
        if (values === undefined) fields.set(name, [value]);
        else if (values.length < maxValues) values.push(value);
      },
      note: (text) => {
        if (notes.length < maxNotes) notes.push(text);
      },
    });
  });
  return decoded;
};

/** What a filter asks for, prepared once for many packets. */
export interface Wanted {
  fields: ReadonlySet<string>;
  /** Layers whose fields are among them. */
  detailed: ReadonlySet<string>;
  /** What a TCP segment carries is looked at: somebody asks for its fields, or for the names of all layers. */
  carried: boolean;
}

/** What TCP carries has nothing inside: tunnels stand behind UDP. */
const behindTcp: ReadonlySet<string> = new Set(
  claimants.flatMap(({ layer }) => (layer.leaf === true ? layer.name : [])).concat('data'),
);

/** `everyLayer`: the names of all layers are wanted too. */
export const wantedFields = (names: Iterable<string>, everyLayer = true): Wanted => {
  const fields = new Set(names);
  const detailed = new Set([...fields].flatMap((name) => layersOfField.get(name) ?? []));
  return { fields, detailed, carried: everyLayer || [...detailed].some((layer) => behindTcp.has(layer)) };
};

export interface Collected {
  /** Names of its layers, outermost first; a tunnel repeats them. */
  layers: readonly string[];
  /** Where each of them begins, and where the innermost one ends. */
  starts: readonly number[];
  end: number;
  /** Only the wanted fields it has. */
  values: ReadonlyMap<string, readonly FieldValue[]>;
}

/** The wanted fields only: layers without one are passed by, as far as the next one can be found that way. */
export const collectFields = (packet: PacketBytes, { fields, detailed, carried }: Wanted): Collected => {
  const layers: string[] = [];
  const starts: number[] = [];
  let end = packet.bytes.length;
  const values = new Map<string, FieldValue[]>();
  const sink: FieldSink = {
    field: (name, value) => {
      if (!fields.has(name)) return;
      const known = values.get(name);
      if (known === undefined) values.set(name, [value]);
      else if (known.length < maxValues) known.push(value);
    },
    note: () => undefined,
    wants: (name) => fields.has(name),
  };
  walk(packet, (layer, input) => {
    layers.push(layer.name);
    starts.push(input.at);
    end = input.end;
    input.brief = !detailed.has(layer.name);
    if (input.brief && layer.leaf === true) return undefined;
    const next = layer.decode(input, input.brief ? ignored : sink);
    return carried || layer.name !== 'tcp' ? next : undefined;
  });
  return { layers, starts, end, values };
};
