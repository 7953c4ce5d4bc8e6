// What single settings may be: patterns, URLs, zones, name servers, paths. Their messages stand in errors about files and variables.
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { parseAddress } from '../model/address.ts';
import { NetError } from '../model/errors.ts';
import { parseTargetPattern } from '../model/target-pattern.ts';

const patternSchema = z.string().superRefine((text, context) => {
  try {
    parseTargetPattern(text);
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
    context.addIssue({ code: 'custom', message: error.message.replace(/\.$/, '') });
  }
});

export const patternsSchema = z.array(patternSchema).max(1000, 'at most 1000 patterns');

/** Absolute, after `~` and `.` have been replaced. */
export const absolutePathSchema = z
  .string()
  .startsWith('/', 'must be an absolute path')
  .max(4096)
  .refine((path) => !path.includes('\0'), 'must not hold a zero byte');

const isServiceUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && `${username}${password}${search}${hash}` === '';
};

export const urlSchema = z
  .string()
  .max(2000)
  .refine(isServiceUrl, 'must be an http or https URL without user, query and fragment');

export const zoneSchema = z
  .string()
  .max(200)
  .regex(
    /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})\.)*[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.?$/,
    'must be a DNS zone such as origin.asn.cymru.com',
  )
  .transform((zone) => zone.replace(/\.$/, '').toLowerCase());

const isNameserver = (text: string): boolean => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^[\]:]+))(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  return parseAddress(bracketed ?? plain ?? text) !== undefined;
};

export const nameserverSchema = z
  .string()
  .max(120)
  .refine(
    isNameserver,
    'must be an address, or address:port, such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53',
  );

/** `.` stands for the folder netmcp was started in. */
export const folderSchema = z
  .string()
  .max(4096)
  .refine((path) => path === '.' || isAbsolute(path), 'must be an absolute path')
  .refine((path) => !path.includes('\0'), 'must not hold a zero byte');

/** As the kernel takes them: up to 15 bytes without slash, colon and white space. */
export const interfaceSchema = z
  .string()
  .regex(/^[^\s/:]+$/, 'must be the name of an interface')
  .refine((name) => Buffer.byteLength(name) <= 15 && name !== '.' && name !== '..', 'must be the name of an interface');
