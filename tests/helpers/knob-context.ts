// For tests of knobs and resources: a host as plain data, and the context a knob is asked in.
import type { KnobContext } from '../../src/model/knob.ts';
import type { Policy } from '../../src/model/policy.ts';
import { type InterfaceFacts, type Snapshot, nothingCommitted } from '../../src/model/snapshot.ts';

export const makeInterface = (facts: Partial<InterfaceFacts> = {}): InterfaceFacts => ({
  name: 'eth0',
  ifindex: 2,
  mac: '02:00:00:00:00:01',
  kind: null,
  mtu: 1500,
  min_mtu: 68,
  max_mtu: 9000,
  up: true,
  carrier: true,
  txqueuelen: 1000,
  speed_mbps: 1000,
  ipv4: ['192.0.2.1/24'],
  ipv6: [],
  master: null,
  ...facts,
});

/** A server with 8 GB, one interface and every feature, in its initial namespace. */
export const makeSnapshot = (changes: Partial<Snapshot> = {}): Snapshot => ({
  kernel: '6.1.0',
  boot_id: '00000000-0000-4000-8000-000000000000',
  netns: 'net:1:1',
  initial_netns: true,
  net_admin: true,
  memory_bytes: 8 * 1024 ** 3,
  cpus: 4,
  interfaces: { eth0: makeInterface() },
  default_interface: 'eth0',
  management_ports: [22],
  features: {
    qdiscs: ['fq', 'fq_codel', 'cake', 'htb', 'tbf', 'sfq', 'pfifo_fast', 'netem'],
    classifiers: ['u32', 'matchall'],
    ifb: true,
    congestion_controls: ['reno', 'cubic', 'bbr'],
    conntrack: true,
    nftables: true,
    binaries: { ip: '/usr/sbin/ip', tc: '/usr/sbin/tc', nft: '/usr/sbin/nft', ethtool: '/usr/sbin/ethtool' },
  },
  observed: {},
  committed: nothingCommitted,
  ...changes,
});

export const makeContext = (policy: Policy, changes: Partial<KnobContext> = {}): KnobContext => ({
  iface: 'eth0',
  snapshot: makeSnapshot(),
  policy,
  wishes: {},
  emulate: false,
  origin: () => 'plan',
  ...changes,
});
