// Service bindings, the data of SVCB and HTTPS records (RFC 9460): `1 . alpn=h3,h2 ipv4hint=192.0.2.1`.
import ipaddr from 'ipaddr.js';
import { plainText } from '../../model/plain-text.ts';
import { showName } from './name.ts';
import type { Reader } from './reader.ts';
import { MalformedMessage } from './work.ts';

const keys = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp'];
const keyName = (key: number): string => keys[key] ?? `key${key}`;

const strings = (data: Reader): string[] => {
  const found: string[] = [];
  while (data.left > 0) found.push(plainText(data.string().toString('latin1'), 40));
  return found;
};

const addresses = (data: Reader, length: number): string[] => {
  if (data.left % length !== 0) throw new MalformedMessage('an address hint has the wrong length');
  const found: string[] = [];
  while (data.left > 0) found.push(ipaddr.fromByteArray([...data.take(length)]).toString());
  return found;
};

const numbers = (data: Reader): number[] => {
  const found: number[] = [];
  while (data.left > 0) found.push(data.u16());
  return found;
};

const showValue = (key: string, data: Reader): string => {
  if (key === 'alpn') return strings(data).join(',');
  if (key === 'ipv4hint') return addresses(data, 4).join(',');
  if (key === 'ipv6hint') return addresses(data, 16).join(',');
  if (key === 'port') return String(data.u16());
  if (key === 'mandatory') return numbers(data).map(keyName).join(',');
  if (key === 'dohpath') return plainText(data.rest().toString('utf8'), 200);
  return plainText(data.rest().toString('base64'), 200);
};

export const showSvcb = (data: Reader): { value: string; priority: number } => {
  const priority = data.u16();
  const words = [String(priority), showName(data.name())];
  while (data.left > 0) {
    const key = keyName(data.u16());
    const value = data.part(data.u16());
    words.push(value.left === 0 ? key : `${key}=${showValue(key, value)}`);
  }
  return { value: plainText(words.join(' '), 2000), priority };
};
