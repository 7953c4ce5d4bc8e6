// The operations of the toolset `inspect`: what is there, read without changing anything.
import type { Operation } from '../define.ts';
import { capabilities } from './capabilities.ts';
import { getArpTable } from './get-arp-table.ts';
import { getConnections } from './get-connections.ts';
import { getDnsConfig } from './get-dns-config.ts';
import { getFirewall } from './get-firewall.ts';
import { getHostInfo } from './get-host-info.ts';
import { getInterfaces } from './get-interfaces.ts';
import { getNetworkManager } from './get-network-manager.ts';
import { getQdiscs } from './get-qdiscs.ts';
import { getRoutes } from './get-routes.ts';
import { getSysctls } from './get-sysctls.ts';
import { getWifi } from './get-wifi.ts';

export const inspectOperations: readonly Operation[] = [
  capabilities,
  getInterfaces,
  getRoutes,
  getArpTable,
  getDnsConfig,
  getConnections,
  getQdiscs,
  getFirewall,
  getWifi,
  getHostInfo,
  getNetworkManager,
  getSysctls,
];
