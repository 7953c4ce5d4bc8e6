// port_check: whether one TCP port is open, what it says by itself, and on request what its TLS certificate says.
import * as z from 'zod';
import { portSchema } from '../../model/names.ts';
import type { CheckReport } from '../../probe/ports/check.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { familyInput } from './family.ts';
import { probing } from './probing.ts';

const text = z.string().nullable();

const certificateSchema = z.strictObject({
  subject: z.string(),
  issuer: z.string(),
  san: z.array(z.string()).describe('The first 20 of san_total'),
  san_total: z.number(),
  valid_from: text,
  valid_to: text,
  days_left: z.number().nullable().describe('Negative: expired'),
  expired: z.boolean().nullable(),
  self_signed: z.boolean(),
  serial_number: z.string(),
  fingerprint_sha256: z.string(),
});

const tlsSchema = z.strictObject({
  error: text.describe('Why there was no handshake'),
  handshake_ms: z.number().nullable(),
  version: text,
  cipher: text,
  alpn: text,
  server_name: text.describe('SNI sent; null for an address'),
  trusted: z.boolean().nullable().describe('By the built-in roots, the dates and the name'),
  trust_error: text,
  certificate: certificateSchema.nullable(),
});

const roundMs = (ms: number): number => Math.round(ms * 100) / 100;

const tlsWords = ({ tls }: CheckReport): string => {
  if (tls === null) return '';
  if (tls.error !== null) return `; no TLS: ${tls.error}`;
  const days = tls.certificate?.days_left ?? null;
  const dates = days === null ? '' : days < 0 ? `expired ${-days} days ago, ` : `${days} days left, `;
  return `; ${tls.version ?? 'TLS'}, certificate ${dates}${tls.trusted === true ? 'trusted' : `not trusted (${tls.trust_error ?? 'unknown'})`}`;
};

const summaryOf = (target: string, port: number, report: CheckReport, hint: string | null): string => {
  const usual = hint === null ? '' : ` (usually ${hint})`;
  if (report.state !== 'open') return `Port ${port}${usual} on ${target} is ${report.state}: ${report.reason ?? ''}.`;
  return `Port ${port}${usual} on ${target} is open, ${roundMs(report.timeMs)} ms${tlsWords(report)}.`;
};

const tlsOf = (tls: CheckReport['tls']): z.infer<typeof tlsSchema> | null =>
  tls === null ? null : { ...tls, handshake_ms: tls.handshake_ms === null ? null : roundMs(tls.handshake_ms) };

export const portCheck = defineOperation({
  name: 'port_check',
  title: 'Check a port',
  description:
    'Whether a TCP port is open, closed (refused), filtered (silent) or unreachable, with its banner. tls: its certificate instead.',
  ...probing,
  everywhere: true,
  timeoutSeconds: 44,
  input: z.strictObject({
    target: z.string().min(1).max(300).describe('Name or address'),
    port: portSchema,
    timeout_s: z.number().min(0.1).max(30).default(5),
    family: familyInput,
    banner: z.boolean().default(true),
    grab_banner: z.boolean().optional(),
    tls: z.boolean().default(false),
  }),
  output: resultSchema({
    target: z.string(),
    resolved_ip: z.string(),
    port: z.number(),
    is_open: z.boolean(),
    state: z.enum(['open', 'closed', 'filtered', 'unreachable']),
    reason: text.describe('Why it is not open'),
    response_time_ms: z.number().nullable().describe('Until the answer; null without one'),
    banner: text,
    service_hint: text.describe('By the port number alone'),
    tls: tlsSchema.nullable(),
    untrusted: untrustedSchema,
  }),
  run: async ({ target, port, timeout_s, family, banner, grab_banner, tls }, ports, { signal }) => {
    const checked = await ports.targets.check(target, { family, signal });
    const [{ checkPort }, { serviceHintOf }] = await Promise.all([
      import('../../probe/ports/check.ts'),
      import('../../probe/ports/service-names.ts'),
    ]);
    const report = await checkPort({
      target,
      address: checked.address,
      port,
      timeoutMs: timeout_s * 1000,
      signal,
      banner: grab_banner ?? banner,
      tls,
      nowMs: ports.clock.now(),
    });
    const hint = serviceHintOf(port);
    return {
      success: true,
      summary: summaryOf(target, port, report, hint),
      target,
      resolved_ip: checked.address,
      port,
      is_open: report.state === 'open',
      state: report.state,
      reason: report.reason,
      response_time_ms: report.state === 'filtered' ? null : roundMs(report.timeMs),
      banner: report.banner,
      service_hint: hint,
      tls: tlsOf(report.tls),
      untrusted: ['banner', 'tls.alpn', 'tls.certificate'],
    };
  },
});
