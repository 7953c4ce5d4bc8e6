// Metadata services of cloud providers: whoever reaches them from inside a machine may read its credentials.
import { parseAddress, type Address } from '../../model/address.ts';
import { embeddedIpv4 } from './embedded.ts';

const services: Readonly<Record<string, string>> = {
  '169.254.169.254': 'AWS, Azure, Google Cloud, Oracle, OpenStack and others',
  '169.254.170.2': 'AWS ECS task credentials',
  '169.254.170.23': 'AWS EKS pod identity',
  'fd00:ec2::254': 'AWS',
  'fd00:ec2::23': 'AWS EKS pod identity',
  'fd20:ce::254': 'Google Cloud',
  '168.63.129.16': 'the Azure wire server',
  '100.100.100.200': 'Alibaba Cloud',
  '100.96.0.96': 'Volcano Engine',
  '192.0.0.192': 'Oracle Cloud Classic',
  'fd00:c1::a9fe:a9fe': 'Oracle Cloud',
  '169.254.0.23': 'Tencent Cloud',
  '169.254.42.42': 'Scaleway',
  'fd00:42::42': 'Scaleway',
  'fe80::a9fe:a9fe': 'OpenStack',
  'fd00:a9fe:a9fe::1': 'Linode',
  '169.254.169.250': 'Rancher',
};

const byBytes = new Map(
  Object.entries(services).map(([text, owner]) => [parseAddress(text)?.bytes.join() ?? text, owner]),
);

/** Names and everything below them. */
const names = [
  'metadata',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.azure.com',
  'metadata.tencentyun.com',
  'metadata.cloud.ibm.com',
  'metadata.oraclecloud.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'rancher-metadata',
  'rancher-metadata.rancher.internal',
];

/** Whose metadata service an address is, its own or an embedded one; undefined when it is none. */
export const metadataServiceAt = (address: Address): string | undefined =>
  [address, ...embeddedIpv4(address)]
    .map(({ bytes }) => byBytes.get(bytes.join()))
    .find((owner) => owner !== undefined);

/** `name` is lower case, without the dot at its end. */
export const isMetadataName = (name: string): boolean =>
  names.some((known) => name === known || name.endsWith(`.${known}`));
