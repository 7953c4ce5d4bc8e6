// The list of qdisc kinds: adding one is its file and one line here.
import type { Kind, Problem } from './kind.ts';
import { cake } from './kinds/cake.ts';
import { bfifo, pfifo, pfifoFast } from './kinds/fifo.ts';
import { fqCodel } from './kinds/fq-codel.ts';
import { fq } from './kinds/fq.ts';
import { htb } from './kinds/htb.ts';
import { netem } from './kinds/netem.ts';
import { sfq } from './kinds/sfq.ts';
import { tbf } from './kinds/tbf.ts';
import type { ParamValue, Params } from './params.ts';

/** Kinds a plan may ask for; pfifo and bfifo are leaves of our own or come from a takeover. */
export type WishedKind = 'fq' | 'fq_codel' | 'cake' | 'htb' | 'tbf' | 'pfifo_fast' | 'sfq' | 'netem';

const kinds: ReadonlyMap<string, Kind> = new Map(
  [fq, fqCodel, cake, htb, tbf, pfifoFast, sfq, netem, pfifo, bfifo].map((kind) => [kind.kind, kind]),
);

export const findKind = (name: string): Kind | undefined => kinds.get(name);

export interface CheckedParams {
  params: Params;
  problems: Problem[];
}

/** A user's parameters by their canonical names, in the kind's order, with every value checked; problems name the user's own spelling. */
export const checkParams = (kind: Kind, raw: Readonly<Record<string, ParamValue>>): CheckedParams => {
  const problems: Problem[] = [];
  const found = new Map<string, ParamValue>();
  for (const [written, value] of Object.entries(raw)) {
    const name = kind.aliases?.[written] ?? written;
    const param = kind.params.find((entry) => entry.name === name);
    if (param === undefined) {
      const known = kind.params.map((entry) => entry.name);
      const hint = known.length === 0 ? `Leave params out: ${kind.kind} has none.` : `Known here: ${known.join(', ')}.`;
      problems.push({
        param: written,
        message: `${kind.kind} has no parameter ${JSON.stringify(written.slice(0, 64))}`,
        hint,
      });
      continue;
    }
    if (found.has(name))
      problems.push({ param: written, message: `${name} is given twice`, hint: 'Keep one spelling.' });
    const accepted = param.accept(value);
    if ('problem' in accepted) {
      problems.push({
        param: written,
        message: accepted.problem,
        hint: `Give ${param.accepts}.`,
      });
    } else found.set(name, accepted.value);
  }
  const params = Object.fromEntries(
    kind.params.flatMap(({ name }) => {
      const value = found.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  return { params, problems };
};

/** The words after the kind's name. */
export const wordsOf = (kind: Kind, params: Params): string[] =>
  kind.words?.(params) ??
  kind.params.flatMap((param) => {
    const value = params[param.name];
    return value === undefined ? [] : param.words(value);
  });
