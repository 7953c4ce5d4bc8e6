// What we can bring about on an interface (State) and what its dump tells, without counters (Observed).
import * as z from 'zod';
import { checkParams, findKind } from './kinds.ts';

/** Our root's handle: nft's `meta priority set 1:10` names classes of it. */
export const rootHandle = '1:';
/** By this preference our one ingress filter is recognised. */
export const ingressPreference = 7711;

const handleSchema = z.string().regex(/^[0-9a-f]{1,4}:$/);
const classSchema = z.string().regex(/^[0-9a-f]{1,4}:[0-9a-f]{1,4}$/);
const linkSchema = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,14}$/);
/** The largest rate of a class, bits a second; the same as the knobs'. */
export const mostBits = 100_000_000_000;
const rateSchema = z.number().int().min(8).max(mostBits);

const qdiscNodeSchema = z
  .strictObject({
    kind: z.string(),
    handle: handleSchema,
    /** `root`, or the class it is the queue of. */
    parent: z.union([z.literal('root'), classSchema]),
    params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .refine((node) => {
    const kind = findKind(node.kind);
    return kind !== undefined && checkParams(kind, node.params).problems.length === 0;
  }, 'not a queueing discipline with parameters that it has');
export type QdiscNode = z.infer<typeof qdiscNodeSchema>;

const classNodeSchema = z.strictObject({
  classid: classSchema,
  /** `1:` for the top class. */
  parent: z.union([handleSchema, classSchema]),
  /** Bits a second. */
  rate_bit: rateSchema,
  ceil_bit: rateSchema,
  prio: z.number().int().min(0).max(7),
  burst_bytes: z.number().int().min(1).max(0xffffffff),
  cburst_bytes: z.number().int().min(1).max(0xffffffff),
  /** Bytes served in a round when several classes borrow. */
  quantum_bytes: z.number().int().min(1000).max(200_000),
});
export type ClassNode = z.infer<typeof classNodeSchema>;

const treeSchema = z.strictObject({
  /** Root first; the others are made after the classes. */
  qdiscs: z.array(qdiscNodeSchema).min(1),
  /** Parents before children. */
  classes: z.array(classNodeSchema),
});
export type Tree = z.infer<typeof treeSchema>;

export const stateSchema = z.strictObject({
  /** Null: the kernel's default stands. */
  root: treeSchema.nullable(),
  /** What arrives goes through `tree` on the ifb; null: nothing of ours at ingress. */
  ingress: z.strictObject({ ifb: linkSchema, classifier: z.enum(['matchall', 'u32']), tree: treeSchema }).nullable(),
});
export type State = z.infer<typeof stateSchema>;

const seenQdiscSchema = z.strictObject({
  kind: z.string(),
  handle: z.string(),
  parent: z.string(),
  options: z.string(),
});
const seenClassSchema = z.strictObject({
  kind: z.string(),
  classid: z.string(),
  parent: z.string(),
  options: z.string(),
});

const seenSchema = z.strictObject({
  qdiscs: z.array(seenQdiscSchema),
  classes: z.array(seenClassSchema),
  /** Lines about filters of the root. */
  filters: z.array(z.string()),
});
export type Seen = z.infer<typeof seenSchema>;
export type SeenQdisc = z.infer<typeof seenQdiscSchema>;

export const observedSchema = z.strictObject({
  ...seenSchema.shape,
  /** Lines about filters of an `ingress` qdisc; those of a clsact are not our business and not read. */
  ingress_filters: z.array(z.string()),
  /** tc's JSON options of a foreign root without children: proves what the printed text rounds. */
  exact: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
  /** The link that has the name of our ifb. */
  ifb: z.strictObject({ ...seenSchema.shape, kind: z.string() }).nullable(),
});
export type Observed = z.infer<typeof observedSchema>;

/** FNV-1a, 32 bits: short, and the same everywhere. */
const hash = (text: string): string => {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
};

/** Our ifb for an interface, at most 15 characters. From the name, so that it is found again when the interface is gone or was made anew. */
export const ifbName = (iface: string): string => (iface.length <= 9 ? `nmifb-${iface}` : `nmifb-${hash(iface)}`);

const atIngress = (qdisc: SeenQdisc): boolean => qdisc.kind === 'ingress' || qdisc.kind === 'clsact';

/** The qdiscs of the sending side. */
export const egressQdiscs = (seen: Seen): SeenQdisc[] => seen.qdiscs.filter((qdisc) => !atIngress(qdisc));

export const rootOf = (seen: Seen): SeenQdisc | undefined => seen.qdiscs.find((qdisc) => qdisc.parent === 'root');

/** Handle 0: is the kernel's own default, which cannot be deleted and comes back by itself. */
export const isDefault = (qdisc: SeenQdisc | undefined): boolean => qdisc === undefined || qdisc.handle === '0:';

/** Whose the ingress qdisc is: ours has our one filter, or none yet beside our ifb. */
export const ingressOwner = (target: string, observed: Observed): 'none' | 'ours' | 'foreign' => {
  const qdisc = observed.qdiscs.find(atIngress);
  if (qdisc === undefined) return 'none';
  if (qdisc.kind !== 'ingress') return 'foreign';
  const lines = observed.ingress_filters;
  if (lines.length === 0) return observed.ifb?.kind === 'ifb' ? 'ours' : 'foreign';
  const ours = lines.every((line) => {
    if (line.startsWith('filter ')) return line.includes(` pref ${ingressPreference} `);
    // A redirect whose ifb is gone shows a star.
    const device = /redirect to device ([^ )]+)/i.exec(line)?.[1];
    return device === undefined || device === '*' || device === ifbName(target);
  });
  return ours ? 'ours' : 'foreign';
};
