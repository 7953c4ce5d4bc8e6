// Asks the kernel which tc kinds it has, in a throwaway network namespace, for hosts whose module files tell nothing.
import type { Exec } from '../model/ports.ts';

interface Trial {
  kind: string;
  /** Batch line that fails where the kernel lacks the kind. */
  add: string;
  /** Batch line that makes room for the next trial. */
  del: string;
}

export interface TcKinds {
  qdiscs: string[];
  classifiers: string[];
  /** The action that an ingress shaper redirects by. */
  mirred: boolean;
}

const root = (kind: string, parameters = ''): Trial => ({
  kind,
  add: `qdisc add dev lo root ${kind} ${parameters}`.trimEnd(),
  del: 'qdisc del dev lo root',
});

const filter = (kind: string, parameters: string): Trial => ({
  kind,
  add: `filter add dev lo ingress protocol all prio 1 ${parameters}`,
  del: 'filter del dev lo ingress protocol all prio 1',
});

const qdiscs: readonly Trial[] = [
  ...[
    'fq',
    'fq_codel',
    'cake',
    'htb',
    'pfifo_fast',
    'sfq',
    'netem',
    'pfifo',
    'bfifo',
    'prio',
    'codel',
    'fq_pie',
    'pie',
  ].map((kind) => root(kind)),
  ...['drr', 'hfsc'].map((kind) => root(kind)),
  root('tbf', 'rate 1mbit burst 10k limit 10k'),
  root('red', 'limit 400000 min 30000 max 90000 avpkt 1000 burst 55 probability 0.02 bandwidth 10mbit'),
  { kind: 'ingress', add: 'qdisc add dev lo ingress', del: 'qdisc del dev lo ingress' },
  // Stays for the filters that follow.
  { kind: 'clsact', add: 'qdisc add dev lo clsact', del: '' },
];

const filters: readonly Trial[] = [
  filter('u32', 'u32 match u32 0 0'),
  filter('matchall', 'matchall'),
  filter('flower', 'flower'),
  filter('fw', 'handle 1 fw'),
  filter('basic', 'basic'),
  filter('mirred', 'u32 match u32 0 0 action mirred egress redirect dev lo'),
];

/** Kinds probed; also what the module files are searched for. */
export const qdiscKinds: readonly string[] = qdiscs.map(({ kind }) => kind);
export const classifierKinds: readonly string[] = filters.map(({ kind }) => kind).filter((kind) => kind !== 'mirred');

/** Undefined where no namespace can be made: neither CAP_SYS_ADMIN nor unprivileged user namespaces. */
export const probeTcKinds = async (
  exec: Exec,
  sysAdmin: boolean,
  signal: AbortSignal,
): Promise<TcKinds | undefined> => {
  const trials = [...qdiscs, ...filters];
  // Line 2n+1 adds trial n, line 2n+2 deletes it again: `Command failed -:LINE` names what the kernel lacks.
  const stdin = trials.map(({ add, del }) => `${add}\n${del}\n`).join('');
  const namespace = sysAdmin ? ['--net'] : ['--map-root-user', '--net'];
  const { stderr, code } = await exec.run({
    binary: 'unshare',
    args: [...namespace, '--', 'tc', '-force', '-batch', '-'],
    stdin,
    signal,
  });
  // unshare's own failure, not tc's: no line was tried.
  if (code !== 0 && !stderr.includes('Command failed -:')) return undefined;
  const failed = new Set([...stderr.matchAll(/^Command failed -:(\d+)/gm)].map(([, line]) => Number(line)));
  const worked = (list: readonly Trial[], offset: number): string[] =>
    list.flatMap(({ kind }, index) => (failed.has(2 * (index + offset) + 1) ? [] : [kind]));
  const found = worked(filters, qdiscs.length);
  return {
    qdiscs: worked(qdiscs, 0),
    classifiers: found.filter((kind) => kind !== 'mirred'),
    mirred: found.includes('mirred'),
  };
};
