// Operands become functions from a packet to their values.
import type { FieldType, FieldValue } from '../layers/layer.ts';
import { addressText } from './addresses.ts';
import type { Operand } from './ast.ts';
import { constantOf } from './constants.ts';
import { filterFault } from './fault.ts';
import { isInnermost } from './fields.ts';
import { sharedProtocol } from './node-facts.ts';
import type { PacketView } from './packet-view.ts';
import { placesOf } from './slices.ts';
import { sourceOf, type Needs, type Source } from './sources.ts';
import { family, type Constant } from './values.ts';

export interface Compiled extends Source {
  type: FieldType;
}

/** The bytes of a layer up to the next one, or with everything it carries. */
const layerBytes = (name: string, whole: boolean, needs: Needs): Compiled => {
  needs.everyLayer ||= !whole || isInnermost(name);
  const protocol = sharedProtocol(name);
  return {
    type: whole ? 'bytes' : 'protocol',
    cost: 80,
    values: (packet) => {
      if (name === 'frame') return [packet.packet.bytes];
      const { exact, counts } = packet.facts;
      if (exact && protocol !== undefined && counts[protocol] === 0) return [];
      const { layers, starts, end } = packet.collected;
      const { bytes } = packet.packet;
      return layers.flatMap((layer, index) =>
        layer === name ? [bytes.subarray(starts[index], whole ? end : (starts[index + 1] ?? end))] : [],
      );
    },
  };
};

/** What `contains` and `matches` look into. */
export const carriedBy = (name: string, needs: Needs): Compiled => layerBytes(name, true, needs);

const joined = (parts: readonly Uint8Array[], length: number): Uint8Array => {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const slice = (operand: Operand & { kind: 'slice' }, needs: Needs): Compiled => {
  const of = compileOperand(operand.of, needs);
  if (!['string', 'bytes', 'ether', 'ipv4', 'ipv6', 'protocol'].includes(of.type))
    throw filterFault('numbers, times and flags have no slices.', operand.at, 'Slice their protocol: tcp[13:1] & 2.');
  const part = (value: FieldValue, { budget, number }: PacketView): FieldValue | undefined => {
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) return undefined;
    const places = placesOf(value.length, operand.ranges);
    const [only] = places ?? [];
    if (places === undefined || only === undefined) return undefined;
    const length = places.reduce((sum, [from, to]) => sum + to - from, 0);
    if (places.length > 1) budget.join(length, number);
    if (typeof value === 'string') return places.map(([from, to]) => value.slice(from, to)).join('');
    if (places.length === 1) return value.subarray(...only);
    return joined(
      places.map(([from, to]) => value.subarray(from, to)),
      length,
    );
  };
  return {
    type: of.type === 'string' ? 'string' : 'bytes',
    cost: of.cost + 2,
    values: (packet) => of.values(packet).flatMap((value) => part(value, packet) ?? []),
  };
};

const masked = (mask: Constant): ((value: FieldValue) => FieldValue | undefined) => {
  if (mask.kind === 'number') {
    const { value: bits } = mask;
    return (value) => {
      if (typeof value === 'number' && typeof bits === 'number' && value < 2 ** 31 && bits < 2 ** 31)
        return value & bits;
      return typeof value === 'number' || typeof value === 'bigint' ? Number(BigInt(value) & BigInt(bits)) : undefined;
    };
  }
  if (mask.kind !== 'bytes') return () => undefined;
  const { value: bits } = mask;
  return (value) =>
    value instanceof Uint8Array && value.length === bits.length
      ? value.map((byte, index) => byte & (bits[index] ?? 0))
      : undefined;
};

const mask = (operand: Operand & { kind: 'mask' }, needs: Needs): Compiled => {
  const of = compileOperand(operand.of, needs);
  if (!['uint', 'bytes', 'ether', 'ipv4', 'ipv6'].includes(of.type))
    throw filterFault(
      '& takes the bits of a number, of an address or of bytes.',
      operand.at,
      'For a flag write its name alone: tcp.flags.syn == 1.',
    );
  const apply = masked(constantOf(operand.mask, of.type));
  return {
    type: of.type,
    cost: of.cost + 1,
    values: (packet) => of.values(packet).flatMap((value) => apply(value) ?? []),
  };
};

/** As Wireshark prints the value; undefined for types it refuses. */
const textOf = (type: FieldType): ((value: FieldValue) => string) | undefined => {
  if (type === 'uint') return String;
  if (type === 'ipv4' || type === 'ipv6') return (value) => (value instanceof Uint8Array ? addressText(value) : '');
  if (type !== 'ether') return undefined;
  return (value) =>
    value instanceof Uint8Array ? [...value].map((byte) => byte.toString(16).padStart(2, '0')).join(':') : '';
};

const encoder = new TextEncoder();
const size = (value: FieldValue): number => {
  if (typeof value === 'string') return encoder.encode(value).length;
  return value instanceof Uint8Array ? value.length : 0;
};

/** What a function makes of a value, about. */
const made = (value: FieldValue): number => (typeof value === 'string' ? value.length : 16);

const call = (operand: Operand & { kind: 'call' }, needs: Needs): Compiled => {
  const of =
    operand.name === 'len' && operand.of.kind === 'protocol'
      ? carriedBy(operand.of.name, needs)
      : compileOperand(operand.of, needs);
  const cost = of.cost + 2;
  const each = (type: FieldType, convert: (value: FieldValue) => FieldValue): Compiled => ({
    type,
    cost,
    values: (packet) => {
      const values = of.values(packet);
      for (const value of values) packet.budget.make(made(value), packet.number);
      return values.map(convert);
    },
  });
  const refuse = (what: string) =>
    filterFault(
      `${operand.name}() takes ${what}.`,
      operand.at,
      'For example len(dns.qry.name), lower(http.host), count(ip.addr), string(ip.src).',
    );
  switch (operand.name) {
    case 'count':
      return {
        type: 'uint',
        cost,
        values: (packet) => {
          const { length } = of.values(packet);
          return length === 0 ? [] : [length];
        },
      };
    case 'len':
      if (['string', 'bytes'].includes(family(of.type)) || of.type === 'ipv4' || of.type === 'ipv6')
        return each('uint', size);
      throw refuse('text, bytes or an address');
    case 'lower':
    case 'upper': {
      if (of.type !== 'string') throw refuse('text');
      const lower = operand.name === 'lower';
      return each('string', (value) => (lower ? String(value).toLowerCase() : String(value).toUpperCase()));
    }
    case 'string': {
      const convert = textOf(of.type);
      if (convert === undefined) throw refuse('a number or an address');
      return each('string', convert);
    }
  }
};

export function compileOperand(operand: Operand, needs: Needs): Compiled {
  switch (operand.kind) {
    case 'field':
      return { ...sourceOf(operand.name, needs), type: operand.type };
    case 'protocol':
      return layerBytes(operand.name, false, needs);
    case 'slice':
      return slice(operand, needs);
    case 'mask':
      return mask(operand, needs);
    case 'call':
      return call(operand, needs);
  }
}
