// defineKnob: one kind of wish a plan can hold, and how it becomes fragments of resources.
import type * as z from 'zod';
import type { Finding } from './finding.ts';
import type { Policy } from './policy.ts';
import type { Snapshot } from './snapshot.ts';

export type Risk = 'none' | 'blip' | 'cuts-off';

export interface KnobContext {
  iface: string;
  snapshot: Snapshot;
  policy: Policy;
  /** Every wish in effect on this interface by knob id (committed ones under the plan's own), for knobs that depend on others. */
  wishes: Readonly<Record<string, unknown>>;
  /** The plan said `emulate: true`. */
  emulate: boolean;
  /** Wishes that came from the profile are left out with a warning where the host lacks them; wishes by name are errors. */
  origin: (path: string) => 'plan' | 'profile' | 'committed';
}

/** What a knob gives: fragments for its resources, and what must be said about the wish (path relative to the plan: `changes.mtu`). */
export interface KnobResult {
  fragments: { resource: string; target: string; part: unknown }[];
  findings: Finding[];
}

export interface KnobExample<Wish> {
  title: string;
  wish: Wish;
}

export interface KnobSpec<Wish> {
  id: string;
  schema: z.ZodType<Wish>;
  /** Card ids this knob serves. */
  cards: readonly string[];
  risk: Risk;
  /** Minimum kernel as `major.minor`, if newer than the product's 5.10. */
  minimumKernel?: string;
  /** How a new wish meets the committed one: `replace` it whole, or `merge` key by key (a null value removes the key). */
  meets: 'replace' | 'merge';
  fragments(wish: Wish, context: KnobContext): KnobResult;
  examples: readonly KnobExample<Wish>[];
}

export interface Knob {
  id: string;
  schema: z.ZodType;
  cards: readonly string[];
  risk: Risk;
  minimumKernel?: string;
  meets: 'replace' | 'merge';
  fragments(wish: unknown, context: KnobContext): KnobResult;
  examples: readonly KnobExample<unknown>[];
}

export const defineKnob = <Wish>(spec: KnobSpec<Wish>): Knob => ({
  ...spec,
  fragments: (wish, context) => spec.fragments(spec.schema.parse(wish), context),
});
