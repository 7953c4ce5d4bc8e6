// The managers of network configuration on this host: which are installed, which run, and which of them runs which interface.
import type { ConfigFiles, HostPorts } from '../model/ports.ts';
import type { InterfaceFacts } from '../model/snapshot.ts';
import { configClaims } from './managers-config.ts';
import { runningDaemons, sharesNetns } from './managers-processes.ts';
import { managerNames, type Claim, type ManagerName } from './managers-claims.ts';
import { runtimeClaims } from './managers-runtime.ts';
import { show, unique, type ManagedInterface } from './managers-show.ts';

interface Signs {
  /** Any of these files: it is installed. */
  files: readonly string[];
  /** Names of its daemon's process, of at most 15 characters; none: it only acts when it is called. */
  processes: readonly string[];
}

const sbin = (name: string): string[] =>
  ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].map((folder) => `${folder}/${name}`);

const signs: Readonly<Record<ManagerName, Signs>> = {
  NetworkManager: { files: sbin('NetworkManager'), processes: ['NetworkManager'] },
  'systemd-networkd': {
    files: ['/usr/lib/systemd/systemd-networkd', '/lib/systemd/systemd-networkd'],
    processes: ['systemd-network'],
  },
  netplan: { files: sbin('netplan'), processes: [] },
  ifupdown: { files: sbin('ifup'), processes: [] },
  wicked: { files: sbin('wickedd'), processes: ['wickedd', 'wickedd-nanny'] },
  connman: { files: sbin('connmand'), processes: ['connmand'] },
  dhcpcd: { files: sbin('dhcpcd'), processes: ['dhcpcd'] },
  'cloud-init': { files: sbin('cloud-init'), processes: [] },
  Docker: { files: sbin('dockerd'), processes: ['dockerd'] },
};

export interface Manager {
  name: ManagerName;
  installed: boolean;
  /** Its daemon runs; of one without a daemon: it has set up what is in force. */
  active: boolean;
  evidence: string[];
  /** Netplan's: whom it hands interfaces to. */
  renderers?: string[];
}

export interface ManagersFound {
  managers: Manager[];
  interfaces: ManagedInterface[];
}

/** Every interface is matched against the same files: each is read once. */
const remembering = (files: ConfigFiles): ConfigFiles => {
  const texts = new Map<string, string | undefined>();
  const lists = new Map<string, string[]>();
  return {
    ...files,
    read(path) {
      if (!texts.has(path)) texts.set(path, files.read(path));
      return texts.get(path);
    },
    layered(folders, suffix) {
      const key = [...folders, suffix].join('\n');
      const known = lists.get(key) ?? files.layered(folders, suffix);
      lists.set(key, known);
      return known;
    },
  };
};

interface ManagersRequest {
  interfaces: readonly InterfaceFacts[];
  signal: AbortSignal;
  /** Whether a process is in our network namespace; another one in tests. */
  isHere?: (pid: number) => boolean;
  /** /proc unless this is a test. */
  proc?: string;
}

const outside =
  'This network namespace is not that of the system’s init: files of its managers are about other interfaces, and were left out.';

/** Those without a daemon are active when what they wrote is in force. */
const hasActed = (name: ManagerName, live: readonly Claim[], config: readonly Claim[]): boolean => {
  if (name === 'ifupdown') return live.some(({ manager }) => manager === name);
  const isLive = (one: string): boolean => live.some((claim) => claim.interface === one);
  return [...live, ...config].some((claim) => claim.origin === name && isLive(claim.interface));
};

export const readManagers = async (
  ports: HostPorts,
  hostFiles: ConfigFiles,
  { interfaces, signal, isHere = sharesNetns, proc = '/proc' }: ManagersRequest,
): Promise<ManagersFound> => {
  const files = remembering(hostFiles);
  const wanted = new Set(Object.values(signs).flatMap(({ processes }) => processes));
  const running = runningDaemons(wanted, proc);
  const processOf = (name: ManagerName): string | undefined =>
    signs[name].processes.find((process) => running.has(process));
  const runs = (name: ManagerName): boolean => {
    const process = processOf(name);
    return process !== undefined && isHere(running.get(process) ?? 0);
  };
  const isInside = isHere(1);
  if (!isInside) files.warn(outside);
  const [live, { claims: config, renderers }] = await Promise.all([
    runtimeClaims({ ports, files, interfaces, runs, isInside, signal }),
    isInside ? configClaims(files, interfaces) : { claims: [], renderers: [] },
  ]);
  const managers = managerNames.map((name): Manager => {
    const path = signs[name].files.find((file) => files.exists(file));
    const process = processOf(name);
    const claimed = [...live, ...config].filter(({ manager, origin }) => manager === name || origin === name);
    const active = runs(name) || (signs[name].processes.length === 0 && hasActed(name, live, config));
    const where = runs(name) ? '' : ', in another network namespace';
    return {
      name,
      installed: path !== undefined || process !== undefined || active,
      active,
      evidence: [
        ...(path === undefined ? [] : [path]),
        ...(process === undefined ? [] : [`process ${process}, pid ${running.get(process) ?? 0}${where}`]),
        ...(claimed.length === 0 ? [] : [`interfaces: ${unique(claimed.map((claim) => claim.interface)).length}`]),
      ],
      ...(name === 'netplan' && renderers.length > 0 ? { renderers } : {}),
    };
  });
  const of = (claims: readonly Claim[], name: string): Claim[] => claims.filter((claim) => claim.interface === name);
  return { managers, interfaces: interfaces.map(({ name }) => show(name, of(live, name), of(config, name))) };
};
