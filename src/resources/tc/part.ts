// What the four tc knobs contribute to an interface's tree.
import * as z from 'zod';

const paramsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const bitsSchema = z.number().int().positive();

const classPartSchema = z.strictObject({
  classid: z.string(),
  parent: z.string().optional(),
  rate_bit: bitsSchema,
  ceil_bit: bitsSchema,
  prio: z.number().optional(),
  burst_bytes: z.number().optional(),
  /** Some traffic is classified into it. */
  matched: z.boolean(),
});
export type ClassPart = z.infer<typeof classPartSchema>;

export const partSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('qdisc'), type: z.string(), params: paramsSchema }),
  z.strictObject({
    kind: z.literal('shaper'),
    egress_bit: bitsSchema.optional(),
    ceil_bit: bitsSchema.optional(),
    ingress_bit: bitsSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('classes'), classes: z.array(classPartSchema).min(1) }),
  z.strictObject({ kind: z.literal('netem'), params: paramsSchema }),
]);
export type Part = z.infer<typeof partSchema>;
