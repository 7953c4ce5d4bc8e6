// A filter expression becomes one function; the cheap tests of an `and` or `or` run first, which changes nothing but the time.
import type { NetError } from '../../model/errors.ts';
import { wantedFields } from '../decode.ts';
import type { Expression } from './ast.ts';
import { compileTest, type CompiledTest } from './compile-test.ts';
import { foreignLanguage } from './foreign.ts';
import type { PacketView, Wants } from './packet-view.ts';
import { parseExpression } from './parser.ts';
import type { Needs } from './sources.ts';

export interface CompiledFilter extends Wants {
  test: (packet: PacketView) => boolean;
}

const compileExpression = (expression: Expression, needs: Needs): CompiledTest => {
  if (expression.kind === 'test') return compileTest(expression.test, needs);
  if (expression.kind === 'not') {
    const { test, cost } = compileExpression(expression.item, needs);
    return { cost, test: (packet) => !test(packet) };
  }
  const compiled = expression.items.map((item) => compileExpression(item, needs));
  const tests = compiled.sort((one, other) => one.cost - other.cost).map(({ test }) => test);
  const cost = compiled.reduce((sum, item) => sum + item.cost, 0);
  const [first, second] = tests;
  switch (expression.kind) {
    case 'and':
      if (first !== undefined && second !== undefined && tests.length === 2)
        return { cost, test: (packet) => first(packet) && second(packet) };
      return { cost, test: (packet) => tests.every((test) => test(packet)) };
    case 'or':
      return { cost, test: (packet) => tests.some((test) => test(packet)) };
    case 'xor':
      return { cost, test: (packet) => tests.reduce((odd, test) => odd !== test(packet), false) };
  }
};

const parseFilter = (source: string): Expression => {
  const foreign: NetError | undefined = foreignLanguage(source);
  if (foreign !== undefined) throw foreign;
  return parseExpression(source);
};

/** Lets packets pass that every one of the expressions lets pass. Throws invalid_argument with the position and a fix. */
export const compileFilter = (...sources: readonly string[]): CompiledFilter => {
  const needs: Needs = { fields: new Set(), everyLayer: false, relative: false, program: 0, bytePatterns: 0 };
  const { test } = compileExpression({ kind: 'and', items: sources.map(parseFilter) }, needs);
  return { wanted: wantedFields(needs.fields, needs.everyLayer), relative: needs.relative, test };
};
