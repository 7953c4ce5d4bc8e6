// Handshake messages of TLS as far as they are in the clear: ClientHello and ServerHello with what their extensions say (RFC 8446, 6066, 7301).
import { type FieldReader, raw, text, uint } from './field-reader.ts';
import type { FieldSpecs } from './layer.ts';

export const handshakeFields: FieldSpecs = {
  'tls.handshake.type': uint('Handshake type'),
  'tls.handshake.length': uint('Handshake length'),
  'tls.handshake.version': uint('Version in the hello'),
  'tls.handshake.random': raw('Random'),
  'tls.handshake.session_id_length': uint('Session ID length'),
  'tls.handshake.session_id': raw('Session ID'),
  'tls.handshake.cipher_suites_length': uint('Cipher suites length: two bytes each'),
  'tls.handshake.ciphersuite': uint('Cipher suite'),
  'tls.handshake.comp_methods_length': uint('Compression methods length'),
  'tls.handshake.comp_method': uint('Compression method'),
  'tls.handshake.extensions_length': uint('Extensions length'),
  'tls.handshake.extension.type': uint('Extension'),
  'tls.handshake.extension.len': uint('Extension length'),
  'tls.handshake.extensions_server_name_list_len': uint('Server name list length'),
  'tls.handshake.extensions_server_name_type': uint('Server name type'),
  'tls.handshake.extensions_server_name_len': uint('Server name length'),
  'tls.handshake.extensions_server_name': text('Server name (SNI)'),
  'tls.handshake.extensions_alpn_len': uint('ALPN length'),
  'tls.handshake.extensions_alpn_str_len': uint('ALPN string length'),
  'tls.handshake.extensions_alpn_str': text('ALPN protocol'),
  'tls.handshake.extensions.supported_versions_len': uint('Supported versions length'),
  'tls.handshake.extensions.supported_version': uint('Supported version'),
  'tls.handshake.extensions_supported_groups_length': uint('Supported groups length'),
  'tls.handshake.extensions_supported_group': uint('Supported group'),
};

const clientHello = 1;
const serverHello = 2;
/** Message types that are ever sent in the clear or may follow each other; anything else is taken for encrypted. */
const known: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 24, 25]);
/** No message in the clear is longer; the first bytes of an encrypted one say such a length almost always. */
const maxLength = 1 << 17;

const serverName = (value: FieldReader): void => {
  if (value.left === 0) return;
  const list = value.part(value.uint('tls.handshake.extensions_server_name_list_len', 2));
  while (list.left > 0) {
    list.uint('tls.handshake.extensions_server_name_type', 1);
    list.text('tls.handshake.extensions_server_name', list.uint('tls.handshake.extensions_server_name_len', 2));
  }
};

const protocols = (value: FieldReader): void => {
  const list = value.part(value.uint('tls.handshake.extensions_alpn_len', 2));
  while (list.left > 0) {
    list.text('tls.handshake.extensions_alpn_str', list.uint('tls.handshake.extensions_alpn_str_len', 1));
  }
};

const versions = (value: FieldReader, type: number): void => {
  const name = 'tls.handshake.extensions.supported_version';
  if (type === serverHello) {
    value.uint(name, 2);
    return;
  }
  const list = value.part(value.uint('tls.handshake.extensions.supported_versions_len', 1));
  while (list.left > 1) list.uint(name, 2);
};

const groups = (value: FieldReader): void => {
  const list = value.part(value.uint('tls.handshake.extensions_supported_groups_length', 2));
  while (list.left > 1) list.uint('tls.handshake.extensions_supported_group', 2);
};

const extensions = (reader: FieldReader, type: number): void => {
  if (reader.left === 0) return;
  const list = reader.part(reader.uint('tls.handshake.extensions_length', 2));
  while (list.left > 0) {
    const kind = list.uint('tls.handshake.extension.type', 2);
    const length = list.uint('tls.handshake.extension.len', 2);
    if (list.short) return;
    const value = list.part(length);
    if (kind === 0) serverName(value);
    else if (kind === 10) groups(value);
    else if (kind === 16) protocols(value);
    else if (kind === 43) versions(value, type);
  }
};

const hello = (reader: FieldReader, type: number): void => {
  reader.uint('tls.handshake.version', 2);
  reader.raw('tls.handshake.random', 32);
  const session = reader.uint('tls.handshake.session_id_length', 1);
  if (session > 0) reader.raw('tls.handshake.session_id', session);
  if (type === serverHello) {
    reader.uint('tls.handshake.ciphersuite', 2);
    reader.uint('tls.handshake.comp_method', 1);
  } else {
    const suites = reader.part(reader.uint('tls.handshake.cipher_suites_length', 2));
    while (suites.left > 1) suites.uint('tls.handshake.ciphersuite', 2);
    const methods = reader.part(reader.uint('tls.handshake.comp_methods_length', 1));
    while (methods.left > 0) methods.uint('tls.handshake.comp_method', 1);
  }
  extensions(reader, type);
};

/** Whether the next bytes look like a message in the clear. */
const inTheClear = ({ bytes, at, end }: FieldReader): boolean => {
  if (at >= end || !known.has(bytes[at] ?? 0)) return false;
  const length = (bytes[at + 1] ?? 0) * 65_536 + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
  return at + 4 > end || (length < maxLength && (at + 4 + length <= end || (bytes[at] ?? 0) <= 11));
};

/** Messages one behind the other; what is cut is given as far as it goes. */
export const handshakeMessages = (reader: FieldReader): void => {
  while (reader.left > 0 && inTheClear(reader)) {
    const type = reader.uint('tls.handshake.type', 1);
    const length = reader.uint('tls.handshake.length', 3);
    const body = reader.part(length);
    if (type === clientHello || type === serverHello) hello(body, type);
  }
};
