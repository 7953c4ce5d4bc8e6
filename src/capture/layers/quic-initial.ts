// Opens the Initial packets of QUIC clients, whose keys follow from the connection ID they send (RFC 9001 section 5, RFC 9369 for version 2).
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

interface Version {
  salt: Buffer;
  /** Before `key`, `iv` and `hp` in the labels. */
  label: string;
}

const versions: ReadonlyMap<number, Version> = new Map([
  [0x00000001, { salt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'), label: 'quic ' }],
  [0x6b3343cf, { salt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'), label: 'quicv2 ' }],
  // Drafts 29 to 32.
  [0xff00001d, { salt: Buffer.from('afbfec289993d24c9e9786f19c6111e04390a899', 'hex'), label: 'quic ' }],
  [0xff00001e, { salt: Buffer.from('afbfec289993d24c9e9786f19c6111e04390a899', 'hex'), label: 'quic ' }],
  [0xff00001f, { salt: Buffer.from('afbfec289993d24c9e9786f19c6111e04390a899', 'hex'), label: 'quic ' }],
  [0xff000020, { salt: Buffer.from('afbfec289993d24c9e9786f19c6111e04390a899', 'hex'), label: 'quic ' }],
]);

/** Versions 1 and 2, and drafts of version 1, whose headers are the same. */
export const isKnownVersion = (version: number): boolean => versions.has(version) || version >>> 8 === 0xff0000;

const tagBytes = 16;
const sampleBytes = 16;

/** HKDF-Expand-Label of TLS 1.3 for up to 32 bytes: one block of HMAC-SHA-256. */
const expandLabel = (secret: Uint8Array, label: string, length: number): Buffer => {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
};

export interface Protected {
  version: number;
  /** Destination connection ID of the packet. */
  connectionId: Uint8Array;
  /** The packet from its first byte to the end that its length says. */
  packet: Uint8Array;
  /** Where the protected packet number stands in it. */
  numberAt: number;
}

export interface Opened {
  packetNumber: number;
  packetNumberLength: number;
  payload: Uint8Array;
}

/** Undefined when the keys do not open it: a server's answer, another connection's, or damaged bytes. */
export const openInitial = ({ version, connectionId, packet, numberAt }: Protected): Opened | undefined => {
  const known = versions.get(version);
  if (known === undefined || packet.length < numberAt + 4 + sampleBytes) return undefined;
  const initial = createHmac('sha256', known.salt).update(connectionId).digest();
  const secret = expandLabel(initial, 'client in', 32);
  const mask = createCipheriv('aes-128-ecb', expandLabel(secret, `${known.label}hp`, 16), null).update(
    packet.subarray(numberAt + 4, numberAt + 4 + sampleBytes),
  );
  const first = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  const length = (first & 3) + 1;
  const header = Buffer.from(packet.subarray(0, numberAt + length));
  header[0] = first;
  let packetNumber = 0;
  for (let index = 0; index < length; index += 1) {
    const byte = (header[numberAt + index] ?? 0) ^ (mask[index + 1] ?? 0);
    header[numberAt + index] = byte;
    packetNumber = packetNumber * 256 + byte;
  }
  const payload = decrypt(expandLabel(secret, `${known.label}key`, 16), nonceOf(secret, known, packetNumber), {
    header,
    sealed: packet.subarray(numberAt + length),
  });
  return payload === undefined ? undefined : { packetNumber, packetNumberLength: length, payload };
};

const nonceOf = (secret: Uint8Array, { label }: Version, packetNumber: number): Buffer => {
  const nonce = Buffer.from(expandLabel(secret, `${label}iv`, 12));
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ packetNumber) >>> 0, 8);
  return nonce;
};

const decrypt = (
  key: Uint8Array,
  nonce: Uint8Array,
  { header, sealed }: { header: Uint8Array; sealed: Uint8Array },
): Uint8Array | undefined => {
  const size = sealed.length - tagBytes;
  if (size < 0) return undefined;
  const cipher = createDecipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(header);
  cipher.setAuthTag(sealed.subarray(size));
  const payload = cipher.update(sealed.subarray(0, size));
  try {
    cipher.final();
    return payload;
  } catch (error) {
    // The tag does not fit, which node:crypto says with a plain Error.
    if (error instanceof Error) return undefined;
    throw error;
  }
};
