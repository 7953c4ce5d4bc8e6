// What a file is by its first bytes: compressed in a way that is read here, compressed otherwise, or taken as it stands.
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';

export type Compression = 'gzip' | 'zstd';

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

/** Magic numbers of RFC 1952 and RFC 8878; zstd may begin with a frame to be skipped. */
const isZstd = (bytes: Uint8Array): boolean =>
  startsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd]) ||
  (((bytes[0] ?? 0) & 0xf0) === 0x50 && startsWith(bytes.subarray(1), [0x2a, 0x4d, 0x18]));

const others = [
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], command: 'xz -dk' },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], command: 'bzip2 -dk' },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], command: 'lz4 -dk' },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04], command: 'unzip' },
  { name: '7z', magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], command: '7z x' },
] as const;

/** Bytes at the beginning that tell a format. */
export const magicBytes = 8;

/** Undefined: not compressed. Throws not_a_capture for what must be unpacked by other means. */
export const compressionOf = (beginning: Uint8Array, path: string): Compression | undefined => {
  if (startsWith(beginning, [0x1f, 0x8b])) return 'gzip';
  if (isZstd(beginning)) return 'zstd';
  const other = others.find(({ magic }) => startsWith(beginning, magic));
  if (other === undefined) return undefined;
  throw new NetError(
    'not_a_capture',
    `${plainText(path)} is compressed with ${other.name}, which is not read here.`,
    `Unpack it (${other.command} FILE) and pass the capture. Read as they stand: gzip and zstd.`,
  );
};
