// Who owns what on this host: every manager's files read and their claims in one list, the same for the same files.
import { NetError } from '../../model/errors.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { ownerManagers, type Owner } from '../../model/owner.ts';
import type { ConfigFiles } from '../../model/ports.ts';
import { createConfigFiles, shown } from '../config-files.ts';
import { claimText, type Device, type OwnerContext } from './context.ts';
import { readDocker } from './docker.ts';
import { readIfupdown } from './ifupdown.ts';
import { readNetworkManager } from './network-manager.ts';
import { readNetworkd } from './networkd.ts';
import { readSysctlD } from './sysctl-d.ts';
import { readTuned } from './tuned.ts';
import { readUdevLink } from './udev-link.ts';

const ownerCap = 5000;

export interface OwnersRequest {
  /** Where the host's files are; `/` unless this is a test. Links inside it are followed as they stand. */
  root?: string;
  iface: string;
  mac?: string | undefined;
  driver?: string | undefined;
  /** Release, as uname tells it. */
  kernel?: string | undefined;
}

export interface OwnersFound {
  owners: Owner[];
  /** What could not be read or followed, and so may hide an owner. */
  warnings: string[];
}

const typesByNumber: Readonly<Record<string, string>> = { '1': 'ether', '772': 'loopback', '32': 'infiniband' };

const deviceOf = (files: ConfigFiles, { iface, mac, driver, kernel }: OwnersRequest): Device => {
  const folder = `/sys/class/net/${iface}`;
  const uevent = /^DEVTYPE=(.+)$/m.exec(files.read(`${folder}/uevent`) ?? '')?.[1];
  const number = files.read(`${folder}/type`)?.trim() ?? '';
  const address = mac ?? files.read(`${folder}/address`)?.trim();
  const type = uevent ?? (Object.hasOwn(typesByNumber, number) ? typesByNumber[number] : undefined);
  return { iface, mac: address, driver, kernel, type };
};

/** The YAML parser is loaded only where netplan is. */
const readNetplan = async (context: OwnerContext): Promise<Owner[]> => {
  const isThere = ['/etc/netplan', '/run/netplan', '/lib/netplan'].some((folder) => context.files.exists(folder));
  return isThere ? (await import('./netplan.ts')).readNetplan(context) : [];
};

const managerOrder = (owner: Owner): number => ownerManagers.indexOf(owner.manager);

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** By manager, then by claim; claims of one manager on one setting stay in the order in which it applies them. */
const sorted = (owners: readonly Owner[]): Owner[] =>
  owners
    .map((owner) => ({ owner, order: managerOrder(owner), text: claimText(owner.claim) }))
    .sort((one, other) => one.order - other.order || byText(one.text, other.text))
    .map(({ owner }) => owner);

/** Does not throw for what the files hold: what cannot be read or understood is a warning. */
export const readOwners = async (request: OwnersRequest): Promise<OwnersFound> => {
  if (!interfaceNameSchema.safeParse(request.iface).success) {
    throw new NetError(
      'invalid_argument',
      `'${shown(request.iface, 50)}' is not an interface name.`,
      'Name an interface.',
    );
  }
  const files = createConfigFiles(request.root ?? '/');
  const context: OwnerContext = { files, device: deviceOf(files, request) };
  const found = [
    ...readSysctlD(context),
    ...readTuned(context),
    ...readNetworkManager(context),
    ...readNetworkd(context),
    ...readUdevLink(context),
    ...(await readNetplan(context)),
    ...readIfupdown(context),
    ...readDocker(context),
  ];
  if (found.length > ownerCap) files.warn(`There are ${found.length} claims: only ${ownerCap} are listed.`);
  // Those in force first, so that the cap never hides one of them for one that is overridden.
  const kept =
    found.length > ownerCap
      ? [...found.filter((owner) => owner.active), ...found.filter((owner) => !owner.active)].slice(0, ownerCap)
      : found;
  const owners = sorted(kept).map((owner) => ({
    ...owner,
    value: owner.value === null ? null : shown(owner.value),
    source: shown(owner.source, 500),
  }));
  return { owners, warnings: [...files.warnings] };
};
