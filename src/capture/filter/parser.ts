// From text to an expression: `and` binds closer than `xor`, that closer than `or`. Recursion is bounded by the depth of parentheses.
import type { Comparison, Expression, Member, Operand, Quantifier, Test } from './ast.ts';
import { filterFault } from './fault.ts';
import { tokensOf } from './lexer.ts';
import { maxMembers } from './limits.ts';
import { literalOf, parseOperand, parseRight } from './parse-operand.ts';
import { TokenReader } from './reader.ts';

interface Relation {
  comparison: Comparison;
  quantifier: Quantifier;
}

const relation = (comparison: Comparison, quantifier: Quantifier = 'any'): Relation => ({ comparison, quantifier });

/** `!=` is true when every value differs; `!==` when one does (Wireshark 4). */
const relations: ReadonlyMap<string, Relation> = new Map([
  ...['==', 'eq', 'any_eq'].map((text) => [text, relation('eq')] as const),
  ...['===', 'all_eq'].map((text) => [text, relation('eq', 'all')] as const),
  ...['!=', 'ne', 'all_ne'].map((text) => [text, relation('ne', 'all')] as const),
  ...['!==', '~=', 'any_ne'].map((text) => [text, relation('ne')] as const),
  ...['<', 'lt'].map((text) => [text, relation('lt')] as const),
  ...['<=', 'le'].map((text) => [text, relation('le')] as const),
  ...['>', 'gt'].map((text) => [text, relation('gt')] as const),
  ...['>=', 'ge'].map((text) => [text, relation('ge')] as const),
]);

const inHint = 'Write the values in braces: tcp.port in {80, 443, 8000..8100}.';

const members = (reader: TokenReader): Member[] => {
  reader.expect('{', inHint);
  const all: Member[] = [];
  do {
    const from = literalOf(reader.take(), reader);
    const to = reader.accept('..') === undefined ? undefined : literalOf(reader.take(), reader);
    all.push({ from, to });
    if (all.length > maxMembers)
      throw filterFault(`more than ${maxMembers} members.`, from.at, 'Use ranges, such as 1000..2000, or networks.');
    reader.accept(',');
  } while (reader.peek().kind !== 'end' && reader.peek().text !== '}');
  reader.expect('}', inHint);
  return all;
};

/** What stands behind an operand; undefined: nothing, it is tested for being there. */
const testOf = (operand: Operand, quantifier: Quantifier | undefined, reader: TokenReader): Test | undefined => {
  const { text, at, kind } = reader.peek();
  if (kind !== 'sign' && kind !== 'word') return undefined;
  const found = relations.get(text);
  if (found !== undefined) {
    reader.take();
    return {
      kind: 'compare',
      operand,
      ...found,
      quantifier: quantifier ?? found.quantifier,
      right: parseRight(reader),
      at,
    };
  }
  const common = { operand, quantifier: quantifier ?? 'any', at };
  if (reader.accept('contains') !== undefined)
    return { kind: 'contains', ...common, right: literalOf(reader.take(), reader) };
  if (reader.accept('matches', '~') !== undefined)
    return { kind: 'matches', ...common, right: literalOf(reader.take(), reader) };
  return reader.accept('in') === undefined ? undefined : { kind: 'in', ...common, members: members(reader) };
};

const quantifierOf = (reader: TokenReader): Quantifier | undefined => {
  const { kind, text } = reader.peek();
  if (kind !== 'word' || (text !== 'any' && text !== 'all') || reader.peek(1).kind !== 'word') return undefined;
  reader.take();
  return text;
};

const term = (reader: TokenReader): Expression => {
  reader.countTerm();
  const quantifier = quantifierOf(reader);
  const operand = parseOperand(reader);
  if (reader.peek().text === 'not' && reader.peek(1).text === 'in') {
    reader.take();
    const test = testOf(operand, quantifier, reader);
    return test === undefined
      ? { kind: 'test', test: { kind: 'exists', operand } }
      : { kind: 'not', item: { kind: 'test', test } };
  }
  const test = testOf(operand, quantifier, reader);
  if (test === undefined && quantifier !== undefined)
    throw reader.unexpected(reader.peek(), `A comparison follows ${quantifier}: ${quantifier} tcp.port > 1023.`);
  return { kind: 'test', test: test ?? { kind: 'exists', operand } };
};

const negated = (reader: TokenReader): Expression => {
  let not = false;
  while (reader.accept('not', '!') !== undefined) not = !not;
  const item =
    reader.accept('(') === undefined
      ? term(reader)
      : reader.nested(() => {
          const inner = either(reader);
          reader.expect(')', 'Close the parenthesis, and join tests with and, or, not.');
          return inner;
        });
  return not ? { kind: 'not', item } : item;
};

const chain = (kind: 'and' | 'or' | 'xor', signs: readonly string[], item: (reader: TokenReader) => Expression) =>
  function parse(reader: TokenReader): Expression {
    const first = item(reader);
    const items = [first];
    while (reader.accept(...signs) !== undefined) items.push(item(reader));
    return items.length === 1 ? first : { kind, items };
  };

const both = chain('and', ['and', '&&'], negated);
const different = chain('xor', ['xor', '^^'], both);
const either = chain('or', ['or', '||'], different);

/** Throws invalid_argument with the position. An empty expression lets every packet pass, as `frame` does. */
export const parseExpression = (source: string): Expression => {
  const reader = new TokenReader(tokensOf(source));
  if (reader.peek().kind === 'end') return { kind: 'and', items: [] };
  const expression = either(reader);
  const rest = reader.peek();
  if (rest.kind !== 'end')
    throw reader.unexpected(
      rest,
      'Join tests with and, or, not; comparisons have two sides: ip.addr == 192.0.2.1 and tcp.port == 443.',
    );
  return expression;
};
