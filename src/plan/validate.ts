// validate: a plan and a snapshot in, findings out. The plan is untrusted text until it has passed here.
import { asErrorCode, NetError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import { error, warning } from '../model/finding.ts';
import type { Knob } from '../model/knob.ts';
import type { Policy } from '../model/policy.ts';
import { protectedBy } from '../model/policy.ts';
import type { Resource } from '../model/resource.ts';
import type { InterfaceFacts, Snapshot } from '../model/snapshot.ts';
import type { Compiled } from './compile.ts';
import { compile } from './compile.ts';
import { findingsOf, makeParameterPlanSchema } from './schema.ts';
import type { ParameterPlan } from './schema.ts';

export interface Validation {
  ok: boolean;
  issues: Finding[];
  /** The plan as it will be rendered: interface resolved, `inherit` spelled out. Null when it is no plan at all. */
  normalized: ParameterPlan | null;
  compiled: Compiled | null;
}

export interface ValidateInput {
  plan: unknown;
  snapshot: Snapshot;
  policy: Policy;
  knobs: readonly Knob[];
  resources: readonly Resource[];
  changeId?: string;
}

/** The interface a plan is about, before anything else of it is judged; undefined when the plan does not say one sensibly. */
export const wishedInterface = (plan: unknown): string | undefined => {
  if (typeof plan !== 'object' || plan === null || !('iface' in plan) || typeof plan.iface !== 'string')
    return undefined;
  return plan.iface;
};

const listed = (snapshot: Snapshot): string => {
  const names = Object.keys(snapshot.interfaces);
  return names.length > 20
    ? `${names.slice(0, 20).join(', ')} and ${String(names.length - 20)} more`
    : names.join(', ');
};

const checkInterface = (
  wished: string,
  snapshot: Snapshot,
  policy: Policy,
): { facts: InterfaceFacts | undefined; findings: Finding[] } => {
  if (wished === 'auto' && snapshot.default_interface === null) {
    return {
      facts: undefined,
      findings: [
        error(
          'iface',
          'not_found',
          'iface is "auto", but this host has no default route',
          `Name an interface: ${listed(snapshot)}.`,
        ),
      ],
    };
  }
  const name = wished === 'auto' ? (snapshot.default_interface ?? '') : wished;
  const facts = snapshot.interfaces[name];
  if (facts === undefined) {
    return {
      facts,
      findings: [
        error('iface', 'not_found', `there is no interface "${name}"`, `Interfaces here: ${listed(snapshot)}.`),
      ],
    };
  }
  const protecting = protectedBy(policy.limits, name);
  if (protecting !== undefined) {
    const hint = 'Choose another interface, or change limits.yaml if you are the one who decides that.';
    return {
      facts,
      findings: [
        error('iface', 'plan_refused', `interface "${name}" is protected by limits.yaml (${protecting})`, hint),
      ],
    };
  }
  const findings = facts.up
    ? []
    : [warning('iface', 'interface_down', `interface "${name}" is down`, `Bring it up: ip link set dev ${name} up.`)];
  return { facts, findings };
};

/** The interface's own name. Throws not_found and plan_refused as a plan for it would be refused. */
export const interfaceOf = (wished: string, snapshot: Snapshot, policy: Policy): string => {
  const { facts, findings } = checkInterface(wished, snapshot, policy);
  const refusal = findings.find((finding) => finding.severity === 'error');
  if (refusal !== undefined) throw new NetError(asErrorCode(refusal.code), refusal.message, refusal.hint);
  return facts?.name ?? wished;
};

/** Findings that one answer holds; nobody reads more, and a plan can be made to give tens of thousands. */
const findingsMax = 200;

const capped = (issues: Finding[]): Finding[] => {
  const left = issues.slice(findingsMax);
  if (left.length === 0) return issues;
  const say = left.some((issue) => issue.severity === 'error') ? error : warning;
  const message = `${left.length} further findings are left out`;
  return [...issues.slice(0, findingsMax), say('changes', 'limit_exceeded', message, 'Correct these first.')];
};

const refused = (issues: Finding[], normalized: ParameterPlan | null = null): Validation => ({
  ok: false,
  issues: capped(issues),
  normalized,
  compiled: null,
});

export const validatePlan = (input: ValidateInput): Validation => {
  const schema = makeParameterPlanSchema(input.knobs);
  const parsed = schema.safeParse(input.plan);
  if (!parsed.success) return refused(findingsOf(parsed.error, input.plan, schema));
  const { facts, findings } = checkInterface(parsed.data.iface, input.snapshot, input.policy);
  const blocked = findings.some((finding) => finding.severity === 'error');
  if (facts === undefined || blocked) return refused(findings, parsed.data);
  const plan: ParameterPlan = {
    ...parsed.data,
    iface: facts.name,
    ...(parsed.data.profile === undefined ? {} : { inherit: parsed.data.inherit ?? parsed.data.changes === undefined }),
  };
  const compiled = compile({ ...input, plan, iface: facts.name, changeId: input.changeId ?? '' });
  const issues = [...findings, ...compiled.findings];
  if (plan.profile === undefined && plan.changes === undefined) {
    issues.push(
      warning(
        'changes',
        'nothing_wished',
        'the plan has neither changes nor a profile',
        'Add changes, or name a profile.',
      ),
    );
  }
  if (plan.profile !== undefined && plan.inherit === false) {
    issues.push({
      path: 'profile',
      severity: 'info',
      code: 'profile_not_inherited',
      message: `only the plan's own changes are made; the values of profile "${plan.profile}" are not taken`,
      hint: 'Set inherit: true to take them under the changes.',
    });
  }
  return {
    ok: !issues.some((issue) => issue.severity === 'error'),
    issues: capped(issues),
    normalized: plan,
    compiled,
  };
};
