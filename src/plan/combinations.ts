// rules.yaml's combinations over what would stand after a plan, said only where the plan touches them.
import type { Finding } from '../model/finding.ts';
import { allHold, fillIn } from '../policy/evaluate.ts';
import { type FactsInput, factsOf } from './facts.ts';

/** The first place of `touches` that the plan itself sets, as a path of the plan. */
const placeOf = (
  touches: readonly string[],
  touched: readonly string[],
  wishes: Readonly<Record<string, unknown>>,
): string | undefined => {
  const found = touches.find((place) => {
    if (!place.startsWith('sysctl.')) return touched.includes(place) && wishes[place] !== undefined;
    const wish = wishes['sysctl'];
    return (
      touched.includes('sysctl') &&
      typeof wish === 'object' &&
      wish !== null &&
      Object.hasOwn(wish, place.slice('sysctl.'.length))
    );
  });
  return found === undefined ? undefined : `changes.${found}`;
};

export const combinationFindings = (input: FactsInput, touched: readonly string[]): Finding[] => {
  const facts = factsOf(input);
  return input.policy.rules.combinations.flatMap((rule) => {
    const path = placeOf(rule.touches, touched, input.wishes);
    if (path === undefined || !allHold(rule.when, facts)) return [];
    const { severity, id, message, hint } = rule;
    return [{ path, severity, code: id, message: fillIn(message, facts), hint: fillIn(hint, facts) }];
  });
};
