// Who else decides a setting: one claim is one place on the host that writes a value, and when it writes it again.
import * as z from 'zod';

export const ownerManagers = [
  'sysctl.d',
  'tuned',
  'NetworkManager',
  'systemd-networkd',
  'udev (.link)',
  'netplan',
  'cloud-init',
  'ifupdown',
  'Docker',
] as const;

const claimSchema = z.discriminatedUnion('kind', [
  /** The key as it is written there: it may hold wildcards, `net.ipv4.conf.*.rp_filter`. */
  z.strictObject({ kind: z.literal('sysctl'), key: z.string() }),
  z.strictObject({
    kind: z.literal('link'),
    iface: z.string(),
    attribute: z.enum(['mtu', 'qdisc', 'offloads', 'rings', 'coalescing', 'txqueuelen', 'routes']),
  }),
  z.strictObject({ kind: z.literal('firewall') }),
]);
export type OwnerClaim = z.infer<typeof claimSchema>;
export type LinkAttribute = Extract<OwnerClaim, { kind: 'link' }>['attribute'];

export const ownerSchema = z.strictObject({
  manager: z.enum(ownerManagers),
  claim: claimSchema,
  /** As the file has it: a plain value, or `option=value` where several options make one attribute. */
  value: z.string().nullable(),
  /** File and line: `/etc/sysctl.d/99-x.conf:3`. */
  source: z.string(),
  /** A distribution's default below /usr/lib or /lib, not an administrator's decision. */
  shipped: z.boolean(),
  /** In force now: the manager runs, the profile is active, no later line overrides this one. */
  active: z.boolean(),
  /** When the value is written again, such as `at boot and with sysctl --system`. */
  effect: z.string(),
});
export type Owner = z.infer<typeof ownerSchema>;

type Token = 'star' | ((character: string) => boolean);

/** `[a-c]`, `[!x]`: what stands between the brackets. */
const classToken = (body: string): Token => {
  const negated = /^[!^]/.test(body);
  const members = negated ? body.slice(1) : body;
  return (character) => {
    let found = false;
    for (let at = 0; at < members.length; at += 1) {
      const isRange = members.charAt(at + 1) === '-' && at + 2 < members.length;
      const last = isRange ? members.charAt(at + 2) : members.charAt(at);
      if (character >= members.charAt(at) && character <= last) found = true;
      if (isRange) at += 2;
    }
    return found !== negated;
  };
};

const tokensOf = (pattern: string): Token[] => {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const literal = pattern.charAt(at);
    const end = literal === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (literal === '*') tokens.push('star');
    else if (literal === '?') tokens.push(() => true);
    else if (end > 0) {
      tokens.push(classToken(pattern.slice(at + 1, end)));
      at = end;
    } else tokens.push((character) => character === literal);
  }
  return tokens;
};

/** Shell wildcards (`*`, `?`, `[...]`) without a regular expression: time at most pattern times text, whatever a file holds. */
export const matchesWildcard = (pattern: string, text: string): boolean => {
  const tokens = tokensOf(pattern);
  let token = 0;
  let at = 0;
  let star = -1;
  let mark = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current === 'star') {
      star = token;
      mark = at;
      token += 1;
    } else if (current?.(text.charAt(at)) === true) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      mark += 1;
      at = mark;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === 'star');
};

/** A wildcard stands for part of one segment, never for a dot. */
const keyMatches = (pattern: string, key: string): boolean => {
  if (pattern === key) return true;
  const segments = key.split('.');
  const wanted = pattern.split('.');
  return (
    wanted.length === segments.length && wanted.every((part, index) => matchesWildcard(part, segments[index] ?? ''))
  );
};

const sameClaim = (owned: OwnerClaim, asked: OwnerClaim): boolean => {
  if (owned.kind === 'sysctl') return asked.kind === 'sysctl' && keyMatches(owned.key, asked.key);
  if (owned.kind === 'firewall') return asked.kind === 'firewall';
  return asked.kind === 'link' && owned.iface === asked.iface && owned.attribute === asked.attribute;
};

/** Those who own one key, one attribute of an interface, or the firewall; inactive ones too, in the order of the list. */
export const ownersOf = (owners: readonly Owner[], claim: OwnerClaim): Owner[] =>
  owners.filter((owner) => sameClaim(owner.claim, claim));
