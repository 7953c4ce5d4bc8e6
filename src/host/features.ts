// What this kernel and this installation can do. Told from files where they tell; the kernel is asked only where they do not.
import { binaries } from '../model/command.ts';
import type { Exec, HostPorts, KernelFiles } from '../model/ports.ts';
import type { Features } from '../model/snapshot.ts';
import { readKernelRelease } from './facts.ts';
import { classifierKinds, probeTcKinds, qdiscKinds, type TcKinds } from './feature-probe.ts';
import { type KernelModules, type ModuleSources, readKernelModules } from './kernel-modules.ts';
import { readPrivileges } from './privileges.ts';

/** Part of every kernel that has tc at all. */
const always = ['pfifo_fast', 'pfifo', 'bfifo'];

const moduleOf = (qdisc: string): string => (qdisc === 'clsact' ? 'sch_ingress' : `sch_${qdisc}`);

const kindsFromModules = (modules: KernelModules): TcKinds => ({
  qdiscs: qdiscKinds.filter((kind) => always.includes(kind) || modules.has(moduleOf(kind))),
  classifiers: classifierKinds.filter((kind) => modules.has(`cls_${kind}`)),
  mirred: modules.has('act_mirred'),
});

const readTcKinds = async (ports: HostPorts, modules: KernelModules, signal: AbortSignal): Promise<TcKinds> => {
  if (modules.complete) return kindsFromModules(modules);
  const installed = await Promise.all([ports.exec.find('unshare'), ports.exec.find('tc')]);
  const { sys_admin: sysAdmin } = await readPrivileges(ports.kernel);
  const probed = installed.includes(undefined) ? undefined : await probeTcKinds(ports.exec, sysAdmin, signal);
  if (probed !== undefined) return probed;
  ports.log.warn('The kernel’s tc features are unknown here: no module files, and no namespace could be made to ask.');
  return kindsFromModules(modules);
};

const words = async (kernel: KernelFiles, path: string): Promise<string[]> =>
  ((await kernel.read(path)) ?? '').split(/\s+/).filter((word) => word !== '');

/** Outside the initial namespace the kernel takes only the allowed ones as a default, and loads none. */
const readCongestionControls = async (
  kernel: KernelFiles,
  modules: KernelModules,
  initialNetns: boolean,
): Promise<string[]> => {
  const available = await words(kernel, '/proc/sys/net/ipv4/tcp_available_congestion_control');
  if (initialNetns) {
    const loadable = modules.loadable(/^tcp_(?!diag$)/).map((name) => name.slice('tcp_'.length));
    return [...new Set([...available, ...loadable])].sort();
  }
  const allowed = await words(kernel, '/proc/sys/net/ipv4/tcp_allowed_congestion_control');
  return (allowed.length === 0 ? available : allowed).sort();
};

const hasNftables = async (exec: Exec, modules: KernelModules, signal: AbortSignal): Promise<boolean> => {
  if ((await exec.find('nft')) === undefined) return false;
  if (modules.complete || modules.has('nf_tables')) return modules.has('nf_tables');
  return (await exec.run({ binary: 'nft', args: ['list', 'tables'], signal })).code === 0;
};

const read = async (ports: HostPorts, { initialNetns, sources }: FeatureOptions): Promise<Features> => {
  const { exec, kernel } = ports;
  // No caller’s cancellation may end what others wait for; the commands have their own deadlines.
  const { signal } = new AbortController();
  const modules = await readKernelModules(kernel, await readKernelRelease(kernel), sources);
  const [kinds, congestionControls, nftables, conntrack, paths] = await Promise.all([
    readTcKinds(ports, modules, signal),
    readCongestionControls(kernel, modules, initialNetns),
    hasNftables(exec, modules, signal),
    kernel.read('/proc/sys/net/netfilter/nf_conntrack_max'),
    Promise.all(binaries.map(async (binary) => [binary, (await exec.find(binary)) ?? null] as const)),
  ]);
  return {
    qdiscs: kinds.qdiscs.toSorted(),
    classifiers: kinds.classifiers.toSorted(),
    // An ifb is of use only together with the action that redirects to it.
    ifb: kinds.mirred && (modules.has('ifb') || !modules.complete),
    congestion_controls: congestionControls,
    conntrack: conntrack !== undefined || modules.has('nf_conntrack'),
    nftables,
    binaries: Object.fromEntries(paths),
  };
};

export interface FeatureOptions {
  initialNetns: boolean;
  /** Checked before; the reading itself is shared by all callers and goes on. */
  signal: AbortSignal;
  /** Where module files and kernel configuration lie; others are for tests. */
  sources?: ModuleSources;
}

const cache = new WeakMap<Exec, Promise<Features>>();

/** Read once a process: kernels do not change under it, and a package installed later is seen by the next one. */
export const readFeatures = async (ports: HostPorts, options: FeatureOptions): Promise<Features> => {
  options.signal.throwIfAborted();
  const known = cache.get(ports.exec);
  if (known !== undefined) return known;
  const reading = read(ports, options);
  cache.set(ports.exec, reading);
  // A failed reading is not kept; its callers get the error.
  reading.catch(() => cache.delete(ports.exec));
  return reading;
};
