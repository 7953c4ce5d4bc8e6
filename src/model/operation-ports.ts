// What an operation gets beyond the host: configuration, policy and directories, each resolved when first asked for.
import type { Policy } from './policy.ts';
import type { HostPorts, Identity, Jobs, Processes, Settings } from './ports.ts';
import type { Resource } from './resource.ts';
import type { Committed, Snapshot } from './snapshot.ts';

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
  settings: Settings;
  identity(): Promise<Identity>;
  policy(): Promise<Policy>;
  /** Verified state directory (owner, mode, no symlink). Throws state_dir_refused. */
  stateDir(): Promise<string>;
  /** Verified runtime directory of this boot and namespace, below /run/netmcp. */
  runtimeDir(): Promise<string>;
  jobs: Jobs;
  processes: Processes;
  look: Look;
  /** Whether CAP_NET_ADMIN is in effect. */
  mayChange: () => Promise<boolean>;
  /** Told of each journal record once it is on disk, before anything further is done. */
  onJournalRecord?: (record: { type: string }) => Promise<void>;
}
