// What an operation gets beyond the host: configuration, policy and directories, each resolved when first asked for.
import type { History } from './history.ts';
import type { LiveCaptures } from './live-capture.ts';
import type { Policy } from './policy.ts';
import type { Captures, ConfigFiles, HostPorts, Identity, Jobs, Processes, Settings } from './ports.ts';
import type { ProbeSockets, TargetGuard } from './probe.ts';
import type { Resource } from './resource.ts';
import type { Committed, Snapshot } from './snapshot.ts';
import type { Traffic } from './traffic.ts';

/** What the product runs on; `linux` for everything, the others for what needs nothing of Linux. */
export const platforms = ['linux', 'darwin', 'win32'] as const;
export type Platform = (typeof platforms)[number];

export interface Target {
  resource: string;
  target: string;
}

export interface LookRequest {
  /** Name of an interface, `auto` for the default route's, or undefined for none. */
  iface: string | undefined;
  resources: readonly Resource[];
  /** What to read, given the interface's name if it exists. */
  targets: (iface: string | undefined) => readonly Target[];
  committed: Committed;
  signal: AbortSignal;
}

/** Host state read at once as a Snapshot; changes nothing. */
export type Look = (request: LookRequest) => Promise<Snapshot>;

export interface OperationPorts extends HostPorts {
  platform: Platform;
  settings: Settings;
  identity(): Promise<Identity>;
  policy(): Promise<Policy>;
  /** Verified state directory (owner, mode, no symlink). Throws state_dir_refused. */
  stateDir(): Promise<string>;
  /** Verified runtime directory of this boot and namespace, below /run/netmcp. */
  runtimeDir(): Promise<string>;
  jobs: Jobs;
  /** Files of other programs, opened for one look. */
  configFiles(): Promise<ConfigFiles>;
  captures: Captures;
  liveCaptures: LiveCaptures;
  targets: TargetGuard;
  probes: ProbeSockets;
  traffic: Traffic;
  /** In a server that was started with --history. */
  history?: History;
  processes: Processes;
  look: Look;
  /** Whether CAP_NET_ADMIN is in effect. */
  mayChange: () => Promise<boolean>;
  /** Told of each journal record once it is on disk, before anything further is done. */
  onJournalRecord?: (record: { type: string }) => Promise<void>;
}
