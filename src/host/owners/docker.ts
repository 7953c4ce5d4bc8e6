// Docker: forwarding and the firewall are its own wherever the daemon runs or is configured, unless daemon.json says no.
import * as z from 'zod';
import type { Owner, OwnerClaim } from '../../model/owner.ts';
import type { OwnerContext } from './context.ts';

const configFile = '/etc/docker/daemon.json';
const signs = ['/run/docker.pid', '/run/docker.sock', '/var/run/docker.pid', '/var/run/docker.sock'];

/** Only what decides a claim; the daemon knows many more. */
const configSchema = z.object({
  iptables: z.boolean().default(true),
  'ip-forward': z.boolean().default(true),
  ipv6: z.boolean().default(false),
});
type DockerConfig = z.infer<typeof configSchema>;

const readConfig = ({ files }: OwnerContext, text: string): DockerConfig => {
  try {
    return configSchema.parse(JSON.parse(text.trim() === '' ? '{}' : text));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    files.warn(`${configFile} is not a valid configuration: Docker's defaults are assumed.`);
    return configSchema.parse({});
  }
};

export const readDocker = (context: OwnerContext): Owner[] => {
  const { files } = context;
  const sign = signs.find((path) => files.exists(path));
  const text = files.read(configFile);
  const source = text === undefined ? sign : configFile;
  if (source === undefined) return [];

  const config = readConfig(context, text ?? '');
  const owner = (claim: OwnerClaim, value: string | null): Owner => ({
    manager: 'Docker',
    claim,
    value,
    source,
    shipped: false,
    active: sign !== undefined,
    effect: 'when the daemon starts, and with each network and published port',
  });
  return [
    ...(config['ip-forward'] ? [owner({ kind: 'sysctl', key: 'net.ipv4.ip_forward' }, '1')] : []),
    ...(config['ip-forward'] && config.ipv6
      ? [owner({ kind: 'sysctl', key: 'net.ipv6.conf.all.forwarding' }, '1')]
      : []),
    ...(config.iptables ? [owner({ kind: 'firewall' }, null)] : []),
  ];
};
