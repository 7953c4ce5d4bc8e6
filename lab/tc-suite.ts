// Lab suite: the tc cases and foreign roots that the machine's own kernel may lack: fq, fq_codel, cake, sfq and netem, on a full kernel.
import { execFileSync } from 'node:child_process';
import { foreignRoots, tcCases } from '../tests/contract/tc-cases.ts';
import { roundTrip, takeOver } from '../tests/contract/tc-round-trip.ts';
import type { Place } from '../tests/contract/tc-round-trip.ts';
import { type Check, runChecks } from './report.ts';

const place: Place = {
  namespace: undefined,
  features: {
    qdiscs: [
      'pfifo_fast',
      'pfifo',
      'bfifo',
      'ingress',
      'clsact',
      'fq',
      'fq_codel',
      'cake',
      'htb',
      'tbf',
      'sfq',
      'netem',
    ],
    classifiers: ['u32', 'matchall'],
    ...{ ifb: true, congestion_controls: [], conntrack: true, nftables: true, binaries: {} },
  },
};

const ip = (text: string): void => {
  execFileSync('ip', text.split(' '));
};
execFileSync('modprobe', ['ifb', 'numifbs=0']);
// An ifb has a default qdisc of the kernel's own, which must come back; a veth has none.
ip('link add ifb9 type ifb');
ip('link set ifb9 up');

const everywhere = ['htb', 'tbf', 'ingress'];
const onlyHere = ({ needs, ingress }: { needs: readonly string[]; ingress?: true }): boolean =>
  ingress === true || needs.some((kind) => !everywhere.includes(kind));

const checks: Record<string, Check> = {};
for (const entry of tcCases.filter(onlyHere)) checks[`tc: ${entry.name}`] = () => roundTrip(place, 'ifb9', entry);
for (const entry of foreignRoots.filter(onlyHere))
  checks[`tc takeover: ${entry.name}`] = () => takeOver(place, 'ifb9', entry);

await runChecks(checks);
