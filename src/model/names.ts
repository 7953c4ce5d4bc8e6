// Names and addresses as plans may hold them: checked here once, so that no value can become an option, a path or script text.
import * as z from 'zod';

/** A Linux interface name: 1 to 15 characters (IFNAMSIZ), none that a path, a shell, tc or nft could read as more than a name. */
export const interfaceNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,14}$/,
    'not an interface name: 1 to 15 letters, digits, or _ . : @ + -, starting with a letter, digit or _',
  );

/** tcp and udp have ports; the others match by protocol only. */
export const protocols = ['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'icmp', 'icmpv6', 'esp', 'ah', 'gre'] as const;
export const protocolSchema = z.enum(protocols);
export type Protocol = (typeof protocols)[number];
export const portProtocols: readonly Protocol[] = ['tcp', 'udp', 'sctp', 'dccp', 'udplite'];

export const portSchema = z.number().int().min(1).max(65535);

/** A port, or an inclusive range written `low-high`. */
export const portRangeSchema = z.union([
  portSchema,
  z
    .string()
    .regex(/^[0-9]{1,5}-[0-9]{1,5}$/, 'a port range is written low-high, such as 5000-5100')
    .refine((text) => {
      const [low = 0, high = 0] = text.split('-').map(Number);
      return low >= 1 && low <= high && high <= 65535;
    }, 'a port range needs 1 <= low <= high <= 65535'),
]);

export const ipv4Schema = z.ipv4();
export const ipv6Schema = z.ipv6();
export const addressSchema = z.union([ipv4Schema, ipv6Schema], 'not an IPv4 or IPv6 address');
/** One address or a CIDR prefix of either family. */
export const networkSchema = z.union(
  [ipv4Schema, ipv6Schema, z.cidrv4(), z.cidrv6()],
  'not an IPv4 or IPv6 address or prefix, such as 192.0.2.0/24',
);

export const familyOf = (network: string): 'ipv4' | 'ipv6' => (network.includes(':') ? 'ipv6' : 'ipv4');

/** DSCP names by value, RFC 2474, 2597, 3246, 5865, 8622. */
export const dscpNames = {
  CS0: 0,
  BE: 0,
  LE: 1,
  CS1: 8,
  AF11: 10,
  AF12: 12,
  AF13: 14,
  CS2: 16,
  AF21: 18,
  AF22: 20,
  AF23: 22,
  CS3: 24,
  AF31: 26,
  AF32: 28,
  AF33: 30,
  CS4: 32,
  AF41: 34,
  AF42: 36,
  AF43: 38,
  CS5: 40,
  VA: 44,
  EF: 46,
  CS6: 48,
  CS7: 56,
} as const;

/** A DSCP as a name of either case or a number 0 to 63; parsed to the number. */
export const dscpSchema = z.union([
  z.number().int().min(0).max(63),
  z
    .string()
    .refine(
      (name) => Object.hasOwn(dscpNames, name.toUpperCase()),
      `not a DSCP: one of ${Object.keys(dscpNames).join(', ')}, or a number 0 to 63`,
    ),
]);

export const dscpValue = (dscp: string | number): number => {
  if (typeof dscp === 'number') return dscp;
  const found = Object.entries(dscpNames).find(([name]) => name === dscp.toUpperCase());
  return found === undefined ? 0 : found[1];
};

/** What traffic a rule or class takes: every field given must match; a list matches any of its members. */
export const matchSchema = z.strictObject({
  proto: protocolSchema.optional(),
  src: z.union([networkSchema, z.array(networkSchema).min(1).max(64)]).optional(),
  dst: z.union([networkSchema, z.array(networkSchema).min(1).max(64)]).optional(),
  sports: z.array(portRangeSchema).min(1).max(64).optional(),
  dports: z.array(portRangeSchema).min(1).max(64).optional(),
});
export type Match = z.infer<typeof matchSchema>;

/** A class's match may also look at the packet's mark and at the DSCP it carries (after our own marking). */
export const classMatchSchema = matchSchema.extend({
  dscp: z.union([dscpSchema, z.array(dscpSchema).min(1).max(64)]).optional(),
  mark: z.number().int().min(0).max(0xffffffff).optional(),
});
export type ClassMatch = z.infer<typeof classMatchSchema>;

/** A class id of our HTB tree: `1:MINOR`, minor in hexadecimal as tc reads it. */
export const classIdSchema = z
  .string()
  .regex(/^1:[0-9a-fA-F]{1,4}$/, 'a class id is written 1:MINOR with a hexadecimal minor, such as 1:10');
