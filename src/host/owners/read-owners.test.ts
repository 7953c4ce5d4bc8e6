import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerSchema } from '../../model/owner.ts';
import { claimText } from './context.ts';
import { readOwners } from './read-owners.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netmcp-owners-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Content that begins with -> is a link; a path that ends with / is an empty folder. */
const lay = (files: Readonly<Record<string, string>>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(path.endsWith('/') ? join(root, path) : dirname(join(root, path)), { recursive: true });
    if (path.endsWith('/')) continue;
    if (content.startsWith('->')) symlinkSync(content.slice(2), join(root, path));
    else writeFileSync(join(root, path), content);
  }
};

/** `manager | claim = value | source | flags`, one line an owner. */
const read = async (request: { iface?: string; mac?: string; driver?: string; kernel?: string } = {}) => {
  const { owners, warnings } = await readOwners({ root, iface: 'eth0', ...request });
  for (const owner of owners) ownerSchema.parse(owner);
  const lines = owners.map(({ manager, claim, value, source, shipped, active }) =>
    [
      manager,
      `${claimText(claim)} = ${value ?? 'null'}`,
      source,
      `${shipped ? 'shipped ' : ''}${active ? 'active' : 'inactive'}`,
    ].join(' | '),
  );
  return { lines, warnings, owners };
};

const table: {
  name: string;
  files: Record<string, string>;
  request?: Parameters<typeof read>[0];
  expected: string[];
  warning?: RegExp;
}[] = [
  { name: 'an empty root', files: {}, expected: [] },
  {
    name: 'sysctl.d: order by name, masks, spellings, and what the last line overrides',
    files: {
      '/usr/lib/sysctl.d/50-default.conf': 'net.ipv4.conf.*.rp_filter = 2\nkernel.pid_max = 4194304\n',
      '/usr/lib/sysctl.d/60-masked.conf': 'net.core.somaxconn = 1',
      '/usr/lib/sysctl.d/70-null.conf': 'net.core.somaxconn = 2',
      '/etc/sysctl.d/60-masked.conf': '# nothing\n; here\n',
      '/etc/sysctl.d/70-null.conf': '->/dev/null',
      '/etc/sysctl.d/80-a.conf': '\n-net/ipv4/conf/eth0.1/forwarding=1\nnet.ipv4.tcp_rmem = 4096 131072\t6291456\n',
      '/run/sysctl.d/10-early.conf': 'net.ipv4.tcp_rmem = 1 2 3',
      '/etc/sysctl.d/README': 'net.core.somaxconn = 3',
    },
    expected: [
      'sysctl.d | sysctl net.ipv4.conf.*.rp_filter = 2 | /usr/lib/sysctl.d/50-default.conf:1 | shipped active',
      'sysctl.d | sysctl net.ipv4.conf.eth0/1.forwarding = 1 | /etc/sysctl.d/80-a.conf:2 | active',
      'sysctl.d | sysctl net.ipv4.tcp_rmem = 1 2 3 | /run/sysctl.d/10-early.conf:1 | inactive',
      'sysctl.d | sysctl net.ipv4.tcp_rmem = 4096 131072 6291456 | /etc/sysctl.d/80-a.conf:3 | active',
    ],
  },
  {
    name: 'sysctl.conf comes last, and once though sysctl.d links to it',
    files: {
      '/etc/sysctl.d/99-sysctl.conf': '->../sysctl.conf',
      '/etc/sysctl.d/99-z.conf': 'net.core.somaxconn=1',
      '/etc/sysctl.conf': 'net.core.somaxconn=2',
    },
    expected: [
      'sysctl.d | sysctl net.core.somaxconn = 1 | /etc/sysctl.d/99-z.conf:1 | inactive',
      'sysctl.d | sysctl net.core.somaxconn = 2 | /etc/sysctl.conf:1 | active',
    ],
  },
  {
    name: 'tuned: includes first, the including profile over them, a loop ends, devices decide',
    files: {
      '/run/tuned/': '',
      '/etc/tuned/active_profile': 'mine\n',
      '/etc/tuned/mine/tuned.conf':
        '[main]\ninclude=base\n[sysctl]\nnet.core.rmem_max=${big}\n[net]\ndevices=eth*,!eth1\nring=rx 512\npause=off\n[lan]\ntype=net\ndevices=wlan0\nmtu=9000\n',
      '/usr/lib/tuned/base/tuned.conf':
        '[main]\ninclude=mine\n[sysctl]\nnet.core.rmem_max=1\nnet.core.wmem_max=>2\nvm.swappiness=1\n',
    },
    expected: [
      'tuned | link eth0 rings = rx 512 | /etc/tuned/mine/tuned.conf:7 | active',
      'tuned | sysctl net.core.rmem_max = 1 | /usr/lib/tuned/base/tuned.conf:4 | shipped inactive',
      'tuned | sysctl net.core.rmem_max = ${big} | /etc/tuned/mine/tuned.conf:4 | active',
      'tuned | sysctl net.core.wmem_max = >2 | /usr/lib/tuned/base/tuned.conf:5 | shipped active',
    ],
  },
  {
    name: 'tuned that does not run, with a profile that is not there',
    files: {
      '/etc/tuned/active_profile': 'gone ../../etc one',
      '/etc/tuned/profiles/one/tuned.conf':
        '[sysctl]\nnet.core.somaxconn=1\n[sysctl2]\ntype=sysctl\nenabled=0\nnet.core.x=1',
    },
    expected: ['tuned | sysctl net.core.somaxconn = 1 | /etc/tuned/profiles/one/tuned.conf:2 | inactive'],
    warning: /tuned profile 'gone' is active or included but was not found/,
  },
  {
    name: 'NetworkManager: the profiles of this interface, the one that is up being active',
    files: {
      '/run/NetworkManager/devices/7': '[device]\nmanaged=true\nconnection-uuid=u-1\n',
      '/sys/class/net/eth0/ifindex': '7\n',
      '/etc/NetworkManager/system-connections/Wired 1.nmconnection':
        '[connection]\nuuid=u-1\ninterface-name=eth0\n[ethernet]\nmtu=9000\n[ethtool]\nfeature-gro=false\nring-rx=512\ncoalesce-rx-usecs=8\n[tc]\nqdisc.root=fq_codel\n[ipv4]\nroute1=192.0.2.0/24\n',
      '/etc/NetworkManager/system-connections/b.nmconnection':
        '[connection]\nuuid=u-2\n[802-3-ethernet]\nmac-address=02:00:00:00:00:0A\nmtu=1400\n',
      '/etc/NetworkManager/system-connections/c.nmconnection': '[connection]\ninterface-name=eth1\n[ethernet]\nmtu=1\n',
      '/etc/NetworkManager/system-connections/d.nmconnection': '[connection]\nuuid=u-4\n[ethernet]\nmtu=2\n',
      '/etc/NetworkManager/system-connections/e.nmconnection': '[connection]\ninterface-name=eth0\n[ethernet]\nmtu=0\n',
    },
    request: { mac: '02:00:00:00:00:0a' },
    expected: [
      'NetworkManager | link eth0 coalescing = coalesce-rx-usecs=8 | /etc/NetworkManager/system-connections/Wired 1.nmconnection:9 | active',
      'NetworkManager | link eth0 mtu = 9000 | /etc/NetworkManager/system-connections/Wired 1.nmconnection:5 | active',
      'NetworkManager | link eth0 mtu = 1400 | /etc/NetworkManager/system-connections/b.nmconnection:5 | inactive',
      'NetworkManager | link eth0 offloads = feature-gro=false | /etc/NetworkManager/system-connections/Wired 1.nmconnection:7 | active',
      'NetworkManager | link eth0 qdisc = qdisc.root=fq_codel | /etc/NetworkManager/system-connections/Wired 1.nmconnection:11 | active',
      'NetworkManager | link eth0 rings = ring-rx=512 | /etc/NetworkManager/system-connections/Wired 1.nmconnection:8 | active',
      'NetworkManager | link eth0 routes = route1=192.0.2.0/24 | /etc/NetworkManager/system-connections/Wired 1.nmconnection:13 | active',
    ],
  },
  {
    name: 'systemd-networkd: the first file that matches by name, with its drop-in',
    files: {
      '/run/systemd/netif/': '',
      '/etc/systemd/network/10-other.network': '[Match]\nName=wlan* !eth0\n[Link]\nMTUBytes=1\n',
      '/usr/lib/systemd/network/20-lan.network':
        '[Match]\nName=lan0 eth[0-3]\n[Network]\nIPForward=ipv4\nIPv6Forwarding=no\nIPMasquerade=both\n[Link]\nMTUBytes=1400\n[CAKE]\nBandwidth=100M\n[Route]\nGateway=192.0.2.1\n',
      '/etc/systemd/network/20-lan.network.d/mtu.conf': '[Link]\nMTUBytes=9000\n',
      '/etc/systemd/network/30-late.network': '[Match]\nName=*\n[Link]\nMTUBytes=2\n',
    },
    expected: [
      'systemd-networkd | firewall = IPMasquerade=both | /usr/lib/systemd/network/20-lan.network:6 | shipped active',
      'systemd-networkd | link eth0 mtu = 9000 | /etc/systemd/network/20-lan.network.d/mtu.conf:2 | active',
      'systemd-networkd | link eth0 qdisc = CAKE | /usr/lib/systemd/network/20-lan.network:9 | shipped active',
      'systemd-networkd | link eth0 routes = null | /usr/lib/systemd/network/20-lan.network:11 | shipped active',
      'systemd-networkd | sysctl net.ipv4.ip_forward = 1 | /usr/lib/systemd/network/20-lan.network:4 | shipped active',
      'systemd-networkd | sysctl net.ipv6.conf.eth0.forwarding = 0 | /usr/lib/systemd/network/20-lan.network:5 | shipped active',
    ],
  },
  {
    name: 'udev: a .link file by driver and type, one that cannot be decided passed over',
    files: {
      '/run/udev/': '',
      '/sys/class/net/eth0/type': '1\n',
      '/etc/systemd/network/10-path.link': '[Match]\nPath=pci-*\n[Link]\nMTUBytes=1\n',
      '/etc/systemd/network/20-virtio.link':
        '[Match]\nDriver=virtio_net\nType=ether\nMACAddress=02-00-00-00-00-0A\n[Link]\nMTUBytes=1500\nTransmitQueueLength=2000\nRxBufferSize=1024\nRxCoalesceSec=1\nGenericReceiveOffload=no\nNamePolicy=keep\n',
    },
    request: { mac: '02:00:00:00:00:0a', driver: 'virtio_net' },
    expected: [
      'udev (.link) | link eth0 coalescing = RxCoalesceSec=1 | /etc/systemd/network/20-virtio.link:9 | active',
      'udev (.link) | link eth0 mtu = 1500 | /etc/systemd/network/20-virtio.link:6 | active',
      'udev (.link) | link eth0 offloads = GenericReceiveOffload=no | /etc/systemd/network/20-virtio.link:10 | active',
      'udev (.link) | link eth0 rings = RxBufferSize=1024 | /etc/systemd/network/20-virtio.link:8 | active',
      'udev (.link) | link eth0 txqueuelen = 2000 | /etc/systemd/network/20-virtio.link:7 | active',
    ],
    warning: /10-path\.link was passed over/,
  },
  {
    name: 'netplan and cloud-init: by id, by match, the last file winning',
    files: {
      '/run/systemd/netif/': '',
      '/etc/netplan/50-cloud-init.yaml': 'network:\n  ethernets:\n    eth0:\n      mtu: 1400\n    eth1: {mtu: 1}\n',
      '/etc/netplan/60-mine.yaml':
        'network:\n  ethernets:\n    nic:\n      match: {macaddress: "02:00:00:00:00:0A"}\n      set-name: eth0\n      mtu: 9000\n      generic-receive-offload: false\n      routes: [{to: default, via: 192.0.2.1}]\n    other:\n      match: {name: "wl*"}\n      mtu: 2\n',
    },
    request: { mac: '02:00:00:00:00:0a' },
    expected: [
      'netplan | link eth0 mtu = 9000 | /etc/netplan/60-mine.yaml:6 | active',
      'netplan | link eth0 offloads = generic-receive-offload=false | /etc/netplan/60-mine.yaml:7 | active',
      'netplan | link eth0 routes = null | /etc/netplan/60-mine.yaml:8 | active',
      'cloud-init | link eth0 mtu = 1400 | /etc/netplan/50-cloud-init.yaml:4 | inactive',
    ],
  },
  {
    name: 'ifupdown: options and commands of stanzas',
    files: {
      '/run/network/ifstate': 'lo=lo\n',
      '/etc/network/interfaces':
        'auto eth0\nsource /etc/network/interfaces.d/mo*e\niface eth0 inet static\n  mtu 1400\n  up sysctl -q -w net.ipv4.tcp_ecn=1\n  post-up tc qdisc replace dev $IFACE root \\\n    fq\n  up ethtool -K eth0 gro off; ethtool -G eth1 rx 1\n  down ip link set eth0 mtu 1\n',
      '/etc/network/interfaces.d/more':
        'iface eth1 inet dhcp\n  mtu 2\n  up echo 1 > /proc/sys/net/ipv4/ip_forward\n  up iptables -A FORWARD -j ACCEPT\n  up ip link set dev eth0 up txqueuelen 5\n',
      '/etc/network/interfaces.d/more.dpkg-old': 'iface eth0 inet dhcp\n  mtu 3\n',
    },
    expected: [
      'ifupdown | firewall = iptables -A FORWARD -j ACCEPT | /etc/network/interfaces.d/more:4 | active',
      'ifupdown | link eth0 mtu = 1400 | /etc/network/interfaces:4 | active',
      'ifupdown | link eth0 offloads = ethtool -K eth0 gro off; ethtool -G eth1 rx 1 | /etc/network/interfaces:8 | active',
      'ifupdown | link eth0 qdisc = tc qdisc replace dev $IFACE root fq | /etc/network/interfaces:7 | active',
      'ifupdown | link eth0 txqueuelen = ip link set dev eth0 up txqueuelen 5 | /etc/network/interfaces.d/more:5 | active',
      'ifupdown | sysctl net.ipv4.ip_forward = 1 | /etc/network/interfaces.d/more:3 | active',
      'ifupdown | sysctl net.ipv4.tcp_ecn = 1 | /etc/network/interfaces:5 | active',
    ],
  },
  {
    name: 'Docker that runs with its defaults',
    files: { '/run/docker.pid': '1' },
    expected: [
      'Docker | firewall = null | /run/docker.pid | active',
      'Docker | sysctl net.ipv4.ip_forward = 1 | /run/docker.pid | active',
    ],
  },
  {
    name: 'Docker that is configured, does not run, and leaves the firewall alone',
    files: { '/etc/docker/daemon.json': '{"iptables": false, "ipv6": true, "dns": []}' },
    expected: [
      'Docker | sysctl net.ipv4.ip_forward = 1 | /etc/docker/daemon.json | inactive',
      'Docker | sysctl net.ipv6.conf.all.forwarding = 1 | /etc/docker/daemon.json | inactive',
    ],
  },
];

describe('readOwners', () => {
  it.each(table)('$name', async ({ files, request, expected, warning }) => {
    lay(files);
    const { lines, warnings } = await read(request);
    expect(lines).toEqual(expected);
    if (warning === undefined) expect(warnings).toEqual([]);
    else expect(warnings.join('\n')).toMatch(warning);
  });
});
