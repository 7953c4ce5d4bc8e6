// The knob that bounds how many packets a source may send to this host; loopback and management sessions are never limited.
import * as z from 'zod';
import type { Finding } from '../model/finding.ts';
import { error, warning } from '../model/finding.ts';
import { defineKnob } from '../model/knob.ts';
import { portProtocols, portSchema, protocolSchema } from '../model/names.ts';
import type { Entry, EntryOf } from '../resources/nft/entries.ts';
import { managementPorts, nftResult } from './packet-filter.ts';

const limitSchema = z
  .strictObject({
    rate: z
      .string()
      .regex(
        /^[1-9][0-9]{0,7}\/(second|minute|hour|day)$/,
        'a rate is written N/second, N/minute, N/hour or N/day, with N from 1 to 99999999',
      )
      .describe('packets, such as 1000/second'),
    burst: z
      .number()
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('packets that may come at once (a tenth of a rate per second, at least 5)'),
    scope: z
      .enum(['per_source', 'interface'])
      .optional()
      .describe('one bucket for each source (per_source), or one for the whole interface'),
    protocol: protocolSchema.optional(),
    port: portSchema.optional().describe('destination port; needs protocol'),
    mask: z.number().int().min(0).max(32).optional().describe('IPv4 prefix length counted as one source (32)'),
    mask6: z.number().int().min(0).max(128).optional().describe('IPv6 prefix length counted as one source (64)'),
    action: z.literal('drop').optional(),
  })
  .refine(({ protocol, port }) => port === undefined || (protocol !== undefined && portProtocols.includes(protocol)), {
    path: ['protocol'],
    message: `a port needs a protocol that has ports: one of ${portProtocols.join(', ')}`,
  });
type Limit = z.infer<typeof limitSchema>;
type Unit = EntryOf<'rate_limit'>['unit'];

const schema = z.array(limitSchema).max(64).describe('packets allowed per source to this host');

const secondsIn: Readonly<Record<Unit, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };
const isUnit = (text: string): text is Unit => Object.hasOwn(secondsIn, text);

const parseRate = (rate: string): { packets: number; unit: Unit } => {
  const [packets = '', unit = ''] = rate.split('/');
  return { packets: Number(packets), unit: isUnit(unit) ? unit : 'second' };
};

/** A tenth of a second's packets: enough for the bursts in which TCP sends at that rate. */
const defaultBurst = (packets: number, unit: Unit): number =>
  unit === 'second' ? Math.max(5, Math.ceil(packets / 10)) : 5;

/** Below this a rate limit slows what people think it protects; 100 Mbit/s is 8,333 full-size packets a second. */
const lowMbps = 100;

const lowRateFindings = (limit: Limit, path: string): Finding[] => {
  if (limit.protocol === 'icmp' || limit.protocol === 'icmpv6') return [];
  const { packets, unit } = parseRate(limit.rate);
  const mbps = (packets / secondsIn[unit]) * 1500 * 8 * 1e-6;
  if (mbps >= lowMbps) return [];
  const text = mbps >= 1 ? mbps.toFixed(0) : mbps.toPrecision(2);
  const whom = limit.scope === 'interface' ? 'for all sources together' : 'from each source';
  const message = `${limit.rate} is only about ${text} Mbit/s ${whom} at 1500 bytes a packet: uploads to this host and replies to its downloads slow down to that`;
  return [
    warning(`${path}.rate`, 'low_rate', message, 'Take a higher rate, or narrow the limit with protocol and port.'),
  ];
};

/** The kernel counts a full bucket in nanoseconds, burst times the time one packet takes, in 64 bits (nft_limit.c); half of that is left to spare. */
const bucketMost = 2 ** 63;

const bucketFindings = ({ rate, burst }: Limit, path: string): Finding[] => {
  const { packets, unit } = parseRate(rate);
  const most = Math.floor((bucketMost / (secondsIn[unit] * 1e9)) * packets);
  if (burst === undefined || burst <= most) return [];
  const message = `the kernel cannot count a burst of ${burst} packets at ${rate}`;
  return [error(`${path}.burst`, 'limit_exceeded', message, `Take a burst of ${most} at most, or a higher rate.`)];
};

const sharedFindings = (limit: Limit, path: string): Finding[] => {
  if (limit.scope === 'interface') return [];
  if (limit.mask !== 0 && limit.mask6 !== 0) return [];
  const message = 'mask 0 makes this one limit for everybody: one sender can use it up for all';
  return [warning(`${path}.mask`, 'shared_limit', message, 'Leave mask and mask6 out to limit each source.')];
};

export const rateLimitsKnob = defineKnob({
  id: 'rate_limits',
  schema,
  cards: ['iptables.rate_limiting'],
  risk: 'cuts-off',
  meets: 'replace',
  fragments(wish, context) {
    if (context.iface === 'lo') {
      const message = 'loopback is never rate limited';
      return {
        fragments: [],
        findings: [
          error('changes.rate_limits', 'plan_refused', message, 'Name the interface that packets come in by.'),
        ],
      };
    }
    const entries = wish.map(({ rate, burst, scope = 'per_source', protocol, port, mask = 32, mask6 = 64 }): Entry => {
      const { packets, unit } = parseRate(rate);
      return {
        kind: 'rate_limit',
        rate: packets,
        unit,
        burst: burst ?? defaultBurst(packets, unit),
        scope,
        ...(protocol === undefined ? {} : { protocol }),
        ...(port === undefined ? {} : { port }),
        mask,
        mask6,
        exempt_ports: managementPorts(context),
      };
    });
    const findings = wish.flatMap((limit, index) => {
      const path = `changes.rate_limits[${String(index)}]`;
      return [...bucketFindings(limit, path), ...lowRateFindings(limit, path), ...sharedFindings(limit, path)];
    });
    return nftResult('changes.rate_limits', context, entries, findings, { conntrack: true });
  },
  examples: [
    { title: 'No source floods this host', wish: [{ rate: '20000/second', burst: 2000 }] },
    { title: 'Few pings from each source', wish: [{ rate: '10/second', burst: 20, protocol: 'icmp' }] },
  ],
});
