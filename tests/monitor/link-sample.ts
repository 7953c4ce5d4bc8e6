// An interface that is up and has carried nothing, for unit tests to change.
import type { LinkStatistics } from '../../src/model/traffic.ts';

export const quietLink: LinkStatistics = {
  iface: 'eth0',
  ifindex: 2,
  up: true,
  loopback: false,
  carrier: true,
  operstate: 'up',
  mtu: 1500,
  rxPackets: 0n,
  txPackets: 0n,
  rxBytes: 0n,
  txBytes: 0n,
  rxErrors: 0n,
  txErrors: 0n,
  rxDropped: 0n,
  txDropped: 0n,
  multicast: 0n,
  others: {},
};
