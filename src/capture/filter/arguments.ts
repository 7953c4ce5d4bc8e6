// The simple arguments of filter_packets as filter expressions.
import { NetError } from '../../model/errors.ts';
import { plainText } from '../../model/plain-text.ts';
import { layersByName } from '../layers/index.ts';
import { knownProtocols } from '../reports/protocols.ts';
import { networkOf } from './addresses.ts';
import { distance, isProtocol } from './fields.ts';

interface SimpleArguments {
  src_ip?: string | undefined;
  dst_ip?: string | undefined;
  protocol?: string | undefined;
  port?: number | undefined;
}

const otherNames: Readonly<Record<string, string>> = {
  ethernet: 'eth',
  ipv4: 'ip',
  ip6: 'ipv6',
  icmp6: 'icmpv6',
  ssl: 'tls',
  https: 'tls',
  bootp: 'dhcp',
  wireguard: 'wg',
};

const addressTest = (argument: 'src_ip' | 'dst_ip', value: string): string => {
  const side = argument === 'src_ip' ? 'src' : 'dst';
  const versions = [4, 6] as const;
  for (const version of versions) {
    const network = networkOf(value, version);
    if (network !== undefined && (network.prefix ?? 0) <= network.bytes.length * 8)
      return `${version === 4 ? 'ip' : 'ipv6'}.${side} == ${value}`;
  }
  throw new NetError(
    'invalid_argument',
    `Argument ${argument}: "${plainText(value, 60)}" is neither an address nor a network.`,
    'Pass an IPv4 or IPv6 address or network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32.',
  );
};

/** Names and labels like the one that was meant, nearest first. */
const nearProtocols = (wanted: string): string[] => {
  const names = new Set([...layersByName.keys(), ...knownProtocols().map(({ name }) => name)]);
  return [...names]
    .map((name) => ({ name, far: name.startsWith(wanted) ? 0 : distance(wanted.slice(0, 32), name) }))
    .filter(({ far }) => far <= Math.min(3, Math.max(1, Math.floor(wanted.length / 2))))
    .sort((one, other) => one.far - other.far)
    .slice(0, 4)
    .map(({ name }) => name);
};

/** As the argument names it, in any case: a layer that is decoded, or numbers of the engine for one that is known by name only. */
const protocolOf = (value: string): { layer: string } | { numbers: number[] } => {
  const wanted = value.trim().toLowerCase();
  const known = knownProtocols().filter(({ name, label }) => name === wanted || label.toLowerCase() === wanted);
  const layer = [otherNames[wanted] ?? wanted, ...known.map(({ name }) => name)].find(isProtocol);
  if (layer !== undefined) return { layer };
  if (known.length > 0) return { numbers: known.map(({ number }) => number) };
  const near = nearProtocols(wanted);
  throw new NetError(
    'invalid_argument',
    `Argument protocol: "${plainText(value, 60)}" is not a protocol that is told apart.`,
    near.length > 0
      ? `Pass ${near.join(' or ')}, or port.`
      : 'Pass a name such as tcp, udp, icmp, dns, tls or http, as pcap_summary lists them, or port.',
  );
};

const protocolTest = (value: string): string[] => {
  const found = protocolOf(value);
  return 'layer' in found ? [found.layer] : [];
};

/** The engine's numbers of a protocol that is known by name only, so that no expression asks for it; undefined: `expressionsOf` has it. */
export const namedProtocols = ({ protocol }: SimpleArguments): number[] | undefined => {
  if (protocol === undefined) return undefined;
  const found = protocolOf(protocol);
  return 'numbers' in found ? found.numbers : undefined;
};

/** One expression for each argument that is given; all of them must hold. */
export const expressionsOf = ({ src_ip, dst_ip, protocol, port }: SimpleArguments): string[] => [
  ...(src_ip === undefined ? [] : [addressTest('src_ip', src_ip)]),
  ...(dst_ip === undefined ? [] : [addressTest('dst_ip', dst_ip)]),
  ...(protocol === undefined ? [] : protocolTest(protocol)),
  ...(port === undefined ? [] : [`tcp.port == ${port} or udp.port == ${port} or sctp.port == ${port}`]),
];
