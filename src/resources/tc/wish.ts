// What all tc knobs together wish of one interface, checked, in the kernel's units; shared by the two directions.
import type { Finding } from '../../model/finding.ts';
import { error, info } from '../../model/finding.ts';
import type { PartEntry } from '../../model/resource.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { checkParams, findKind } from './kinds.ts';
import type { Leaf } from './leaf.ts';
import type { ParamValue } from './params.ts';
import type { ClassPart, Part } from './part.ts';
import { rootHandle } from './state.ts';
import type { QdiscNode, Tree } from './state.ts';

export interface Wish {
  target: string;
  snapshot: Snapshot;
  findings: Finding[];
  /** Largest frame in bytes. */
  frame: number;
  qdisc: Leaf | undefined;
  netem: Leaf | undefined;
  classes: readonly ClassPart[];
  egressBits: number | undefined;
  ceilBits: number | undefined;
  ingressBits: number | undefined;
}

/** Checks a kind's parameters; the problems become findings at `path`. */
const checked = (
  name: string,
  raw: Readonly<Record<string, ParamValue>>,
  path: string,
  frame: number,
  findings: Finding[],
): Leaf | undefined => {
  const kind = findKind(name);
  if (kind === undefined) {
    findings.push(
      error(
        `${path}.type`,
        'invalid_argument',
        `there is no qdisc "${name}"`,
        'Known: fq, fq_codel, cake, htb, tbf, pfifo_fast, sfq, netem.',
      ),
    );
    return undefined;
  }
  const { params, problems } = checkParams(kind, raw);
  const full = problems.length === 0 ? (kind.complete?.(params, frame) ?? params) : params;
  const all = problems.length === 0 ? (kind.check?.(full, frame) ?? []) : problems;
  const prefix = path === 'changes.qdisc' ? `${path}.params` : path;
  for (const { param, message, hint } of all) {
    findings.push(
      error(
        param === '' ? path : `${prefix}.${param}`,
        'invalid_argument',
        param === '' ? message : `${param}: ${message}`,
        hint,
      ),
    );
  }
  return { kind: name, params: full };
};

export const gather = (target: string, parts: readonly PartEntry<Part>[], snapshot: Snapshot): Wish => {
  const frame = (snapshot.interfaces[target]?.mtu ?? 1500) + 14;
  const findings: Finding[] = [];
  const wish: Wish = {
    ...{ target, snapshot, findings, frame, classes: [] },
    ...{ qdisc: undefined, netem: undefined, egressBits: undefined, ceilBits: undefined, ingressBits: undefined },
  };
  const shaper = parts.find((entry) => entry.part.kind === 'shaper')?.part;
  for (const { part, knob } of parts) {
    if (part.kind === 'shaper') {
      wish.egressBits = part.egress_bit;
      wish.ceilBits = part.ceil_bit;
      wish.ingressBits = part.ingress_bit;
    } else if (part.kind === 'classes') wish.classes = part.classes;
    else if (part.kind === 'netem') {
      if (wish.netem !== undefined) {
        findings.push(
          error(
            'changes.netem',
            'invalid_argument',
            'netem is given twice: as qdisc.type and as netem',
            'Keep the netem knob and leave qdisc out.',
          ),
        );
      }
      wish.netem = checked('netem', part.params, `changes.${knob}`, frame, findings);
    } else {
      // A tbf takes its rate from the shaper when it has none of its own.
      const egress = shaper?.kind === 'shaper' ? shaper.egress_bit : undefined;
      const lacksRate =
        part.type === 'tbf' && part.params['rate_mbit'] === undefined && part.params['rate'] === undefined;
      const lent = lacksRate && egress !== undefined ? { rate_mbit: egress / 1_000_000 } : {};
      wish.qdisc = checked(part.type, { ...part.params, ...lent }, 'changes.qdisc', frame, findings);
      if (part.type === 'cake' && part.params['diffserv'] === true) {
        findings.push(
          info(
            'changes.qdisc.params.diffserv',
            'value_chosen',
            'diffserv: true is taken as diffserv4',
            'Name diffserv3, diffserv4 or diffserv8 to choose.',
          ),
        );
      }
    }
  }
  return wish;
};

/** A tree of one qdisc, or of one below another. */
export const single = (leaf: Leaf, below?: Leaf): Tree => {
  const root: QdiscNode = { kind: leaf.kind, handle: rootHandle, parent: 'root', params: leaf.params };
  const child: QdiscNode[] =
    below === undefined ? [] : [{ kind: below.kind, handle: '2:', parent: '1:1', params: below.params }];
  return { qdiscs: [root, ...child], classes: [] };
};

export const lacks = (wish: Wish, kind: string): boolean => !wish.snapshot.features.qdiscs.includes(kind);

export const noHtb = (path: string): Finding =>
  error(
    path,
    'missing_kernel_feature',
    'this kernel has no qdisc htb, and the shaper is made of it',
    'Load or build sch_htb.',
  );
