// What the readers of managers get and give: a claim is one manager, one interface, and the evidence for it.
import type { ConfigFiles, HostPorts } from '../model/ports.ts';
import type { InterfaceFacts } from '../model/snapshot.ts';

export const managerNames = [
  'NetworkManager',
  'systemd-networkd',
  'netplan',
  'ifupdown',
  'wicked',
  'connman',
  'dhcpcd',
  'cloud-init',
  'Docker',
] as const;
export type ManagerName = (typeof managerNames)[number];

/** One manager and one interface: what it does with it, and by what we know. */
export interface Claim {
  manager: ManagerName;
  interface: string;
  state: string | null;
  connection: string | null;
  evidence: string;
  /** Who wrote the configuration that the manager follows, where that is another. */
  origin: 'netplan' | 'cloud-init' | null;
}

export interface RuntimeContext {
  ports: HostPorts;
  files: ConfigFiles;
  interfaces: readonly InterfaceFacts[];
  runs: (manager: ManagerName) => boolean;
  /** The files below /run are about the interfaces of this network namespace. */
  isInside: boolean;
  signal: AbortSignal;
}

/** Of a claim of which no more is told. */
export const bare = { state: null, connection: null, origin: null };
