// The tc tree of an interface, both directions: one root of ours on the sending side, one ifb of ours for what arrives.
import { defineResource } from '../../model/resource.ts';
import { commandsTo, expectedTree } from './commands.ts';
import { ingressDifferences, rootDifferences } from './compare.ts';
import { composeTree } from './compose.ts';
import { currentState } from './current.ts';
import { partSchema } from './part.ts';
import { readTree } from './read.ts';
import { observedSchema, stateSchema } from './state.ts';

export const tcResource = defineResource({
  id: 'tc',
  scope: 'interface',
  state: stateSchema,
  observed: observedSchema,
  part: partSchema,
  order: () => 40,
  read: readTree,
  current: currentState,
  compose: composeTree,
  differences: (target, state, observed) =>
    [...rootDifferences(state, observed), ...ingressDifferences(target, state, observed)].map((difference) => ({
      ...difference,
      path: `tc.${target}.${difference.path}`,
    })),
  expected: expectedTree,
  commands: commandsTo,
});
