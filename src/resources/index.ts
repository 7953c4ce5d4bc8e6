// The list of resources: adding one is its file and one line here.
import type { Resource } from '../model/resource.ts';
import { ethtoolResource } from './ethtool.ts';
import { linkResource } from './link.ts';
import { nftResource } from './nft/resource.ts';
import { sysctlResource } from './sysctl.ts';
import { tcResource } from './tc/resource.ts';

export const resources: readonly Resource[] = [sysctlResource, ethtoolResource, linkResource, tcResource, nftResource];
