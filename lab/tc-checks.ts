// The tc cases and foreign roots of the contract tests that the machine's own kernel may lack: fq, fq_codel, cake, sfq and netem, on a full kernel.
// Importing this file does nothing, so that the tests know the names before the lab boots.
import { execFileSync } from 'node:child_process';
import { foreignRoots, tcCases } from '../tests/contract/tc-cases.ts';
import { roundTrip, takeOver } from '../tests/contract/tc-round-trip.ts';
import type { Place } from '../tests/contract/tc-round-trip.ts';
import { type Check } from './report.ts';

const device = 'ifb9';

const place: Place = {
  namespace: undefined,
  features: {
    qdiscs: [
      ...['pfifo_fast', 'pfifo', 'bfifo', 'ingress', 'clsact'],
      ...['fq', 'fq_codel', 'cake', 'htb', 'tbf', 'sfq', 'netem'],
    ],
    classifiers: ['u32', 'matchall'],
    ...{ ifb: true, congestion_controls: [], conntrack: true, nftables: true, binaries: {} },
  },
};

/** An ifb has a default qdisc of the kernel's own, which must come back; a veth has none. */
export function prepareTc(): void {
  execFileSync('ip', ['link', 'add', device, 'type', 'ifb']);
  execFileSync('ip', ['link', 'set', device, 'up']);
}

export function removeTc(): void {
  execFileSync('ip', ['link', 'del', device]);
}

const everywhere = ['htb', 'tbf', 'ingress'];
const onlyHere = ({ needs, ingress }: { needs: readonly string[]; ingress?: true }): boolean =>
  ingress === true || needs.some((kind) => !everywhere.includes(kind));

export const tcChecks: Readonly<Record<string, Check>> = Object.fromEntries([
  ...tcCases.filter(onlyHere).map((entry) => [`tc: ${entry.name}`, () => roundTrip(place, device, entry)] as const),
  ...foreignRoots
    .filter(onlyHere)
    .map((entry) => [`tc takeover: ${entry.name}`, () => takeOver(place, device, entry)] as const),
]);
