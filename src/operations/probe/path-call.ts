// What traceroute, tracepath and mtr share: inputs, the guard before the first probe, the socket's end, and names of hops.
import * as z from 'zod';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { CheckedTarget, IpVersion } from '../../model/probe.ts';
import type { Prober } from '../../probe/path/prober.ts';
import { familyInput } from './family.ts';

export const targetInput = {
  target: z.string().min(1).max(300).describe('Name or IP address'),
  family: familyInput,
};

export const methodInput = {
  method: z.enum(['auto', 'icmp', 'udp']).default('auto'),
};

export const pathInput = {
  max_hops: z.number().int().min(1).max(64).default(30),
  timeout_s: z.number().min(0.1).max(10).default(2).describe('For each probe'),
  ...methodInput,
  resolve_names: z.boolean().default(true).describe('Reverse lookups of the hops, 1 s for all'),
};

/** How probes were sent: echo over a datagram or raw socket, UDP, or the mtr program. */
export const methodSchema = z.enum(['icmp_datagram', 'icmp_raw', 'udp', 'mtr_program']);

export interface PathInput {
  target: string;
  family?: IpVersion | undefined;
  method: 'auto' | 'icmp' | 'udp';
}

export const checkTarget = (
  { target, family }: Pick<PathInput, 'target' | 'family'>,
  ports: Pick<OperationPorts, 'targets'>,
  signal: AbortSignal,
): Promise<CheckedTarget> => ports.targets.check(target, { family, signal });

const methodsOf = { auto: ['icmp', 'udp'], icmp: ['icmp'], udp: ['udp'] } as const;

/** Nothing of the socket outlives the call. */
export const withProber = async <Value>(
  { method }: Pick<PathInput, 'method'>,
  { address, family }: CheckedTarget,
  ports: Pick<OperationPorts, 'probes'>,
  { signal, work }: { signal: AbortSignal; work: (prober: Prober) => Promise<Value> },
): Promise<Value> => {
  const { createProber } = await import('../../probe/path/prober.ts');
  const prober = createProber(await ports.probes.open(family, methodsOf[method]), address, signal);
  try {
    return await work(prober);
  } finally {
    prober.close();
  }
};

/** Said when ICMP echo was not permitted and UDP was taken instead. */
export const methodNotes = (asked: PathInput['method'], used: z.infer<typeof methodSchema>): string[] =>
  asked === 'auto' && used === 'udp'
    ? [
        'Probes are UDP, since this process may not send ICMP echo: run as root, or set net.ipv4.ping_group_range, for echo.',
      ]
    : [];

export const silenceNotes = (cut: number): string[] =>
  cut === 0
    ? []
    : [
        `${cut} more silent hop${cut === 1 ? '' : 's'} after the last one listed ${cut === 1 ? 'was' : 'were'} left out.`,
      ];

/** Names by address; empty when they are not wanted. */
export const namesOf = async (
  wanted: boolean,
  hops: readonly { ip: string | null }[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> => {
  if (!wanted) return new Map<string, string>();
  const { reverseNames } = await import('../../probe/path/names.ts');
  return reverseNames(
    hops.flatMap(({ ip }) => ip ?? []),
    signal,
  );
};

export const hostnameOf = (names: ReadonlyMap<string, string>, ip: string | null): string | null =>
  ip === null ? null : (names.get(ip) ?? null);

/** Names are written by whoever owns the address. */
export const untrustedNames = ['hops[].hostname'];

/** `target (address)`, or the address alone when that is what was asked for. */
export const shownTarget = ({ target, address }: CheckedTarget): string =>
  target === address ? address : `${target} (${address})`;
