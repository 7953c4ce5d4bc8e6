// A filter expression as the parser understands it: names are known, types are not looked at yet.
import type { FieldType } from '../layers/layer.ts';

export interface Literal {
  kind: 'literal';
  /** string: in double quotes; character: in single ones. */
  form: 'word' | 'string' | 'character';
  text: string;
  at: number;
}

/** Bytes or characters from `from`, counted from the end when negative; `length` undefined: to the end. */
export interface SliceRange {
  from: number;
  length: number | undefined;
  /** Instead of a length: the last one, counted from the end when negative. */
  to: number | undefined;
}

export const functionNames = ['len', 'count', 'lower', 'upper', 'string'] as const;
export type FunctionName = (typeof functionNames)[number];

export type Operand =
  | { kind: 'field'; name: string; type: FieldType; at: number }
  /** All bytes of a layer. */
  | { kind: 'protocol'; name: string; at: number }
  | { kind: 'slice'; of: Operand; ranges: readonly SliceRange[]; at: number }
  | { kind: 'mask'; of: Operand; mask: Literal; at: number }
  | { kind: 'call'; name: FunctionName; of: Operand; at: number };

export type Quantifier = 'any' | 'all';

/** eq, lt and so on of pairs of values; what `!=` means is in `quantifier`. */
export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

export interface Member {
  from: Literal;
  /** Undefined: one value. */
  to: Literal | undefined;
}

export type Test =
  | { kind: 'exists'; operand: Operand }
  | {
      kind: 'compare';
      operand: Operand;
      comparison: Comparison;
      quantifier: Quantifier;
      right: Operand | Literal;
      at: number;
    }
  | { kind: 'contains' | 'matches'; operand: Operand; quantifier: Quantifier; right: Literal; at: number }
  | { kind: 'in'; operand: Operand; quantifier: Quantifier; members: readonly Member[]; at: number };

export type Expression =
  | { kind: 'and' | 'or' | 'xor'; items: readonly Expression[] }
  | { kind: 'not'; item: Expression }
  | { kind: 'test'; test: Test };
