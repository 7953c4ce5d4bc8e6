// Tests become functions from a packet to true or false; what a type cannot do is refused here.
import type { FieldValue } from '../layers/layer.ts';
import type { Comparison, Operand, Quantifier, Test } from './ast.ts';
import { carriedBy, compileOperand, type Compiled } from './compile-operand.ts';
import { constantOf } from './constants.ts';
import { filterFault } from './fault.ts';
import { isInnermost } from './fields.ts';
import { sharedProtocol } from './node-facts.ts';
import type { PacketView } from './packet-view.ts';
import { matching } from './pattern.ts';
import type { Needs } from './sources.ts';
import { containing, family, orderOf, orderTo } from './values.ts';

export interface CompiledTest {
  test: (packet: PacketView) => boolean;
  cost: number;
}

type Predicate = (value: FieldValue) => boolean;

/** Without a value no quantifier is true. */
const quantified = ({ values, cost }: Compiled, quantifier: Quantifier, predicate: Predicate): CompiledTest => ({
  cost,
  test:
    quantifier === 'any'
      ? (packet) => {
          for (const value of values(packet)) if (predicate(value)) return true;
          return false;
        }
      : (packet) => {
          const all = values(packet);
          for (const value of all) if (!predicate(value)) return false;
          return all.length > 0;
        },
});

const holds = (comparison: Comparison, order: number): boolean => {
  switch (comparison) {
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
  }
};

const compare = (test: Test & { kind: 'compare' }, needs: Needs): CompiledTest => {
  const { operand, comparison, quantifier, right, at } = test;
  const left = compileOperand(operand, needs);
  if (operand.kind === 'field' && operand.type === 'protocol')
    throw filterFault(`${operand.name} has no value.`, at, `Write it alone: ${operand.name}.`);
  if (right.kind === 'literal') {
    const order = orderTo(constantOf(right, left.type));
    return quantified(left, quantifier, (value) => holds(comparison, order(value)));
  }
  const other = compileOperand(right, needs);
  if (family(left.type) !== family(other.type))
    throw filterFault(
      'the two sides are of different types.',
      right.at,
      'Compare fields of the same type, or write text in double quotes.',
    );
  const some = (value: FieldValue, others: readonly FieldValue[]): boolean =>
    others.some((candidate) => holds(comparison, orderOf(value, candidate)));
  const every = (value: FieldValue, others: readonly FieldValue[]): boolean =>
    others.every((candidate) => holds(comparison, orderOf(value, candidate)));
  return {
    cost: left.cost + other.cost,
    test: (packet) => {
      const others = other.values(packet);
      const all = others.length === 0 ? [] : left.values(packet);
      const { budget, number } = packet;
      return quantifier === 'any'
        ? all.some((value) => {
            budget.compare(others.length, number);
            return some(value, others);
          })
        : all.length > 0 &&
            all.every((value) => {
              budget.compare(others.length, number);
              return every(value, others);
            });
    },
  };
};

/** `tcp contains`: everything that TCP carries is looked into. */
const lookedInto = (operand: Operand, needs: Needs, at: number, operator: string): Compiled => {
  const compiled = operand.kind === 'protocol' ? carriedBy(operand.name, needs) : compileOperand(operand, needs);
  const { type } = compiled;
  if ((operand.kind !== 'field' || type !== 'protocol') && ['string', 'bytes'].includes(family(type))) return compiled;
  throw filterFault(
    `${operator} looks into text and bytes only.`,
    at,
    'Compare numbers and addresses with ==, < or in {...}; their text is string(field).',
  );
};

const membership = ({ operand, quantifier, members }: Test & { kind: 'in' }, needs: Needs): CompiledTest => {
  const left = compileOperand(operand, needs);
  const checks = members.map(({ from, to }): Predicate => {
    const low = orderTo(constantOf(from, left.type));
    if (to === undefined) return (value) => low(value) === 0;
    const high = orderTo(constantOf(to, left.type));
    return (value) => low(value) >= 0 && high(value) <= 0;
  });
  const compiled = quantified(left, quantifier, (value) => checks.some((check) => check(value)));
  return { ...compiled, cost: compiled.cost + members.length / 8 };
};

const nonzero = (value: FieldValue): boolean =>
  value instanceof Uint8Array ? value.some((byte) => byte !== 0) : Number(value) !== 0;

const exists = (operand: Operand, needs: Needs): CompiledTest => {
  if (operand.kind === 'mask') return quantified(compileOperand(operand, needs), 'any', nonzero);
  if (operand.kind === 'call')
    throw filterFault(
      `${operand.name}() is compared with something.`,
      operand.at,
      `Write ${operand.name}(...) > 3, for example.`,
    );
  if (operand.kind !== 'protocol') {
    const { values, cost } = compileOperand(operand, needs);
    return { cost, test: (packet) => values(packet).length > 0 };
  }
  const { name } = operand;
  if (name === 'frame') return { cost: 0, test: () => true };
  const protocol = sharedProtocol(name);
  const decoded = (packet: PacketView): boolean => packet.collected.layers.includes(name);
  needs.everyLayer ||= isInnermost(name);
  if (protocol === undefined) return { cost: 40, test: decoded };
  return {
    cost: 2,
    test: (packet) => {
      const { exact, counts } = packet.facts;
      return exact ? counts[protocol] !== 0 : decoded(packet);
    },
  };
};

export const compileTest = (test: Test, needs: Needs): CompiledTest => {
  switch (test.kind) {
    case 'exists':
      return exists(test.operand, needs);
    case 'compare':
      return compare(test, needs);
    case 'in':
      return membership(test, needs);
    case 'contains': {
      const left = lookedInto(test.operand, needs, test.at, 'contains');
      const compiled = quantified(
        left,
        test.quantifier,
        containing(constantOf(test.right, left.type === 'ether' ? 'bytes' : left.type)),
      );
      return { ...compiled, cost: compiled.cost + 5 };
    }
    case 'matches': {
      const left = lookedInto(test.operand, needs, test.at, 'matches');
      const compiled = quantified(left, test.quantifier, matching(test.right, left.type, needs));
      return { ...compiled, cost: compiled.cost + 30 };
    }
  }
};
