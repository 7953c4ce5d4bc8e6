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

const shorten = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 3)}...` : text);

/** `changes.sysctl.net.core.rmem_max`, `changes.dscp[0].match.proto`. */
export const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${String(part)}]`;
    const name = shorten(String(part), 128);
    return text === '' ? name : `${text}.${name}`;
  }, '');

/** Invisible characters of the caller's own value are not repeated. */
const showValue = (value: unknown): string =>
  shorten(value === undefined ? 'nothing' : JSON.stringify(value).replaceAll(/\p{Cf}/gu, '\uFFFD'), 80);

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

/** The schemas a value at a path is judged by, wrappers included: several where a union leaves it open. */
const schemasAt = (schema: unknown, path: readonly PropertyKey[]): unknown[] => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return [...(path.length === 0 ? [schema] : []), ...schemasAt(schema.unwrap(), path)];
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.flatMap((option) => schemasAt(option, path));
    return path.length === 0 ? [schema, ...options] : options;
  }
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  if (schema instanceof z.ZodObject && typeof key === 'string')
    return schemasAt(Object.entries(schema.shape).find(([name]) => name === key)?.[1], rest);
  return schema instanceof z.ZodArray && typeof key === 'number' ? schemasAt(schema.element, rest) : [];
};

/** The keys an object schema knows at a path, as far as the schema tells (for the hint of an unknown key). */
const knownKeys = (schema: z.ZodType, path: readonly PropertyKey[]): string[] => [
  ...new Set(schemasAt(schema, path).flatMap((at) => (at instanceof z.ZodObject ? Object.keys(at.shape) : []))),
];

const descriptionAt = (schema: z.ZodType, path: readonly PropertyKey[]): string | undefined =>
  schemasAt(schema, path)
    .map((at) => (at instanceof z.ZodType ? at.description : undefined))
    .find((text) => text !== undefined);

type Issue = z.core.$ZodIssue;

interface Located {
  issue: Issue;
  path: readonly PropertyKey[];
}

const depthOf = (list: readonly Located[]): number => Math.max(0, ...list.map((entry) => entry.path.length));

const flatten = (issue: Issue, base: readonly PropertyKey[]): Located[] => {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  const branches = issue.errors.map((errors) => errors.flatMap((inner) => flatten(inner, path)));
  // The branch that got furthest is the one the caller meant, else the only one that is of the kind that came.
  const deepest = [...branches].sort((a, b) => depthOf(b) - depthOf(a))[0];
  if (deepest !== undefined && depthOf(deepest) > path.length) return deepest;
  const wrongKind = (entry: Located) => entry.issue.code === 'invalid_type' && entry.path.length === path.length;
  const [meant, ...others] = branches.filter((branch) => !branch.some(wrongKind));
  return meant === undefined || others.length > 0 ? [{ issue, path }] : meant;
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** A union without words of its own speaks through its branches. */
const issueText = (issue: Issue): string => {
  const own = issue.message.replace(/^Invalid (input|option|string|key in record|element in \w+)(: |$)/, '');
  if (issue.code !== 'invalid_union' || own !== '') return lowerFirst(own === '' ? issue.message : own);
  return [...new Set(issue.errors.flat().map(issueText))].join(', or: ');
};

/** The field's own name and meaning: `limit: connections from one source at once`. */
const meaning = (schema: z.ZodType, path: readonly PropertyKey[]): string | undefined => {
  const description = descriptionAt(schema, path);
  const name = path.findLast((part) => typeof part === 'string');
  return description === undefined || name === undefined ? undefined : `${name}: ${lowerFirst(description)}`;
};

/** Schema errors as findings: unknown keys by name with the known ones, everything else with what came. `base`: where the input lies in the plan. */
export const findingsOf = (
  zodError: z.ZodError,
  input: unknown,
  schema: z.ZodType,
  base: readonly PropertyKey[] = [],
): Finding[] =>
  zodError.issues
    .flatMap((top) => flatten(top, []))
    .flatMap(({ issue, path }): Finding[] => {
      if (issue.code === 'unrecognized_keys') {
        const known = knownKeys(schema, path);
        const hint = known.length === 0 ? 'Remove it.' : `Known here: ${known.join(', ')}.`;
        return issue.keys.map((key) =>
          error(formatPath([...base, ...path, key]), 'unknown_argument', `unknown key ${showValue(key)}`, hint),
        );
      }
      const came = valueAt(input, path);
      const about = meaning(schema, path);
      const [message, hint] =
        came === undefined
          ? [`required: ${issueText(issue)}`, about === undefined ? 'Add this field.' : `Add ${about}.`]
          : [
              `${issueText(issue)} (got ${showValue(came)})`,
              about === undefined ? 'Correct the value as the message says.' : `Correct ${about}.`,
            ];
      return [error(formatPath([...base, ...path]), 'invalid_argument', message, hint)];
    });
