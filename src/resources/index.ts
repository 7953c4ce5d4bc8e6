// The list of resources: adding one is its file and one line here.
import type { Resource } from '../model/resource.ts';
import { coalescingResource } from './coalescing.ts';
import { ethtoolResource } from './ethtool.ts';
import { linkResource } from './link.ts';
import { nftResource } from './nft/resource.ts';
import { ringsResource } from './rings.ts';
import { routeMetricsResource } from './route-metrics.ts';
import { steeringResource } from './steering.ts';
import { sysctlResource } from './sysctl.ts';
import { tcResource } from './tc/resource.ts';

export const resources: readonly Resource[] = [
  sysctlResource,
  ethtoolResource,
  ringsResource,
  coalescingResource,
  linkResource,
  steeringResource,
  routeMetricsResource,
  tcResource,
  nftResource,
];
