// Which interfaces the managers that run say, or have written down, that they manage.
import { NetError } from '../model/errors.ts';
import { bare, type Claim, type RuntimeContext } from './managers-claims.ts';
import { otherClaims } from './managers-others.ts';
import {
  parseDeviceFile,
  parseDeviceStatus,
  parseLinkFile,
  parseLinkList,
  type DeviceStatus,
  type LinkState,
} from './managers-text.ts';

/** What a manager's own tool prints; undefined when it is not there, fails or does not answer. */
const told = async (
  { ports: { exec }, signal }: RuntimeContext,
  binary: 'nmcli' | 'networkctl',
  args: readonly string[],
): Promise<string | undefined> => {
  if ((await exec.find(binary)) === undefined) return undefined;
  try {
    const { code, stdout } = await exec.run({ binary, args, timeoutMs: 3000, signal });
    return code === 0 ? stdout : undefined;
  } catch (error) {
    if (error instanceof NetError && error.code === 'timeout') return undefined;
    throw error;
  }
};

/** `connected (externally)`: NetworkManager shows what somebody else has set up. */
const isManaged = ({ state }: DeviceStatus): boolean => state !== 'unmanaged' && !state.includes('externally');

const ofNetworkManager = async (context: RuntimeContext): Promise<Claim[]> => {
  if (!context.runs('NetworkManager')) return [];
  const text = await told(context, 'nmcli', ['-t', '-f', 'DEVICE,STATE,CONNECTION', 'device', 'status']);
  if (text !== undefined) {
    return parseDeviceStatus(text)
      .filter(isManaged)
      .map(({ device, state, connection }) => ({
        manager: 'NetworkManager',
        interface: device,
        state,
        connection,
        evidence: `nmcli device status: ${state}`,
        origin: connection?.startsWith('netplan-') === true ? 'netplan' : null,
      }));
  }
  return context.interfaces.flatMap(({ name, ifindex }) => {
    const path = `/run/NetworkManager/devices/${ifindex}`;
    const managed = parseDeviceFile(context.files.read(path) ?? '');
    return managed === true
      ? [{ ...bare, manager: 'NetworkManager', interface: name, evidence: `${path}: managed=true` }]
      : [];
  });
};

const originOf = (file: string | null): Claim['origin'] => (file?.includes('netplan') === true ? 'netplan' : null);

const ofNetworkd = async (context: RuntimeContext): Promise<Claim[]> => {
  if (!context.runs('systemd-networkd')) return [];
  const found = context.interfaces.flatMap(({ name, ifindex }): [string, LinkState, string][] => {
    const path = `/run/systemd/netif/links/${ifindex}`;
    const state = parseLinkFile(context.files.read(path) ?? '');
    return state === undefined ? [] : [[name, state, path]];
  });
  if (found.length === 0) {
    const text = await told(context, 'networkctl', ['--no-pager', '--no-legend', 'list']);
    for (const [name, state] of parseLinkList(text ?? '')) found.push([name, state, 'networkctl list']);
  }
  return found
    .filter(([, { setup }]) => setup !== 'unmanaged' && setup !== 'linger' && setup !== 'n/a')
    .map(([name, { setup, operational, file }, source]) => ({
      manager: 'systemd-networkd',
      interface: name,
      state: operational === null ? setup : `${setup}, ${operational}`,
      connection: file,
      evidence: `${source}: ${setup}`,
      origin: originOf(file),
    }));
};

/** In the order in which one manager's claim weighs more than another's. */
export const runtimeClaims = async (context: RuntimeContext): Promise<Claim[]> => {
  const [manager, networkd] = await Promise.all([ofNetworkManager(context), ofNetworkd(context)]);
  return [...manager, ...networkd, ...otherClaims(context)];
};
