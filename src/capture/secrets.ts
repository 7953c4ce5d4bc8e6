// What is as secret as the payload in decoded fields: credentials, and in URIs whatever names a person or lets somebody in. One rule for all
// answers; filters compare the true values.
import type { FieldValue } from './layers/layer.ts';

/** Nothing but a secret. */
const wholly: ReadonlySet<string> = new Set([
  ...['http.authorization', 'http.proxy_authorization', 'http.cookie', 'http.set_cookie'],
]);

/** The whole text is one URI, or a relative reference. */
const uris: ReadonlySet<string> = new Set([
  ...['http.request.uri', 'http.referer', 'http.location', 'dhcp.file', 'dhcp.option.bootfile_name'],
]);

/** In the place of a value. */
export const hiddenMark = '***';

/** `a=1&b` as `a=***&***`: names stay. What stands alone may be a token and goes. */
const namesOf = (parameters: string): string =>
  parameters.replaceAll(/[^&;]+/g, (part) => {
    const name = /^[^=]*=/.exec(part)?.[0] ?? '';
    return name.length === part.length ? part : `${name}${hiddenMark}`;
  });

/** Userinfo, and the values in path parameters, query and fragment (RFC 3986 3): of them only the names are left. */
const plainUri = (uri: string): string => {
  const [, front = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(uri) ?? [];
  const path = front
    .replace(/^([^/]*\/\/)[^/]*@/, `$1${hiddenMark}@`)
    .replaceAll(/;([^/]*)/g, (_, parameters: string) => `;${namesOf(parameters)}`);
  const rest = [query, fragment].map((part) => part.slice(0, 1) + namesOf(part.slice(1)));
  return [path, ...rest].join('');
};

/** A URI within other text, up to a blank, a quote or a bracket. */
const uriWithin = /[a-z][\d+.a-z-]{0,20}:\/\/[^\s"'<>()]+/gi;

/** The field's value as an answer may show it; undefined when nothing of it may. */
export const withoutSecrets = (name: string, value: FieldValue): FieldValue | undefined => {
  if (wholly.has(name)) return undefined;
  if (typeof value !== 'string') return value;
  return uris.has(name) ? plainUri(value) : value.replaceAll(uriWithin, plainUri);
};
