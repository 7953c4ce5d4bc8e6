// Everything planning may know about the host, read at once. Nothing is changed and no module is loaded.
import { NetError } from '../model/errors.ts';
import type { Look, Target } from '../model/operation-ports.ts';
import type { HostPorts, Identity } from '../model/ports.ts';
import type { Resource } from '../model/resource.ts';
import { addressOf, type Committed, type Snapshot } from '../model/snapshot.ts';
import { readCpus, readKernelRelease, readMemoryBytes } from './facts.ts';
import { readFeatures } from './features.ts';
import { readInterfaces } from './interfaces.ts';
import { readManagementPorts } from './management-ports.ts';
import { readOwners } from './owners/read-owners.ts';
import { readPrivileges } from './privileges.ts';
import { readDefaultInterface } from './routes.ts';

/** Readings of resources under way at once: most start a process, and more than a few only wait for each other. */
const readsAtOnce = 8;

export interface SnapshotRequest {
  ports: HostPorts;
  identity: Identity;
  resources: readonly Resource[];
  targets: readonly Target[];
  committed: Committed;
  signal: AbortSignal;
  /** Read just before, if they were: listing them starts a process. */
  interfaces?: Snapshot['interfaces'];
}

export interface Readings {
  observed: Record<string, unknown>;
  unread: Record<string, { code: string; message: string; hint: string }>;
}

/** A missing binary, kernel feature or privilege concerns only plans that need it; anything else fails the whole look. */
const canDoWithout = (error: unknown): error is NetError =>
  error instanceof NetError && ['missing_binary', 'missing_kernel_feature', 'not_permitted'].includes(error.code);

/** Reads each target through its resource, a few at a time; by `resource:target`. */
export const readAll = async ({
  ports,
  resources,
  targets,
  signal,
}: Pick<SnapshotRequest, 'ports' | 'resources' | 'targets' | 'signal'>): Promise<Readings> => {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const waiting = [...new Map(targets.map((entry) => [addressOf(entry.resource, entry.target), entry]))].sort(
    ([a], [b]) => (a < b ? -1 : 1),
  );
  const order = waiting.map(([address]) => address);
  const observed = new Map<string, unknown>();
  const unread: Readings['unread'] = {};
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [address, { resource: id, target }] = next;
      const resource = byId.get(id);
      if (resource === undefined) {
        throw new NetError('internal', `There is no resource '${id}'.`, 'Report it with the call that led here.');
      }
      if (signal.aborted)
        throw new NetError('cancelled', 'The call was cancelled.', 'Call again if it is still wanted.');
      try {
        observed.set(address, await resource.read(target, ports, signal));
      } catch (error) {
        if (!canDoWithout(error)) throw error;
        unread[address] = { code: error.code, message: error.message, hint: error.hint };
      }
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, work));
  return {
    observed: Object.fromEntries(
      order.flatMap((address) => (observed.has(address) ? [[address, observed.get(address)]] : [])),
    ),
    unread,
  };
};

export const takeSnapshot = async (request: SnapshotRequest): Promise<Snapshot> => {
  const { ports, identity, committed, signal } = request;
  const { kernel } = ports;
  const [release, privileges, memory, cpus, interfaces, defaultInterface, managementPorts, features, readings] =
    await Promise.all([
      readKernelRelease(kernel),
      readPrivileges(kernel),
      readMemoryBytes(kernel),
      readCpus(kernel),
      request.interfaces ?? readInterfaces(ports, signal),
      readDefaultInterface(ports, signal),
      readManagementPorts(kernel),
      readFeatures(ports, { initialNetns: identity.initial_netns, signal }),
      readAll(request),
    ]);
  return {
    kernel: release,
    boot_id: identity.boot_id,
    netns: identity.netns,
    initial_netns: identity.initial_netns,
    net_admin: privileges.net_admin,
    memory_bytes: memory,
    cpus,
    interfaces,
    default_interface: defaultInterface,
    management_ports: managementPorts,
    features,
    ...readings,
    committed,
  };
};

/** Who else sets what: read from files of this root, which are the same for every namespace that shares it. */
const ownersHere = async (
  facts: Snapshot['interfaces'][string] | undefined,
): Promise<Pick<Snapshot, 'owners' | 'owner_warnings'>> => {
  if (facts === undefined) return {};
  const { owners, warnings } = await readOwners({
    iface: facts.name,
    mac: facts.mac ?? undefined,
    driver: facts.driver ?? undefined,
  });
  return { owners, owner_warnings: warnings };
};

/** Looks at the host as planning wants it: only an interface that exists is read; a name that does not is the validator's to refuse. */
export const createLook =
  (ports: HostPorts, identity: () => Promise<Identity>): Look =>
  async ({ iface, resources, targets, committed, signal }) => {
    const name = iface === 'auto' ? await readDefaultInterface(ports, signal) : (iface ?? null);
    const interfaces = await readInterfaces(ports, signal);
    const exists = name !== null && Object.hasOwn(interfaces, name);
    const wanted = targets(exists ? name : undefined);
    const known = { ports, identity: await identity(), resources, committed, signal, interfaces };
    const snapshot = await takeSnapshot({ ...known, targets: wanted });
    return exists ? { ...snapshot, ...(await ownersHere(interfaces[name])) } : snapshot;
  };
