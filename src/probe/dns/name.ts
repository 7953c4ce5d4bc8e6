// Domain names: from text to labels of bytes and back. Odd bytes are shown as \DDD, so that two different names never look the same.
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';

/** The labels of a name without the root's empty one; the root has none. */
export type Labels = readonly Buffer[];

/** Bytes of a name on the wire, the root's zero included (RFC 1035, 2.3.4). */
const maxNameBytes = 255;
const maxLabelBytes = 63;

const refuse = (text: string, why: string): NetError =>
  new NetError(
    'invalid_argument',
    `"${plainText(text, 100)}" is no domain name: ${why}.`,
    'Pass a name such as www.example.com, or an IP address for a reverse lookup.',
  );

/** One label's bytes; `\.` and `\DDD` as in zone files. */
const labelsOf = (text: string, shown: string): Buffer[] => {
  const labels: number[][] = [[]];
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '.') {
      labels.push([]);
      continue;
    }
    let code = text.charCodeAt(index);
    if (character === '\\') {
      const decimal = /^\d{3}/.exec(text.slice(index + 1, index + 4))?.[0];
      code = decimal === undefined ? text.charCodeAt(index + 1) : Number(decimal);
      index += decimal === undefined ? 1 : 3;
    }
    if (Number.isNaN(code) || code > 255) throw refuse(shown, 'an escape in it is wrong');
    if (code <= 32 && character !== '\\') throw refuse(shown, 'it contains a space');
    labels.at(-1)?.push(code);
  }
  return labels.map((bytes) => Buffer.from(bytes));
};

/** International names as A-labels, others as they are; empty when it cannot be. What would end a host in a URL is no part of a name. */
export const asciiName = (text: string): string => {
  if (/^[\u0020-\u007e]*$/.test(text)) return text;
  return /[/\\?#@:%[\]]/.test(text) ? '' : domainToASCII(text);
};

/** Throws invalid_argument. International names become A-labels; a dot at the end changes nothing. */
export const parseName = (text: string): Labels => {
  if (text === '.') return [];
  const ascii = asciiName(text);
  if (ascii === '') throw refuse(text, text === '' ? 'it is empty' : 'it cannot be written in ASCII (RFC 5891)');
  const labels = labelsOf(ascii, text);
  if (labels.length > 1 && labels.at(-1)?.length === 0) labels.pop();
  if (labels.some((label) => label.length === 0))
    throw refuse(text, 'two dots follow each other, or it starts with one');
  if (labels.some((label) => label.length > maxLabelBytes)) {
    throw refuse(text, `a part between two dots is longer than ${maxLabelBytes} characters`);
  }
  if (labels.reduce((sum, label) => sum + label.length + 1, 1) > maxNameBytes) {
    throw refuse(text, `it is longer than ${maxNameBytes - 2} characters`);
  }
  return labels;
};

const showByte = (byte: number): string => {
  if (byte <= 32 || byte >= 127) return `\\${String(byte).padStart(3, '0')}`;
  const character = String.fromCharCode(byte);
  return '.\\"();@$'.includes(character) ? `\\${character}` : character;
};
const shownBytes: readonly string[] = Array.from({ length: 256 }, (_, byte) => showByte(byte));

const showLabel = (label: Buffer): string => {
  let shown = '';
  for (const byte of label) shown += shownBytes[byte] ?? '';
  return shown;
};

/** Without the dot at the end; the root is `.`. At most 1,020 characters, all of them printable ASCII. */
export const showName = (labels: Labels): string => (labels.length === 0 ? '.' : labels.map(showLabel).join('.'));

/** What two names have in common exactly when DNS takes them as the same: ASCII letters of either case (RFC 4343). */
export const nameKey = (labels: Labels): string => keyOf(showName(labels));

/** The same of a name that is shown already. */
export const keyOf = (shown: string): string => shown.toLowerCase();

/** `1.0.0.127.in-addr.arpa`, or 32 nibbles below `suffix6`. The zone of a link-local address has no place in it. */
export const reverseName = (address: string, suffix4 = 'in-addr.arpa', suffix6 = 'ip6.arpa'): string => {
  const parsed = ipaddr.process(address.replace(/%.*$/, ''));
  if (parsed.kind() === 'ipv4') return `${parsed.toByteArray().reverse().join('.')}.${suffix4}`;
  const nibbles = parsed.toByteArray().flatMap((byte) => [byte >> 4, byte & 15]);
  return `${nibbles
    .reverse()
    .map((nibble) => nibble.toString(16))
    .join('.')}.${suffix6}`;
};
