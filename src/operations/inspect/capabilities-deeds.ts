// What can be done here in a few words: nothing is promised that would be refused.
import type { Settings } from '../../model/ports.ts';

const joined = (words: readonly string[], last: 'and' | 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;

/** Checking a plan needs the policy and the state directory as much as applying it does. */
export const deedsOf = ({ toolsets, readOnly }: Settings, netAdmin: boolean, canPlan: boolean): string => {
  const plans = canPlan && toolsets.includes('tune');
  const deeds: readonly [string, boolean][] = [
    ['look', true],
    ['probe', toolsets.includes('probe')],
    ['plan', plans],
    ['change', plans && netAdmin && !readOnly],
  ];
  const named = (can: boolean): string[] => deeds.filter(([, does]) => does === can).map(([deed]) => deed);
  const denied = named(false);
  return `can ${joined(named(true), 'and')}${denied.length === 0 ? '' : `, not ${joined(denied, 'or')}`}`;
};
