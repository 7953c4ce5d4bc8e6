// The order in which a name's addresses are tried (RFC 6724, 6: rules 1, 2, 5, 6 and 8), by the source address the kernel would take.
import { createSocket } from 'node:dgram';
import { inPrefix, parseAddress, parsePrefix, type Address } from '../../model/address.ts';

/** Prefix, precedence and label of RFC 6724, 2.1; the first that matches is the longest. */
const policy = (
  [
    ['::1/128', 50, 0],
    ['::/96', 1, 3],
    ['2001::/32', 5, 5],
    ['2002::/16', 30, 2],
    ['3ffe::/16', 1, 12],
    ['fec0::/10', 1, 11],
    ['fc00::/7', 3, 13],
    ['::/0', 40, 1],
  ] as const
).flatMap(([text, precedence, label]) => {
  const prefix = parsePrefix(text);
  return prefix === undefined ? [] : [{ prefix, precedence, label }];
});
const ipv4Policy = { precedence: 35, label: 4 };

const policyOf = (address: Address): { precedence: number; label: number } =>
  (address.family === 4 ? undefined : policy.find(({ prefix }) => inPrefix(address, prefix))) ?? ipv4Policy;

/** 2 for the link, 5 for a site, 14 for the world (RFC 4291, 2.7; RFC 6724, 3.2). */
const scopeOf = ({ family, bytes }: Address): number => {
  const [first = 0, second = 0] = bytes;
  if (family === 4) return first === 127 || (first === 169 && second === 254) ? 2 : 14;
  if (bytes.every((byte, at) => byte === (at === 15 ? 1 : 0))) return 2;
  if (first !== 0xfe) return 14;
  return { 0x80: 2, 0xc0: 5 }[second & 0xc0] ?? 14;
};

/** Which of this host's addresses a packet there would come from; undefined where none can be sent. Sends nothing. */
const sourceFor = (address: Address): Promise<Address | undefined> =>
  new Promise((resolve) => {
    const socket = createSocket(address.family === 4 ? 'udp4' : 'udp6');
    let open = true;
    const end = (source: Address | undefined): void => {
      if (!open) return;
      open = false;
      socket.close();
      resolve(source);
    };
    // No way there is what this asks about.
    socket.on('error', () => {
      end(undefined);
    });
    socket.once('connect', () => {
      end(parseAddress(socket.address().address));
    });
    socket.connect(53, address.text);
  });

export interface Candidate {
  address: Address;
  source: Address | undefined;
}

/** Negative when the left one is better. */
export const compareCandidates = (left: Candidate, right: Candidate): number => {
  const better = (rule: (candidate: Candidate) => number): number => rule(right) - rule(left);
  return (
    better(({ source }) => Number(source !== undefined)) ||
    better(({ address, source }) => Number(source !== undefined && scopeOf(address) === scopeOf(source))) ||
    better(({ address, source }) =>
      Number(source !== undefined && policyOf(address).label === policyOf(source).label),
    ) ||
    better(({ address }) => policyOf(address).precedence) ||
    better(({ address }) => -scopeOf(address))
  );
};

/** Above, a name has so many that their order no longer matters. */
const maxOrdered = 16;

/** Among equals the given order stays. What is no address is left out. */
export const inOrderOfPreference = async (texts: readonly string[]): Promise<string[]> => {
  const addresses = texts.flatMap((text) => parseAddress(text) ?? []);
  const candidates = await Promise.all(
    addresses.slice(0, maxOrdered).map(async (address) => ({ address, source: await sourceFor(address) })),
  );
  const ordered = candidates.sort(compareCandidates).map(({ address }) => address);
  return [...ordered, ...addresses.slice(maxOrdered)].map(({ text }) => text);
};
