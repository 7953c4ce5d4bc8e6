// The ParameterPlan: what a caller wants, made from the knobs' own schemas.
import * as z from 'zod';
import type { Finding } from '../model/finding.ts';
import { error } from '../model/finding.ts';
import type { Knob } from '../model/knob.ts';
import { addressSchema, interfaceNameSchema, portSchema } from '../model/names.ts';

const hostSchema = z.union([
  addressSchema,
  z
    .string()
    .regex(
      /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?$/,
      'not a host name or address',
    ),
]);

const validateSpecSchema = z.strictObject({
  targets: z
    .array(
      z.strictObject({ kind: z.enum(['ping', 'tcp', 'dns', 'iperf3']), host: hostSchema, port: portSchema.optional() }),
    )
    .max(16)
    .optional(),
  objectives: z
    .strictObject({
      latency_p95_ms: z.number().positive().optional(),
      jitter_ms: z.number().positive().optional(),
      loss_pct: z.number().min(0).max(100).optional(),
      throughput_mbps: z.number().positive().optional(),
    })
    .optional(),
});

const rationaleSchema = z.union([z.string().max(4000), z.array(z.string().max(1000)).max(50)]);

export const makeParameterPlanSchema = (knobs: readonly Knob[]) =>
  z.strictObject({
    iface: z
      .union([z.literal('auto'), interfaceNameSchema])
      .describe('Interface name, or "auto" for the one with the default route'),
    profile: z.string().max(64).optional().describe('Name of a profile, see list_policy'),
    inherit: z
      .boolean()
      .optional()
      .describe("Take the profile's values under the plan's own; true when changes is absent, else false"),
    changes: z
      .strictObject(Object.fromEntries(knobs.map((knob) => [knob.id, knob.schema.nullable().optional()])))
      .optional()
      .describe('Knobs to set. A knob left out stays as committed earlier; null or [] removes it.'),
    validate: validateSpecSchema.optional().describe('What must hold after the change'),
    rationale: rationaleSchema.optional().describe('Why, for the record'),
    takeover: z
      .boolean()
      .optional()
      .describe('Replace a root qdisc that somebody else set, if it can be restored exactly'),
    emulate: z.boolean().optional().describe('Required for netem: the link is to be made worse on purpose'),
  });

export type ParameterPlan = z.infer<ReturnType<typeof makeParameterPlanSchema>>;

/** `changes.sysctl.net.core.rmem_max`, `changes.dscp[0].match.proto`. */
export const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${String(part)}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');

const showValue = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => {
    if (Array.isArray(at) && typeof key === 'number') {
      const list: unknown[] = at;
      return list[key];
    }
    if (typeof at === 'object' && at !== null && typeof key === 'string')
      return Object.entries(at).find(([name]) => name === key)?.[1];
    return undefined;
  }, value);

/** The keys an object schema knows at a path, as far as the schema tells (for the hint of an unknown key). */
const knownKeys = (schema: z.ZodType, path: readonly PropertyKey[]): string[] => {
  let at: unknown = schema;
  const unwrap = (type: unknown): unknown => {
    let inner = type;
    while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.unwrap();
    return inner;
  };
  for (const key of path) {
    at = unwrap(at);
    if (at instanceof z.ZodObject && typeof key === 'string')
      at = Object.entries(at.shape).find(([name]) => name === key)?.[1];
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
  }
  at = unwrap(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
};

type Issue = z.core.$ZodIssue;

const flatten = (issue: Issue, base: readonly PropertyKey[]): { issue: Issue; path: readonly PropertyKey[] }[] => {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  // The branch that got furthest is the one the caller meant.
  const branches = issue.errors.map((errors) => errors.flatMap((inner) => flatten(inner, path)));
  const depth = (list: { path: readonly PropertyKey[] }[]) => Math.max(0, ...list.map((entry) => entry.path.length));
  const best = [...branches].sort((a, b) => depth(b) - depth(a))[0];
  return best === undefined || depth(best) <= path.length ? [{ issue, path }] : best;
};

const unionText = (issue: Issue): string =>
  issue.code === 'invalid_union'
    ? [...new Set(issue.errors.flat().map((inner) => inner.message))].join(', or: ')
    : issue.message;

/** Schema errors as findings: unknown keys by name with the known ones, everything else with what came. */
export const findingsOf = (zodError: z.ZodError, input: unknown, schema: z.ZodType): Finding[] =>
  zodError.issues.flatMap((top) =>
    flatten(top, []).flatMap(({ issue, path }) => {
      if (issue.code === 'unrecognized_keys') {
        const known = knownKeys(schema, path);
        return issue.keys.map((key) =>
          error(
            formatPath([...path, key]),
            'unknown_argument',
            `unknown key ${showValue(key)}`,
            known.length === 0 ? 'Remove it.' : `Known here: ${known.join(', ')}.`,
          ),
        );
      }
      const came = valueAt(input, path);
      return [
        error(
          formatPath(path),
          'invalid_argument',
          `${unionText(issue)}${came === undefined ? '' : ` (got ${showValue(came)})`}`,
          came === undefined ? 'Add this field.' : 'Correct the value.',
        ),
      ];
    }),
  );
