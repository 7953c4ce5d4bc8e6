// capabilities: what this host, kernel and process can do, what is switched on, and the fix for each thing that is missing.
import * as z from 'zod';
import { toolsets } from '../../config/toolsets.ts';
import { packageVersion } from '../../config/version.ts';
import { fromUnknown } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { defineOperation } from '../define.ts';
import { resultSchema } from '../frame/result.ts';
import { deedsOf } from './capabilities-deeds.ts';
import {
  featuresSchema,
  kernelProblems,
  mayEcho,
  privilegeProblems,
  privilegesSchema,
  problemSchema,
  programProblems,
  type Problem,
} from './capabilities-problems.ts';
import {
  binariesOf,
  isDependency,
  isNeeded,
  optionalProgramOf,
  optionalProgramSchema,
  programOf,
  programSchema,
} from './capabilities-programs.ts';
import {
  endpointsSchema,
  pcapSchema,
  securitySchema,
  showCaptures,
  showEndpoints,
  showSecurity,
} from './capabilities-settings.ts';

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

/** A change that waits to be confirmed, or that an ended process left open; null also where this process may not see it. */
const openChange = async (ports: OperationPorts, problems: Problem[]): Promise<string | null> => {
  if (ports.platform !== 'linux' || !(await ports.mayChange())) return null;
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

const readLinux = async (ports: OperationPorts, signal: AbortSignal) => {
  const [{ readKernelRelease }, { readPrivileges }, { readFeatures }] = await Promise.all([
    import('../../host/facts.ts'),
    import('../../host/privileges.ts'),
    import('../../host/features.ts'),
  ]);
  const identity = await ports.identity();
  const [kernel, capabilities, { binaries: _binaries, ...features }, status, range, btf, ipv6] = await Promise.all([
    readKernelRelease(ports.kernel),
    readPrivileges(ports.kernel),
    readFeatures(ports, { initialNetns: identity.initial_netns, signal }),
    ports.kernel.read('/proc/self/status'),
    ports.kernel.read('/proc/sys/net/ipv4/ping_group_range'),
    ports.kernel.list('/sys/kernel/btf'),
    ports.kernel.read('/proc/self/net/if_inet6'),
  ]);
  return {
    kernel,
    network_namespace: { id: identity.netns, initial: identity.initial_netns },
    privileges: { ...capabilities, icmp_echo: mayEcho(status ?? '', range, capabilities.net_raw) },
    features: { ...features, btf: btf.includes('vmlinux'), ipv6: ipv6 !== undefined },
  };
};
type LinuxFacts = Awaited<ReturnType<typeof readLinux>>;

const elsewhere = { kernel: null, network_namespace: null, privileges: null, features: null };

const linuxProblems = (host: LinuxFacts, hasNft: boolean, readOnly: boolean): Problem[] => [
  ...privilegeProblems(host.privileges, readOnly),
  ...kernelProblems(host.features, hasNft, host.network_namespace.initial),
];

const platformNames = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' } as const;

const summaryOf = (ports: OperationPorts, host: LinuxFacts | undefined, canPlan: boolean, problems: number): string => {
  const system = `${platformNames[ports.platform]}${host === undefined ? '' : ` ${host.kernel}`}`;
  const can =
    host === undefined
      ? 'can look at interfaces, probe and analyse captures; tuning needs Linux'
      : deedsOf(ports.settings, host.privileges.net_admin, canPlan);
  return `netmcp ${packageVersion()} on ${system}: ${can}; ${problems} thing${problems === 1 ? '' : 's'} missing or limited.`;
};

export const capabilities = defineOperation({
  name: 'capabilities',
  title: 'What can be done here',
  description:
    'Call first. Kernel features, privileges, programs, toolsets, policy, target guard and capture folders; for what is missing its effect and fix.',
  toolset: 'inspect',
  needs: 'none',
  everywhere: true,
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({}),
  output: resultSchema({
    version: z.string(),
    server_version: z.string().describe('The same as version'),
    platform: z.string(),
    kernel: z.string().nullable(),
    network_namespace: z.strictObject({ id: z.string(), initial: z.boolean() }).nullable(),
    privileges: privilegesSchema.nullable(),
    binaries: z.record(z.string(), z.string().nullable()),
    dependencies: z.array(programSchema),
    optional_binaries: z.array(optionalProgramSchema),
    features: featuresSchema.nullable(),
    toolsets: z.record(z.string(), z.enum(['on', 'off'])),
    read_only: z.boolean(),
    policy: z.strictObject({ source: z.string(), cards: z.number(), profiles: z.array(z.string()) }).nullable(),
    security: securitySchema,
    pcap: pcapSchema,
    endpoints: endpointsSchema,
    state_dir: placeSchema,
    configuration: z.strictObject({ sources: z.array(z.string()), warnings: z.array(z.string()) }),
    open_change: z.string().nullable().describe('change_id of a change that is pending or was left open'),
    problems: z.array(problemSchema),
  }),
  run: async (_input, ports, { signal }) => {
    const { settings, platform } = ports;
    const [host, found, files] = await Promise.all([
      platform === 'linux' ? readLinux(ports, signal) : undefined,
      Promise.all(binariesOf(platform).map(async (name) => ({ name, path: await ports.exec.find(name) }))),
      ports.configFiles(),
    ]);
    const missing = found.filter(({ path }) => path === undefined).map(({ name }) => name);
    const captures = showCaptures(settings, files);
    const problems = [
      ...(host === undefined ? [] : linuxProblems(host, !missing.includes('nft'), settings.readOnly)),
      ...programProblems(missing),
      ...captures.problems,
    ];
    const policy = await attempt(() => ports.policy(), 'Plans cannot be made.', problems);
    const before = problems.length;
    const stateDir = await attempt(
      () => ports.stateDir(),
      'Plans can be neither checked nor rendered nor applied.',
      problems,
    );
    const stateError = stateDir === undefined ? (problems[before]?.what ?? null) : null;
    const open = await openChange(ports, problems);
    return {
      success: true,
      summary: summaryOf(ports, host, policy !== undefined && stateDir !== undefined, problems.length),
      version: packageVersion(),
      server_version: packageVersion(),
      platform,
      ...(host ?? elsewhere),
      binaries: Object.fromEntries(found.map(({ name, path }) => [name, path ?? null])),
      dependencies: found.filter(({ name }) => isDependency(name)).map(({ name, path }) => programOf(name, path)),
      optional_binaries: found
        .filter(({ name }) => !isNeeded(name))
        .map(({ name, path }) => optionalProgramOf(name, path, platform)),
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
      security: showSecurity(settings),
      pcap: captures.pcap,
      endpoints: showEndpoints(settings),
      state_dir: { path: stateDir ?? settings.stateDir, error: stateError },
      configuration: { sources: [...settings.sources], warnings: [...settings.warnings] },
      open_change: open,
      problems,
    };
  },
});
