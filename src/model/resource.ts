// defineResource: what really exists on the host and is owned as a whole. It reads, composes, compares, commands.
import type * as z from 'zod';
import type { ResourceCommand } from './command.ts';
import type { Finding } from './finding.ts';
import type { HostPorts } from './ports.ts';
import type { Snapshot } from './snapshot.ts';

export type Scope = 'global' | 'namespace' | 'interface';

/** One place where what is there differs from what is wanted; an empty list means the same (rounding and spelling normalised). */
export interface Difference {
  path: string;
  current: string | null;
  desired: string | null;
}

export interface Composed<State> {
  state: State;
  findings: Finding[];
}

export interface PartEntry<Part> {
  iface: string;
  knob: string;
  part: Part;
}

export interface ComposeContext<State> {
  snapshot: Snapshot;
  /** The state before our first change: what the resource goes back to when no part is left. */
  original: State;
}

export interface OwnContext<State> {
  snapshot: Snapshot;
  /** The state our last committed change left, if we own this target. */
  committed: State | undefined;
  /** The plan allows a foreign state to be replaced where it can be restored exactly. */
  takeover: boolean;
}

/**
 * State: what we can bring about again, plain JSON, journaled as `from` and `to` of a step. Observed: what reading gives, without counters.
 * Part: one knob's contribution. All pure but `read`.
 */
export interface ResourceSpec<State, Observed, Part> {
  id: string;
  scope: Scope;
  state: z.ZodType<State>;
  observed: z.ZodType<Observed>;
  part: z.ZodType<Part>;
  /** Steps run in ascending order and are undone in descending order. */
  order(target: string): number;
  read(target: string, ports: HostPorts, signal: AbortSignal): Promise<Observed>;
  /** The observed state as one we can go back to. Throws NetError (plan_refused) when it is somebody else's or cannot be restored. */
  current(target: string, observed: Observed, context: OwnContext<State>): State;
  /** Merges the parts of all knobs (and, for a shared resource, of all interfaces) into the desired state. */
  compose(target: string, parts: readonly PartEntry<Part>[], context: ComposeContext<State>): Composed<State>;
  differences(target: string, state: State, observed: Observed): Difference[];
  /** What `read` would give once `state` stands, as far as that can be told from what is observed now; lets undo be shown before anything is done. */
  expected(target: string, state: State, observed: Observed): Observed;
  /** What brings `observed` to `to`; also used for undo, then from whatever is there. Empty when nothing is to be done. */
  commands(target: string, observed: Observed, to: State): ResourceCommand[];
}

/** A resource with its types erased: every value that comes in is parsed by the spec's schemas, so journal and plan files are checked too. */
export interface Resource {
  id: string;
  scope: Scope;
  order(target: string): number;
  read(target: string, ports: HostPorts, signal: AbortSignal): Promise<unknown>;
  /** Throws a ZodError when the value is not a state of this resource. */
  checkState(state: unknown): unknown;
  current(target: string, observed: unknown, context: OwnContext<unknown>): unknown;
  compose(target: string, parts: readonly PartEntry<unknown>[], context: ComposeContext<unknown>): Composed<unknown>;
  differences(target: string, state: unknown, observed: unknown): Difference[];
  expected(target: string, state: unknown, observed: unknown): unknown;
  commands(target: string, observed: unknown, to: unknown): ResourceCommand[];
}

export const defineResource = <State, Observed, Part>(spec: ResourceSpec<State, Observed, Part>): Resource => ({
  id: spec.id,
  scope: spec.scope,
  order: (target) => spec.order(target),
  read: (target, ports, signal) => spec.read(target, ports, signal),
  checkState: (state) => spec.state.parse(state),
  current: (target, observed, context) =>
    spec.current(target, spec.observed.parse(observed), {
      ...context,
      committed: context.committed === undefined ? undefined : spec.state.parse(context.committed),
    }),
  compose: (target, parts, context) =>
    spec.compose(
      target,
      parts.map((entry) => ({ ...entry, part: spec.part.parse(entry.part) })),
      { snapshot: context.snapshot, original: spec.state.parse(context.original) },
    ),
  differences: (target, state, observed) =>
    spec.differences(target, spec.state.parse(state), spec.observed.parse(observed)),
  expected: (target, state, observed) => spec.expected(target, spec.state.parse(state), spec.observed.parse(observed)),
  commands: (target, observed, to) => spec.commands(target, spec.observed.parse(observed), spec.state.parse(to)),
});
