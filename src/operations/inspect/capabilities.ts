// capabilities: what this host, kernel and process can do, what is switched on, and the fix for each thing that is missing.
import * as z from 'zod';
import { toolsets } from '../../config/toolsets.ts';
import { packageVersion } from '../../config/version.ts';
import { debianPackages } from '../../model/command.ts';
import { fromUnknown } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import type { Features } from '../../model/snapshot.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';

const installName = (binary: string): string =>
  Object.entries(debianPackages).find(([name]) => name === binary)?.[1] ?? binary;

const problemSchema = z.strictObject({ what: z.string(), effect: z.string(), fix: z.string() });
type Problem = z.infer<typeof problemSchema>;

const placeSchema = z.strictObject({ path: z.string().nullable(), error: z.string().nullable() });

/** A directory or policy that cannot be used is a finding here, not a failure. */
const attempt = async <Value>(
  work: () => Promise<Value>,
  effect: string,
  problems: Problem[],
): Promise<Value | undefined> => {
  try {
    return await work();
  } catch (error) {
    const { message, hint } = fromUnknown(error);
    problems.push({ what: message, effect, fix: hint });
    return undefined;
  }
};

const featureProblems = (features: Features, initialNetns: boolean): Problem[] => {
  const missing: Problem[] = [];
  for (const [binary, path] of Object.entries(features.binaries)) {
    if (path !== null) continue;
    missing.push({
      what: `${binary} is not installed.`,
      effect: `Tools that run ${binary} are refused.`,
      fix: `apt-get install ${installName(binary)}`,
    });
  }
  const wanted = ['fq', 'fq_codel', 'cake', 'netem', 'htb'].filter((kind) => !features.qdiscs.includes(kind));
  if (wanted.length > 0) {
    missing.push({
      what: `This kernel lacks the qdiscs ${wanted.join(', ')}.`,
      effect: 'Plans that name them are refused.',
      fix: 'Use a distribution kernel (Debian: linux-image-amd64), or plan with the qdiscs listed.',
    });
  }
  if (!features.conntrack) {
    missing.push({
      what: 'nf_conntrack is neither loaded nor loadable.',
      effect: 'connection_tracking and connection_limits are refused.',
      fix: 'modprobe nf_conntrack on the host',
    });
  }
  if (!features.nftables && features.binaries['nft'] !== null) {
    missing.push({
      what: 'The kernel has no nf_tables.',
      effect: 'dscp, limits and NAT rules are refused.',
      fix: 'modprobe nf_tables on the host',
    });
  }
  if (!initialNetns) {
    missing.push({
      what: 'This is not the host’s initial network namespace.',
      effect: 'Host-wide keys (net.core.rmem_max, default_qdisc, ...) are read-only or absent here.',
      fix: 'Run netmcp on the host itself if they matter.',
    });
  }
  return missing;
};

const privilegeProblems = (netAdmin: boolean, ports: OperationPorts): Problem[] => {
  const problems: Problem[] = [];
  if (!netAdmin) {
    problems.push({
      what: 'This process lacks CAP_NET_ADMIN.',
      effect: 'Nothing can be changed; looking and planning work.',
      fix: 'Run netmcp as root (sudo netmcp ...).',
    });
  }
  if (ports.settings.readOnly) {
    problems.push({
      what: 'Read-only mode is on.',
      effect: 'Tools that change the host are refused.',
      fix: 'Start netmcp without --read-only if changes are wanted.',
    });
  }
  return problems;
};

/** A change that waits to be confirmed, or that an ended process left open; null also where this process may not see it. */
const openChange = async (ports: OperationPorts, problems: Problem[]): Promise<string | null> => {
  if (!(await ports.mayChange())) return null;
  const [{ readOpenChange }, { engineFrom }] = await Promise.all([
    import('../../change/runtime.ts'),
    import('../tune/engine.ts'),
  ]);
  const open = await attempt(
    async () => readOpenChange(await engineFrom(ports)),
    'Whether a change is open is not known.',
    problems,
  );
  return open?.change_id ?? null;
};

const readHost = async (ports: OperationPorts, signal: AbortSignal) => {
  const [{ readKernelRelease }, { readPrivileges }, { readFeatures }] = await Promise.all([
    import('../../host/facts.ts'),
    import('../../host/privileges.ts'),
    import('../../host/features.ts'),
  ]);
  const identity = await ports.identity();
  const [kernel, privileges, features] = await Promise.all([
    readKernelRelease(ports.kernel),
    readPrivileges(ports.kernel),
    readFeatures(ports, { initialNetns: identity.initial_netns, signal }),
  ]);
  return { identity, kernel, privileges, features };
};

export const capabilities = defineOperation({
  name: 'capabilities',
  title: 'What can be done here',
  description:
    'Call first. Version, platform, kernel features, privileges, installed programs, toolsets, policy in force, and for everything missing its effect and the exact fix.',
  toolset: 'inspect',
  needs: 'none',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({}),
  output: resultSchema({
    version: z.string(),
    platform: z.string(),
    kernel: z.string(),
    network_namespace: z.strictObject({ id: z.string(), initial: z.boolean() }),
    privileges: z.strictObject({
      net_admin: z.boolean(),
      net_raw: z.boolean(),
      sys_admin: z.boolean(),
      bpf: z.boolean(),
    }),
    binaries: z.record(z.string(), z.string().nullable()),
    features: z.strictObject({
      qdiscs: z.array(z.string()),
      classifiers: z.array(z.string()),
      congestion_controls: z.array(z.string()),
      ifb: z.boolean(),
      conntrack: z.boolean(),
      nftables: z.boolean(),
    }),
    toolsets: z.record(z.string(), z.enum(['on', 'off'])),
    read_only: z.boolean(),
    policy: z.strictObject({ source: z.string(), cards: z.number(), profiles: z.array(z.string()) }).nullable(),
    state_dir: placeSchema,
    configuration: z.strictObject({ sources: z.array(z.string()), warnings: z.array(z.string()) }),
    open_change: z.string().nullable().describe('change_id of a change that is pending or was left open'),
    problems: z.array(problemSchema),
  }),
  run: async (_input, ports, { signal }) => {
    const { settings } = ports;
    const host = await readHost(ports, signal);
    const problems = [
      ...privilegeProblems(host.privileges.net_admin, ports),
      ...featureProblems(host.features, host.identity.initial_netns),
    ];
    const policy = await attempt(() => ports.policy(), 'Plans cannot be made.', problems);
    const before = problems.length;
    const stateDir = await attempt(() => ports.stateDir(), 'Plans cannot be rendered or applied.', problems);
    const { binaries, ...features } = host.features;
    const canChange = host.privileges.net_admin && !settings.readOnly;
    return {
      success: true,
      summary: `netmcp ${packageVersion()} on Linux ${host.kernel}: ${canChange ? 'can look, plan and change' : 'can look and plan, not change'}; ${problems.length} thing${problems.length === 1 ? '' : 's'} missing or limited.`,
      version: packageVersion(),
      platform: 'linux',
      kernel: host.kernel,
      network_namespace: { id: host.identity.netns, initial: host.identity.initial_netns },
      privileges: host.privileges,
      binaries,
      features,
      toolsets: Object.fromEntries(
        toolsets.map((name) => [name, settings.toolsets.includes(name) ? ('on' as const) : ('off' as const)]),
      ),
      read_only: settings.readOnly,
      policy:
        policy === undefined
          ? null
          : {
              source: settings.policyDir ?? 'built in',
              cards: policy.cards.size,
              profiles: [...policy.profiles.keys()],
            },
      state_dir: {
        path: stateDir ?? settings.stateDir,
        error: stateDir === undefined ? (problems[before]?.what ?? null) : null,
      },
      configuration: { sources: [...settings.sources], warnings: [...settings.warnings] },
      open_change: await openChange(ports, problems),
      problems,
    };
  },
});
