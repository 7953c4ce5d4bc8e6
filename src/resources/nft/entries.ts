// What our table can hold, as typed data: every value is checked here again before any of it becomes script text.
import * as z from 'zod';
import { matchFamilies, matchProblems } from '../../model/match.ts';
import {
  addressSchema,
  classIdSchema,
  classMatchSchema,
  dscpSchema,
  familyOf,
  interfaceNameSchema,
  matchSchema,
  networkSchema,
  portProtocols,
  portRangeSchema,
  portSchema,
  protocolSchema,
} from '../../model/names.ts';
import type { Match } from '../../model/names.ts';

/** IPv4 prefix length that groups sources; 32 counts each address alone, 0 all of them together. */
const maskSchema = z.number().int().min(0).max(32);
const mask6Schema = z.number().int().min(0).max(128);

const refuseProblems = (match: Match, context: z.RefinementCtx): void => {
  for (const { field, message } of matchProblems(match))
    context.addIssue({ code: 'custom', path: ['match', field], message });
};

export const dscpEntrySchema = z
  .strictObject({ kind: z.literal('dscp'), match: matchSchema, dscp: dscpSchema })
  .superRefine((entry, context) => {
    refuseProblems(entry.match, context);
  });

export const classifyEntrySchema = z
  .strictObject({ kind: z.literal('classify'), match: classMatchSchema, classid: classIdSchema })
  .superRefine((entry, context) => {
    const { dscp: _dscp, mark: _mark, ...match } = entry.match;
    refuseProblems(match, context);
  });

export const connectionLimitEntrySchema = z.strictObject({
  kind: z.literal('connection_limit'),
  protocol: z.enum(['tcp', 'udp']),
  port: portSchema,
  /** Connections that may be open at once from one source prefix. */
  limit: z.number().int().min(1).max(65535),
  mask: maskSchema,
  mask6: mask6Schema,
  action: z.enum(['reject', 'drop']),
});

export const rateUnits = ['second', 'minute', 'hour', 'day'] as const;

export const rateLimitEntrySchema = z
  .strictObject({
    kind: z.literal('rate_limit'),
    /** Packets per unit. */
    rate: z.number().int().min(1).max(100_000_000),
    unit: z.enum(rateUnits),
    /** Packets that may come at once. */
    burst: z.number().int().min(1).max(10_000_000),
    scope: z.enum(['per_source', 'interface']),
    protocol: protocolSchema.optional(),
    port: portSchema.optional(),
    mask: maskSchema,
    mask6: mask6Schema,
    /** TCP ports whose established connections pass unlimited. */
    exempt_ports: z.array(portSchema).max(64),
  })
  .refine(
    (entry) => entry.port === undefined || (entry.protocol !== undefined && portProtocols.includes(entry.protocol)),
    {
      path: ['port'],
      message: 'a port needs a protocol that has ports',
    },
  );

export const natEntrySchema = z
  .strictObject({
    kind: z.literal('nat'),
    type: z.enum(['snat', 'dnat', 'masquerade']),
    iface: interfaceNameSchema,
    to_addr: addressSchema.optional(),
    to_port: portRangeSchema.optional(),
    protocol: protocolSchema.optional(),
    dport: portRangeSchema.optional(),
    src: networkSchema.optional(),
    dst: networkSchema.optional(),
  })
  .superRefine((entry, context) => {
    const { protocol: proto, dport, src, dst } = entry;
    const dports = dport === undefined ? {} : { dports: [dport] };
    const match: Match = { ...(proto && { proto }), ...dports, ...(src && { src }), ...(dst && { dst }) };
    for (const { field, message } of matchProblems(match)) context.addIssue({ code: 'custom', path: [field], message });
    if ((entry.type === 'masquerade') !== (entry.to_addr === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['to_addr'],
        message: 'snat and dnat need to_addr, masquerade takes none',
      });
    }
    if (entry.to_port !== undefined && (proto === undefined || !portProtocols.includes(proto))) {
      context.addIssue({ code: 'custom', path: ['to_port'], message: 'to_port needs a protocol that has ports' });
    }
    if (entry.to_addr !== undefined && !matchFamilies(match).includes(familyOf(entry.to_addr))) {
      const message = 'to_addr must be of the address family of src, dst and protocol';
      context.addIssue({ code: 'custom', path: ['to_addr'], message });
    }
  });

export const entrySchema = z.discriminatedUnion('kind', [
  dscpEntrySchema,
  classifyEntrySchema,
  connectionLimitEntrySchema,
  rateLimitEntrySchema,
  natEntrySchema,
]);
export type Entry = z.infer<typeof entrySchema>;
export type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { kind: Kind }>;

export const partSchema = z.strictObject({ entries: z.array(entrySchema).max(1024) });
export type NftPart = z.infer<typeof partSchema>;

export const placedEntrySchema = z.strictObject({
  iface: interfaceNameSchema,
  knob: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/),
  entry: entrySchema,
});
export type PlacedEntry = z.infer<typeof placedEntrySchema>;

/** Null: the table does not exist. */
export const stateSchema = z.strictObject({ entries: z.array(placedEntrySchema).min(1) }).nullable();
export type NftState = z.infer<typeof stateSchema>;
