// The knob that bounds how many connections one source may have to a port of this host.
import * as z from 'zod';
import type { Finding } from '../model/finding.ts';
import { error, warning } from '../model/finding.ts';
import { defineKnob } from '../model/knob.ts';
import type { KnobContext } from '../model/knob.ts';
import { portSchema } from '../model/names.ts';
import type { Entry } from '../resources/nft/entries.ts';
import { managementPorts, nftResult } from './packet-filter.ts';

const limitSchema = z.strictObject({
  protocol: z.enum(['tcp', 'udp']),
  port: portSchema,
  limit: z
    .number()
    .int()
    .min(1, 'a limit of 0 would refuse everybody: use 1 or more')
    .max(65_535)
    .describe('connections from one source at once'),
  mask: z
    .number()
    .int()
    .min(0)
    .max(32)
    .optional()
    .describe('IPv4 prefix length counted as one source (32: each address)'),
  mask6: z.number().int().min(0).max(128).optional().describe('IPv6 prefix length counted as one source (64)'),
  action: z.enum(['reject', 'drop']).optional().describe('what happens to a connection too many (reject)'),
});
type Limit = z.infer<typeof limitSchema>;

const schema = z.array(limitSchema).max(256).describe('connections allowed per source to a port of this host');

const sharedByAll = ({ mask, mask6 }: Limit): boolean => mask === 0 || mask6 === 0;

const managementFindings = (limit: Limit, path: string, context: KnobContext): Finding[] => {
  if (limit.protocol !== 'tcp' || !managementPorts(context).includes(limit.port)) return [];
  const least = context.policy.limits.management_connection_limit_min;
  const where = `port ${String(limit.port)}, by which this host is managed`;
  if (limit.limit < least) {
    const message = `${String(limit.limit)} connections to ${where}, could lock its owner out`;
    return [error(`${path}.limit`, 'plan_refused', message, `Allow ${String(least)} or more, or leave this port out.`)];
  }
  if (sharedByAll(limit)) {
    const message = `with mask 0 anybody can use up the connections to ${where}`;
    return [error(`${path}.mask`, 'plan_refused', message, 'Count by source: leave mask and mask6 out.')];
  }
  const message = `limits connections to ${where}: sessions beyond ${String(limit.limit)} from one source are refused`;
  return [
    warning(
      `${path}.limit`,
      'management_port',
      message,
      'Make sure that enough sessions remain for whoever manages the host.',
    ),
  ];
};

const sharedFindings = (limit: Limit, path: string): Finding[] =>
  sharedByAll(limit)
    ? [
        warning(
          `${path}.mask`,
          'shared_limit',
          `mask 0 makes ${String(limit.limit)} connections the limit for everybody together`,
          'Leave mask and mask6 out to count by source.',
        ),
      ]
    : [];

const repeatFindings = (limit: Limit, index: number, limits: readonly Limit[]): Finding[] => {
  const first = limits.findIndex((other) => other.port === limit.port && other.protocol === limit.protocol);
  if (first === index) return [];
  const message = `${limit.protocol} port ${String(limit.port)} is limited twice`;
  return [
    error(
      `changes.connection_limits[${String(index)}]`,
      'invalid_argument',
      message,
      `Keep one of entries ${String(first)} and ${String(index)}.`,
    ),
  ];
};

export const connectionLimitsKnob = defineKnob({
  id: 'connection_limits',
  schema,
  cards: ['iptables.connection_limiting'],
  risk: 'cuts-off',
  meets: 'replace',
  fragments(wish, context) {
    const entries = wish.map(({ protocol, port, limit, mask = 32, mask6 = 64, action = 'reject' }): Entry => ({
      kind: 'connection_limit',
      protocol,
      port,
      limit,
      mask,
      mask6,
      action,
    }));
    const findings = wish.flatMap((limit, index) => {
      const path = `changes.connection_limits[${String(index)}]`;
      const management = managementFindings(limit, path, context);
      const shared = management.some((finding) => finding.severity === 'error') ? [] : sharedFindings(limit, path);
      return [...management, ...shared, ...repeatFindings(limit, index, wish)];
    });
    return nftResult('changes.connection_limits', context, entries, findings, { conntrack: true });
  },
  examples: [
    { title: 'A web server shared fairly', wish: [{ protocol: 'tcp', port: 443, limit: 100 }] },
    {
      title: 'Whole /24 networks counted as one source',
      wish: [{ protocol: 'tcp', port: 80, limit: 200, mask: 24, mask6: 48, action: 'drop' }],
    },
  ],
});
