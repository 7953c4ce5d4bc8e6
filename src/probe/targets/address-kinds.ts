// What is not the public internet, and what is not one host: special-purpose prefixes of both families (IANA registries, RFC 6890).
import { inPrefix, parsePrefix, type Address, type Prefix } from '../../model/address.ts';
import { embeddedIpv4 } from './embedded.ts';

interface Kind {
  prefix: Prefix;
  name: string;
}

const kinds = (table: Readonly<Record<string, string>>): readonly Kind[] =>
  Object.entries(table).flatMap(([text, name]) => {
    const prefix = parsePrefix(text);
    return prefix === undefined ? [] : [{ prefix, name }];
  });

/** What `block_private` refuses. The unspecified address connects to this host, so it counts as loopback. */
const privateKinds = kinds({
  '0.0.0.0/8': 'this host (loopback)',
  '10.0.0.0/8': 'private (RFC 1918)',
  '100.64.0.0/10': 'shared by carriers (RFC 6598)',
  '127.0.0.0/8': 'loopback',
  '169.254.0.0/16': 'link-local',
  '172.16.0.0/12': 'private (RFC 1918)',
  '192.0.0.0/24': 'of IETF protocols',
  '192.0.2.0/24': 'for documentation',
  '192.168.0.0/16': 'private (RFC 1918)',
  '198.18.0.0/15': 'for benchmarks',
  '198.51.100.0/24': 'for documentation',
  '203.0.113.0/24': 'for documentation',
  '224.0.0.0/4': 'multicast',
  '240.0.0.0/4': 'reserved',
  '::/128': 'this host (loopback)',
  '::1/128': 'loopback',
  '64:ff9b:1::/48': 'of a local translator (RFC 8215)',
  '100::/64': 'discard-only',
  '2001:2::/48': 'for benchmarks',
  '2001:10::/28': 'an overlay identifier',
  '2001:db8::/32': 'for documentation',
  '3fff::/20': 'for documentation',
  '5f00::/16': 'a segment of one network (RFC 9602)',
  'fc00::/7': 'unique local (RFC 4193)',
  'fe80::/10': 'link-local',
  'fec0::/10': 'site-local',
  'ff00::/8': 'multicast',
});

const manyHosts = kinds({ '224.0.0.0/4': 'multicast', '255.255.255.255/32': 'broadcast', 'ff00::/8': 'multicast' });

const kindIn = (table: readonly Kind[], address: Address): string | undefined =>
  table.find(({ prefix }) => inPrefix(address, prefix))?.name;

/** Why an address is private, its own or an embedded one's; undefined when it is public. */
export const privateKindOf = (address: Address): string | undefined => {
  const own = kindIn(privateKinds, address);
  if (own !== undefined) return own;
  for (const inner of embeddedIpv4(address)) {
    const kind = kindIn(privateKinds, inner);
    if (kind !== undefined) return `${kind}, carrying ${inner.text}`;
  }
  return undefined;
};

/** `multicast` or `broadcast`: one probe would be answered by many. */
export const manyHostsKindOf = (address: Address): string | undefined =>
  [address, ...embeddedIpv4(address)].map((one) => kindIn(manyHosts, one)).find((kind) => kind !== undefined);
