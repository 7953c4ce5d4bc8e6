// What a caller of get_routes means by a destination: one address, perhaps with its zone, or a prefix; for anything else, how to say it.
import { inPrefix, parseAddress, parsePrefix, type Prefix } from '../../model/address.ts';
import { NetError } from '../../model/errors.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { plainText } from '../../model/plain-text.ts';
import type { Route, RouteFamily } from '../../host/routes.ts';

export type Destination =
  | { kind: 'address'; address: string; family: RouteFamily; zone: string | undefined }
  | { kind: 'prefix'; text: string; prefix: Prefix; family: RouteFamily };

const refusal = (text: string, what: string, hint: string): NetError =>
  new NetError('invalid_argument', `Argument destination: '${plainText(text, 60)}' is ${what}.`, hint);

const familyOf = (version: 4 | 6): RouteFamily => (version === 4 ? 'ipv4' : 'ipv6');

const refused = (text: string): NetError => {
  const isName = /^(?=.*[A-Za-z])[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(text);
  return isName
    ? refusal(
        text,
        'a name, and routes lead to addresses',
        'Resolve it first with dns_lookup, then pass an address of it.',
      )
    : refusal(
        text,
        'neither an address nor a prefix',
        'Give an address such as 192.0.2.1 or fe80::1%eth0, or a prefix such as 10.0.0.0/8.',
      );
};

/** A prefix that holds a single address is that address. Throws invalid_argument. */
export const parseDestination = (text: string): Destination => {
  if (text.includes('/')) {
    const prefix = parsePrefix(text);
    if (prefix === undefined) throw refused(text);
    const family = familyOf(prefix.family);
    if (prefix.length < prefix.bytes.length * 8) return { kind: 'prefix', text, prefix, family };
  }
  const [plain = '', zone] = (text.split('/')[0] ?? '').split('%');
  const address = parseAddress(plain);
  if (address === undefined || text.split('%').length > 2) throw refused(text);
  if (zone !== undefined && !interfaceNameSchema.safeParse(zone).success) throw refused(text);
  return { kind: 'address', address: plain, family: plain.includes(':') ? 'ipv6' : 'ipv4', zone };
};

/** The interface asked for and the zone of the address are one thing. Throws invalid_argument. */
export const interfaceFor = (named: string | undefined, destination: Destination | undefined): string | undefined => {
  const zone = destination?.kind === 'address' ? destination.zone : undefined;
  if (named === undefined || zone === undefined || named === zone) return named ?? zone;
  throw new NetError(
    'invalid_argument',
    `Argument destination names the zone ${zone}, argument interface is ${named}.`,
    'Pass the interface once: as the zone of the address, or as interface.',
  );
};

const prefixOf = ({ destination, family }: Route): Prefix | undefined => {
  if (destination === 'default') return parsePrefix(family === 'ipv4' ? '0.0.0.0/0' : '::/0');
  return parsePrefix(destination.includes('/') ? destination : `${destination}/${family === 'ipv4' ? 32 : 128}`);
};

const holds = (outer: Prefix, inner: Prefix): boolean =>
  outer.family === inner.family &&
  outer.length <= inner.length &&
  inPrefix({ family: inner.family, text: '', bytes: inner.bytes }, outer);

/** Routes that cover the whole prefix, the most specific first, and those to a part of it. */
export const routesAbout = (routes: readonly Route[], wanted: Prefix): { covering: Route[]; inside: Route[] } => {
  const known = routes.flatMap((route) => {
    const prefix = prefixOf(route);
    return prefix === undefined ? [] : [{ route, prefix }];
  });
  const covering = known
    .filter(({ prefix }) => holds(prefix, wanted))
    .sort((one, other) => other.prefix.length - one.prefix.length || one.route.metric - other.route.metric);
  const inside = known.filter(({ prefix }) => prefix.length > wanted.length && holds(wanted, prefix));
  return { covering: covering.map(({ route }) => route), inside: inside.map(({ route }) => route) };
};
