// What a layer of the detailed decoder is: one protocol's header as named fields. Decoded only for packets that are shown or filtered;
// the engine's own layers (engine/assembly/layers) count every packet and must see the same protocols.

/** `protocol` fields hold no value, they are there or not: given as `true`. `time` is in seconds. */
export type FieldType = 'uint' | 'boolean' | 'ipv4' | 'ipv6' | 'ether' | 'string' | 'bytes' | 'time' | 'protocol';

/** Names and meanings as in Wireshark's display filter reference, so that its users find them. */
export interface FieldSpec {
  type: FieldType;
  label: string;
}

export type FieldSpecs = Readonly<Record<string, FieldSpec>>;

/** uint: number, or bigint above 2^53; addresses: their bytes; string: as sent, neither trusted nor cleaned. */
export type FieldValue = number | bigint | boolean | string | Uint8Array;

/** What a layer reads: `bytes[at]` is its first byte. */
export interface LayerInput {
  bytes: Uint8Array;
  view: DataView;
  at: number;
  /** Behind the last captured byte that belongs to this layer. */
  end: number;
  /** Behind the last byte it had on the wire: beyond `end` when the capture cut it. */
  wire: number;
  /** What layers further out said that this one needs: ports, addresses, EtherType. IP and transport layers set theirs. */
  context: LayerContext;
  /** Only what follows is wanted, nobody looks at the fields: they need not be given. */
  brief: boolean;
}

export interface LayerContext {
  /** Ports of the nearest transport layer outside. */
  sourcePort: number;
  destinationPort: number;
  /** Addresses of the nearest IP layer outside: 4 or 16 bytes. */
  source: Uint8Array | undefined;
  destination: Uint8Array | undefined;
  /** IP protocol number, EtherType or the like that announced this layer. */
  announced: number;
  /** It is quoted in an ICMP error: cut as a rule, its lengths and checksums say nothing. */
  quoted?: boolean;
}

export interface FieldSink {
  /** May be called several times with one name (addresses of both sides, a list of options). */
  field(name: string, value: FieldValue): void;
  /** Something is wrong with the packet: too short, contradicting lengths. One plain sentence. */
  note(text: string): void;
  /** Whether anybody looks at a field that costs something (a checksum); absent: all of them. */
  wants?: (name: string) => boolean;
}

/** The layer's name of Next after a transport header: who carries on is asked of every layer with `claims`. */
export const PAYLOAD = 'payload';

/** What follows: another layer, and where it stands. */
export interface Next {
  layer: string;
  at: number;
  end: number;
  wire: number;
  /** For LayerContext.announced of the next layer. */
  announced?: number;
}

export interface Layer {
  /** Wireshark's filter name: `tcp`. */
  name: string;
  /** For people: `Transmission Control Protocol`. */
  title: string;
  fields: FieldSpecs;
  /** Nothing follows it, ever: not called when nobody wants its fields. */
  leaf?: true;
  /** For what ports or looks announce: whether a TCP or UDP payload (context has the ports) is this protocol. Never throws either. */
  claims?: (transport: 'tcp' | 'udp', input: LayerInput) => boolean;
  /**
   * Never throws, whatever the bytes: reads only below `end`, says what is missing with `note`. Answers with what follows; undefined when nothing does that
   * a layer of ours knows.
   */
  decode(input: LayerInput, sink: FieldSink): Next | undefined;
}
