// The sides of a comparison: fields, layers, their slices and masked bits, functions of them, and values.
import { functionNames, type FunctionName, type Literal, type Operand } from './ast.ts';
import { filterFault } from './fault.ts';
import { fieldSpec, isProtocol, unknownField } from './fields.ts';
import type { TokenReader } from './reader.ts';
import { checkSlices, slicesOf } from './slices.ts';
import type { Token } from './tokens.ts';

const isFunction = (name: string): name is FunctionName => functionNames.some((known) => known === name);

const unsupported: Readonly<Record<string, string>> = {
  min: 'Test the sides one by one, joined with and.',
  max: 'Test the sides one by one, joined with and.',
  abs: 'Numbers of packets have no sign.',
};

export const literalOf = (token: Token, reader: TokenReader): Literal => {
  if (token.kind === 'word' || token.kind === 'string' || token.kind === 'character')
    return { kind: 'literal', form: token.kind, text: token.text, at: token.at };
  throw reader.unexpected(token, 'A value follows here, such as 443, 10.0.0.0/8, "text" or aa:bb:cc.');
};

const call = (name: FunctionName, at: number, reader: TokenReader): Operand => {
  reader.take();
  const of = reader.nested(() => parseOperand(reader));
  reader.expect(')', `Close ${name}( with a parenthesis; it takes one field.`);
  return { kind: 'call', name, of, at };
};

const named = (token: Token, reader: TokenReader): Operand => {
  const { text, at } = token;
  const next = reader.peek();
  if (next.kind === 'sign' && next.text === '(') {
    if (isFunction(text)) return call(text, at, reader);
    const instead = unsupported[text];
    if (instead !== undefined) throw filterFault(`${text}() is not supported.`, at, instead);
  }
  const spec = fieldSpec(text);
  if (spec !== undefined) return { kind: 'field', name: text, type: spec.type, at };
  if (isProtocol(text)) return { kind: 'protocol', name: text, at };
  throw unknownField(text, at);
};

export function parseOperand(reader: TokenReader): Operand {
  const token = reader.take();
  if (token.kind === 'string' || token.kind === 'character')
    throw filterFault(
      'the left side is a field, not a value.',
      token.at,
      'Write the field first: http.host == "example.org".',
    );
  if (token.kind !== 'word')
    throw reader.unexpected(token, 'A field or a protocol follows here, such as tcp.port == 443 or dns.');
  if (/^[-\d:]/.test(token.text) && fieldSpec(token.text) === undefined && !isProtocol(token.text))
    throw filterFault('the left side is a field, not a value.', token.at, 'Write the field first: tcp.port == 443.');
  let operand = named(token, reader);
  for (let next = reader.peek(); next.kind === 'slice'; next = reader.peek()) {
    reader.take();
    reader.countTerm();
    operand = { kind: 'slice', of: operand, ranges: slicesOf(next.text, next.at), at: next.at };
    checkSlices(operand, next.at);
  }
  if (reader.peek().text === '#')
    throw filterFault(
      'the layer operator # is not supported.',
      reader.peek().at,
      'Leave it out (any layer is tested), or use count() of the field.',
    );
  const mask = reader.accept('&', 'bitwise_and');
  return mask === undefined
    ? operand
    : { kind: 'mask', of: operand, mask: literalOf(reader.take(), reader), at: mask.at };
}

/** What a field is compared with: another field where the word is the name of one, else a value. */
export const parseRight = (reader: TokenReader): Operand | Literal => {
  const token = reader.peek();
  const next = reader.peek(1);
  const calls = next.kind === 'sign' && next.text === '(' && isFunction(token.text);
  return token.kind === 'word' && (calls || fieldSpec(token.text) !== undefined || isProtocol(token.text))
    ? parseOperand(reader)
    : literalOf(reader.take(), reader);
};
