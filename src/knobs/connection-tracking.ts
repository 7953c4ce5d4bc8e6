// The knob for the connection tracking table: its size and how long idle entries stay.
import * as z from 'zod';
import type { Finding } from '../model/finding.ts';
import { warning } from '../model/finding.ts';
import { defineKnob } from '../model/knob.ts';
import type { KnobContext, KnobResult } from '../model/knob.ts';
import { addressOf } from '../model/snapshot.ts';
import { sysctlFragment } from './sysctl-value.ts';

const schema = z.strictObject({
  max_connections: z
    .number()
    .int()
    .positive()
    .nullable()
    .optional()
    .describe('entries the table holds (about 320 bytes each)'),
  tcp_timeout_established: z
    .number()
    .int()
    .positive()
    .nullable()
    .optional()
    .describe('seconds an idle established connection stays'),
  tcp_timeout_close_wait: z
    .number()
    .int()
    .positive()
    .nullable()
    .optional()
    .describe('seconds a connection stays whose peer has closed'),
});

const keys = {
  max_connections: 'net.netfilter.nf_conntrack_max',
  tcp_timeout_established: 'net.netfilter.nf_conntrack_tcp_timeout_established',
  tcp_timeout_close_wait: 'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
} as const;

/** Kernel memory of one entry (struct nf_conn with its extensions). */
const entryBytes = 320;
/** Above this share of memory a full table is worth a word. */
const memoryShare = 0.05;
/** RFC 5382, REQ-5: an established TCP connection is kept for at least 2 hours 4 minutes. */
const leastEstablishedSeconds = 7440;

const memoryFindings = (entries: number, path: string, { snapshot }: KnobContext): Finding[] => {
  const bytes = entries * entryBytes;
  if (bytes <= snapshot.memory_bytes * memoryShare) return [];
  const percent = ((bytes / snapshot.memory_bytes) * 100).toFixed(0);
  const message = `a full table of ${String(entries)} connections takes about ${(bytes / 1e6).toFixed(0)} MB, ${percent} % of this host's memory`;
  return [warning(path, 'memory', message, 'Take the largest number of connections you expect, not more.')];
};

const timeoutFindings = (seconds: number, path: string): Finding[] => {
  if (seconds >= leastEstablishedSeconds) return [];
  const message = `connections idle for ${String(seconds)} s are forgotten; behind NAT they then break`;
  return [warning(path, 'short_timeout', message, `RFC 5382 asks for at least ${String(leastEstablishedSeconds)} s.`)];
};

/** Says what helps when the key is absent because the module is not loaded. */
const withFix = (result: KnobResult, key: string, { snapshot }: KnobContext): KnobResult => {
  const absent = (snapshot.observed[addressOf('sysctl', key)] ?? null) === null;
  const hint = snapshot.features.conntrack
    ? 'Run modprobe nf_conntrack: the key appears with the module (or with a rule that tracks connections).'
    : 'This kernel has no connection tracking: it needs the module nf_conntrack.';
  return {
    ...result,
    findings: result.findings.map((finding) =>
      absent && finding.code === 'missing_kernel_feature' ? { ...finding, hint } : finding,
    ),
  };
};

export const connectionTrackingKnob = defineKnob({
  id: 'connection_tracking',
  schema,
  cards: ['iptables.connection_tracking', 'iptables.connection_tracking_size'],
  risk: 'none',
  meets: 'merge',
  fragments(wish, context) {
    const results = (['max_connections', 'tcp_timeout_established', 'tcp_timeout_close_wait'] as const).flatMap(
      (field): KnobResult[] => {
        const value = wish[field];
        if (value === undefined || value === null) return [];
        const path = `changes.connection_tracking.${field}`;
        const result = withFix(sysctlFragment(keys[field], value, path, context), keys[field], context);
        if (result.fragments.length === 0) return [result];
        const own = {
          max_connections: memoryFindings,
          tcp_timeout_established: timeoutFindings,
          tcp_timeout_close_wait: () => [],
        }[field](value, path, context);
        return [{ ...result, findings: [...result.findings, ...own] }];
      },
    );
    return {
      fragments: results.flatMap((result) => result.fragments),
      findings: results.flatMap((result) => result.findings),
    };
  },
  examples: [
    { title: 'A gateway with many clients', wish: { max_connections: 262_144 } },
    { title: 'Idle connections forgotten after a day', wish: { tcp_timeout_established: 86_400 } },
  ],
});
