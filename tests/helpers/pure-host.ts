// A host as data on which plans are judged and applied without a kernel: each resource says itself what it would read afterwards.
import { knobs } from '../../src/knobs/index.ts';
import type { Policy } from '../../src/model/policy.ts';
import { type Snapshot, addressOf } from '../../src/model/snapshot.ts';
import type { Compiled } from '../../src/plan/compile.ts';
import { validatePlan, type Validation } from '../../src/plan/validate.ts';
import { resources } from '../../src/resources/index.ts';

export const judge = (plan: unknown, snapshot: Snapshot, policy: Policy): Validation =>
  validatePlan({ plan, snapshot, policy, knobs, resources, changeId: 'change' });

const resourceOf = (id: string) => {
  const found = resources.find((resource) => resource.id === id);
  if (found === undefined) throw new Error(`no resource ${id}`);
  return found;
};

/** The host once every step stands and the change is confirmed. */
export const afterApply = (compiled: Compiled, snapshot: Snapshot): Snapshot => {
  const observed = { ...snapshot.observed };
  for (const { step } of compiled.steps) {
    const address = addressOf(step.resource, step.target);
    observed[address] = resourceOf(step.resource).expected(step.target, step.to, observed[address] ?? null);
  }
  return { ...snapshot, observed, committed: compiled.committed };
};

/** Everything by which undo would miss what was there before: an empty list is identity. */
export const undoFaults = (compiled: Compiled, snapshot: Snapshot): string[] => {
  const after = afterApply(compiled, snapshot);
  return compiled.steps.flatMap(({ step, undo }) => {
    const resource = resourceOf(step.resource);
    const address = addressOf(step.resource, step.target);
    const applied = after.observed[address] ?? null;
    const back = resource.expected(step.target, step.from, applied);
    return [
      ...resource.differences(step.target, step.to, applied).map(({ path }) => `${path} does not stand after apply`),
      ...resource.differences(step.target, step.from, back).map(({ path }) => `${path} is not restored`),
      ...(resource.commands(step.target, back, step.from).length > 0 ? [`${address}: undo leaves work to do`] : []),
      ...(undo.length === 0 && step.from !== null ? [`${address}: nothing undoes it`] : []),
    ];
  });
};
