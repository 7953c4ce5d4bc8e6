// What get_routes takes and gives.
import * as z from 'zod';
import type { RouteFamily } from '../../host/routes.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { pageInput, pageOutput } from '../frame/page.ts';
import { resultSchema } from '../frame/result.ts';

export const routeFamilies = ['ipv4', 'ipv6'] as const;

const routeSchema = z.strictObject({
  family: z.enum(routeFamilies),
  destination: z.string().describe('default, an address or a prefix'),
  gateway: z.string().nullable(),
  interface: z.string().nullable(),
  metric: z.number(),
  flags: z.array(z.string()),
  table: z.string(),
  protocol: z.string(),
  scope: z.string(),
  type: z.string(),
  source: z.string().optional(),
  from: z.string().optional(),
  mtu_bytes: z.number().optional(),
  expires_s: z.number().optional(),
  nexthop_id: z.number().optional(),
  nexthops: z
    .array(
      z.strictObject({
        gateway: z.string().nullable(),
        interface: z.string().nullable(),
        weight: z.number(),
        flags: z.array(z.string()),
      }),
    )
    .optional(),
});

const gatewaySchema = z.strictObject({
  gateway: z.string().nullable(),
  interface: z.string().nullable(),
  metric: z.number(),
});
export type Gateway = z.infer<typeof gatewaySchema>;

const ruleSchema = z.strictObject({
  family: z.enum(routeFamilies),
  priority: z.number(),
  selector: z.string(),
  table: z.string().nullable(),
  action: z.string(),
});

/** A name of /etc/iproute2/rt_tables or a number; never something that ip reads as another word. */
const tableSchema = z
  .string()
  .regex(
    /^(?!cache$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/,
    'not a routing table: a name or number such as main, local, 100, or all',
  );

export const routesInput = z.strictObject({
  family: z.enum(['ipv4', 'ipv6', 'all']).default('all'),
  table: z
    .union([tableSchema, z.number().int().min(1).max(0xffffffff)])
    .default('main')
    .describe('Name, number or "all"'),
  destination: z.string().optional().describe('Address or prefix'),
  interface: interfaceNameSchema.optional(),
  show: z.enum(['routes', 'rules']).default('routes'),
  ...pageInput,
});
export type RoutesInput = z.output<typeof routesInput>;

export const familiesOf = ({ family }: RoutesInput): readonly RouteFamily[] =>
  family === 'all' ? routeFamilies : [family];

/** Names that ip prints for the kernel's own tables (rtnetlink.h). */
export const ownTables: Readonly<Record<string, string>> = { '253': 'default', '254': 'main', '255': 'local' };
export const tableOf = ({ table }: RoutesInput): string => ownTables[String(table)] ?? String(table);

export const routesOutput = resultSchema({
  routes: z.array(routeSchema).describe('With destination: the entry that matched'),
  path: routeSchema.nullable().optional().describe('With destination: what the kernel does; null: not sent'),
  default_gateway: z.string().nullable().describe('The IPv4 one, else the IPv6 one'),
  default_gateways: z.strictObject({
    ipv4: gatewaySchema.nullable().optional(),
    ipv6: gatewaySchema.nullable().optional(),
  }),
  rules: z.array(ruleSchema).describe('In the order they are tried; on the first page only'),
  rules_total: z.number().nullable().describe('null: not read for this answer'),
  ...pageOutput,
});
