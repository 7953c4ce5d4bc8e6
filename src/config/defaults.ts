// What holds where no source says anything.
import type { Endpoints, Security } from '../model/ports.ts';
import type { PartialSettings } from './keys.ts';

const defaultPublicIp = [
  'https://api.ipify.org',
  'https://ifconfig.me/ip',
  'https://icanhazip.com',
  'https://checkip.amazonaws.com',
];

export const securityOf = (merged: PartialSettings): Security => ({
  allowedTargets: merged['security.allowed_targets'] ?? [],
  blockedTargets: merged['security.blocked_targets'] ?? [],
  blockPrivate: merged['security.block_private'] ?? false,
  blockCloudMetadata: merged['security.block_cloud_metadata'] ?? true,
});

export const endpointsOf = (merged: PartialSettings): Endpoints => ({
  publicIp: merged['endpoints.public_ip'] ?? defaultPublicIp,
  rdap: (merged['endpoints.rdap'] ?? 'https://rdap.org/').replace(/\/?$/, '/'),
  asnZones: {
    ipv4: merged['endpoints.asn_zones.ipv4'] ?? 'origin.asn.cymru.com',
    ipv6: merged['endpoints.asn_zones.ipv6'] ?? 'origin6.asn.cymru.com',
    name: merged['endpoints.asn_zones.name'] ?? 'asn.cymru.com',
  },
  asnNameserver: merged['endpoints.asn_nameserver'],
});
