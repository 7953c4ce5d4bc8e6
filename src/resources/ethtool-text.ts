// What `ethtool -OPTION IFACE` prints, or null where ethtool is missing or the driver has nothing to tell.
import { NetError } from '../model/errors.ts';
import type { HostPorts } from '../model/ports.ts';

export const readEthtool = async (
  option: '-c' | '-g' | '-k',
  iface: string,
  ports: HostPorts,
  signal: AbortSignal,
): Promise<string | null> => {
  if ((await ports.exec.find('ethtool')) === undefined) return null;
  const { code, stdout, stderr } = await ports.exec.run({ binary: 'ethtool', args: [option, iface], signal });
  if (code !== 0 && /no such device|no device matches/i.test(stderr))
    throw new NetError('not_found', `there is no interface "${iface}"`, 'Name one that get_interfaces lists.');
  return code === 0 ? stdout : null;
};
