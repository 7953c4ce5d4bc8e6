// tracepath: the largest packet that reaches a target whole, where on the way it shrinks, and where large packets vanish.
import * as z from 'zod';
import type { CheckedTarget } from '../../model/probe.ts';
import type { PathMtu } from '../../probe/path/tracepath.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import {
  checkTarget,
  hostnameOf,
  methodNotes,
  methodSchema,
  namesOf,
  pathInput,
  shownTarget,
  silenceNotes,
  targetInput,
  untrustedNames,
  withProber,
} from './path-call.ts';
import { probing } from './probing.ts';

const hopSchema = z.strictObject({
  hop_number: z.number(),
  ip: z.string().nullable().describe('null: silent'),
  hostname: z.string().nullable(),
  avg_latency_ms: z.number().nullable(),
  mtu_bytes: z.number().nullable().describe('Largest packet that gets here'),
  return_hops: z.number().nullable().describe('Hops of its answer, guessed from the TTL'),
  asymmetric: z.boolean().describe('return_hops differs from hop_number'),
  is_destination: z.boolean(),
  error: z.string().nullable(),
});

const summaryOf = (checked: CheckedTarget, found: PathMtu): string => {
  const target = shownTarget(checked);
  const { pmtuBytes, changes, blackHole, measuredTo } = found;
  const failure = found.reached ? '' : ` ${target} was not reached: ${found.issues[0] ?? 'no answer.'}`;
  if (pmtuBytes === null) return failure.trim() || `The path MTU to ${target} could not be measured.`;
  const where = found.reached ? target : `hop ${measuredTo ?? 0}`;
  const last = changes.at(-1);
  const drop = last === undefined ? '' : `, as ${last.told_by ?? ''} said`;
  const place = blackHole?.after_hop === 0 ? 'on the first link' : `after hop ${blackHole?.after_hop ?? '?'}`;
  const hole = blackHole === null ? '' : ` Larger ones vanish without a word ${place}.`;
  return `Packets of up to ${pmtuBytes} bytes reach ${where}${blackHole === null ? drop : ''}.${hole}${failure}`;
};

/** What cannot be larger than what a socket sends is not told apart from more. */
const largestNote = (found: PathMtu): string[] =>
  found.pmtuBytes !== null && found.pmtuBytes > 65_500 && found.changes.length === 0 && found.interfaceMtuBytes === null
    ? [`${found.pmtuBytes} bytes is the largest probe; the path may carry more.`]
    : [];

export const tracepath = defineOperation({
  name: 'tracepath',
  title: 'Measure the path MTU',
  description: 'Path MTU: the hop where it shrinks, who says so, and black holes where large packets vanish.',
  ...probing,
  long: true,
  input: z.strictObject({ ...targetInput, ...pathInput }),
  output: resultSchema({
    target: z.string(),
    resolved_ip: z.string(),
    method: methodSchema,
    pmtu_bytes: z.number().nullable(),
    interface_mtu_bytes: z.number().nullable(),
    reached_destination: z.boolean(),
    total_hops: z.number(),
    probed_hops: z.number(),
    measured_to_hop: z.number().nullable(),
    mtu_changes: z.array(
      z.strictObject({
        hop_number: z.number().nullable().describe('Larger packets get no further than here'),
        from_bytes: z.number(),
        to_bytes: z.number(),
        told_by: z.string().nullable(),
        guessed: z.boolean().describe('The router named no usable size'),
      }),
    ),
    black_hole: z
      .strictObject({
        after_hop: z.number().nullable(),
        after_ip: z.string().nullable(),
        passes_bytes: z.number(),
        vanishes_bytes: z.number(),
      })
      .nullable(),
    hops: z.array(hopSchema),
    issues_detected: z.array(z.string()),
    notes: z.array(z.string()),
    untrusted: untrustedSchema,
  }),
  run: async (input, ports, { signal, progress }) => {
    const [{ tracepath: measure }, { mean }] = await Promise.all([
      import('../../probe/path/tracepath.ts'),
      import('../../probe/path/hops.ts'),
    ]);
    const checked = await checkTarget(input, ports, signal);
    const request = { target: checked.address, maxHops: input.max_hops, timeoutMs: input.timeout_s * 1000 };
    const { method, found } = await withProber(input, checked, ports, {
      signal,
      work: async (prober) => ({
        method: prober.method,
        found: await measure(prober, request, { signal, progress }),
      }),
    });
    const names = await namesOf(input.resolve_names, found.hops, signal);
    return {
      success: found.pmtuBytes !== null,
      summary: summaryOf(checked, found),
      target: input.target,
      resolved_ip: checked.address,
      method,
      pmtu_bytes: found.pmtuBytes,
      interface_mtu_bytes: found.interfaceMtuBytes,
      reached_destination: found.reached,
      total_hops: found.totalHops,
      probed_hops: found.probedHops,
      measured_to_hop: found.measuredTo,
      mtu_changes: found.changes,
      black_hole: found.blackHole,
      hops: found.hops.map((hop) => ({
        hop_number: hop.hop_number,
        ip: hop.ip,
        hostname: hostnameOf(names, hop.ip),
        avg_latency_ms: mean(hop.latency_ms),
        mtu_bytes: hop.mtu_bytes,
        return_hops: hop.return_hops,
        asymmetric: hop.return_hops !== null && hop.return_hops !== hop.hop_number,
        is_destination: hop.is_destination,
        error: hop.error,
      })),
      issues_detected: found.issues,
      notes: [...methodNotes(input.method, method), ...silenceNotes(found.silentHopsCut), ...largestNote(found)],
      untrusted: untrustedNames,
    };
  },
});
