// Netlink attributes (struct nlattr, netlink(7)) to and from bytes. Reading never leaves the buffer: a length that lies ends the list.

const headerBytes = 4;
/** NLA_F_NESTED and NLA_F_NET_BYTEORDER stand in the type's two highest bits. */
const typeMask = 0x3fff;
const nestedFlag = 0x8000;

const aligned = (length: number): number => (length + 3) & ~3;

export interface Attribute {
  type: number;
  value: Buffer;
}

/** One attribute with its padding. */
export const attribute = (type: number, value: Buffer): Buffer => {
  const bytes = Buffer.alloc(aligned(headerBytes + value.length));
  bytes.writeUInt16LE(headerBytes + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, headerBytes);
  return bytes;
};

export const u32Attribute = (type: number, value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return attribute(type, bytes);
};

/** Text with the zero byte that the kernel expects at its end. */
export const textAttribute = (type: number, text: string): Buffer => attribute(type, Buffer.from(`${text}\0`, 'utf8'));

export const nestedAttribute = (type: number, parts: readonly Buffer[]): Buffer =>
  attribute(type | nestedFlag, Buffer.concat(parts));

/** Tells type, beginning and end of each value, in order; what is behind a length that does not fit is left out. */
const eachAttribute = (bytes: Buffer, tell: (type: number, from: number, to: number) => void): void => {
  let at = 0;
  while (at + headerBytes <= bytes.length) {
    const length = bytes.readUInt16LE(at);
    if (length < headerBytes || at + length > bytes.length) break;
    tell(bytes.readUInt16LE(at + 2) & typeMask, at + headerBytes, at + length);
    at += aligned(length);
  }
};

/** The attributes in a buffer, in order. */
export const readAttributes = (bytes: Buffer): Attribute[] => {
  const found: Attribute[] = [];
  eachAttribute(bytes, (type, from, to) => {
    found.push({ type, value: bytes.subarray(from, to) });
  });
  return found;
};

/** By type, the wanted ones only where some are; of several of a type the last, as the kernel's own parser has it. */
export const attributesByType = (bytes: Buffer, wanted?: readonly number[]): Map<number, Buffer> => {
  const found = new Map<number, Buffer>();
  eachAttribute(bytes, (type, from, to) => {
    if (wanted === undefined || wanted.includes(type)) found.set(type, bytes.subarray(from, to));
  });
  return found;
};

/** Undefined where the attribute is missing or shorter than the number. */
export const u8Of = (value: Buffer | undefined): number | undefined =>
  value === undefined || value.length < 1 ? undefined : value.readUInt8(0);

export const u32Of = (value: Buffer | undefined): number | undefined =>
  value === undefined || value.length < 4 ? undefined : value.readUInt32LE(0);

/** Up to the first zero byte. */
export const textOf = (value: Buffer | undefined): string | undefined => {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return value.toString('utf8', 0, end === -1 ? value.length : end);
};
