// limits.yaml over every wish that is an object, a list or a number of its own: each parameter of each card against its bounds.
import { describeBounds, parameterReason } from '../model/card-value.ts';
import { type Finding, error } from '../model/finding.ts';
import type { Card, Limits, Parameter, Policy } from '../model/policy.ts';
import { isRecord } from '../model/record.ts';

interface Place {
  path: string;
  value: unknown;
}

/** The values at a field such as `[].match.dports[]`; where a list is optional (`match` or a list of them), both are followed. */
const valuesAt = (field: string, place: Place): Place[] => {
  const { path, value } = place;
  if (value === undefined || value === null) return [];
  const [, list, name, rest = ''] = /^(?:(\[\])|([^.[\]]+))[.]?(.*)$/.exec(field) ?? [];
  if (list !== undefined) {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.flatMap((item, index) =>
      valuesAt(rest, { path: Array.isArray(value) ? `${path}[${index}]` : path, value: item }),
    );
  }
  if (name === undefined) return [place];
  if (Array.isArray(value)) return valuesAt(`[].${field}`, place);
  return isRecord(value) && Object.hasOwn(value, name)
    ? valuesAt(rest, { path: `${path}.${name}`, value: value[name] })
    : [];
};

const allowed = (card: Card, limits: Limits): string =>
  `Allowed: ${describeBounds(limits.bounds[card.id])} (limits.yaml, card ${card.id}).`;

const judge = (card: Card, parameter: Parameter, place: Place, limits: Limits): Finding[] => {
  const bounds = limits.bounds[card.id];
  if (bounds === undefined) {
    const message = `limits.yaml has no bounds for ${card.id}, so it cannot be set`;
    return [error(place.path, 'plan_refused', message, 'Add bounds for it to limits.yaml.')];
  }
  const own = 'parameters' in bounds ? bounds.parameters[parameter.name] : 'parts' in bounds ? undefined : bounds;
  const reason = own === undefined ? undefined : parameterReason(parameter, own, place.value);
  if (own === undefined || reason === undefined) return [];
  const code = 'values' in own ? 'invalid_argument' : 'limit_exceeded';
  return [error(place.path, code, `${card.name}: ${reason}`, allowed(card, limits))];
};

/** The parameter that a card with a range of its own is: the whole wish, or its one field. */
const whole = (card: Card): Parameter[] =>
  card.range.type === 'integer' || card.range.type === 'enum'
    ? [{ name: card.name, field: '', type: card.range.type, examples: [0], meaning: card.purpose }]
    : [];

/** Findings for the wishes a plan touches; sysctls are judged where their keys are. */
export const boundsFindings = (
  wishes: Readonly<Record<string, unknown>>,
  touched: readonly string[],
  { cards, limits }: Policy,
): Finding[] =>
  [...cards.values()]
    .filter((card) => card.key === undefined && touched.includes(card.knob))
    .flatMap((card) =>
      (card.parameters ?? whole(card)).flatMap((parameter) =>
        valuesAt(parameter.field, { path: `changes.${card.knob}`, value: wishes[card.knob] }).flatMap((place) =>
          judge(card, parameter, place, limits),
        ),
      ),
    );
