// Wishes with every part under the name its card knows it by: where several spellings are taken, limits are judged on one.
import * as z from 'zod';
import { checkParams, findKind } from '../resources/tc/kinds.ts';

const qdiscSchema = z.object({
  type: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

/** By knob; a wish that is not listed has one spelling only. */
const spellings: Readonly<Record<string, (wish: unknown) => unknown>> = {
  qdisc(wish) {
    const { type, params } = qdiscSchema.parse(wish);
    const kind = findKind(type);
    return kind === undefined ? { type } : { type, params: checkParams(kind, params).params };
  },
};

/** Of a wish that its knob's schema has taken. */
export const canonicalWish = (knob: string, wish: unknown): unknown => spellings[knob]?.(wish) ?? wish;
