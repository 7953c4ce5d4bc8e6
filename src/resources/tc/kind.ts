// A qdisc kind as a table of parameters, plus what only the kind knows: defaults it needs, combinations it refuses.
import type { Options, Param, Params } from './params.ts';

export interface Problem {
  /** Name of the parameter; empty for the kind as a whole. */
  param: string;
  message: string;
  hint: string;
}

export interface Kind {
  kind: string;
  params: readonly Param[];
  /** Other spellings of parameters that people use, with the name they mean. */
  aliases?: Readonly<Record<string, string>>;
  /** Keeps queues short or fair by itself: fit to be the leaf below a shaper. */
  leaf: boolean;
  /** Fills in what the kernel insists on. `frame`: the largest frame of the interface in bytes. */
  complete?(params: Params, frame: number): Params;
  /** Combinations that the kernel refuses or that mean nothing. */
  check?(params: Params, frame: number): Problem[];
  /** Words for tc where they are not each parameter's own, in order. */
  words?(params: Params): string[];
  /** Words of the dump that say nothing about parameters. */
  fixedWords?: readonly string[];
  /** A foreign qdisc's parameters as they must be said to bring it about again, where saying all that the dump shows would not; or why not. */
  restore?(params: Params, shown: Options): { params: Params } | { reason: string };
  /** Why a foreign qdisc of this kind cannot be described exactly; undefined when it can. */
  unrestorable?: string;
}
