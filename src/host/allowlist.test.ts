import { describe, expect, it } from 'vitest';
import type { Binary } from '../model/command.ts';
import { NetError } from '../model/errors.ts';
import { checkAllowed, missingBinary } from './allowlist.ts';

const verdict = (binary: Binary, line: string, stdin?: string): string => {
  try {
    checkAllowed(binary, line === '' ? [] : line.split(' '), stdin);
    return 'allowed';
  } catch (error) {
    return error instanceof NetError ? error.code : String(error);
  }
};

describe('what may run', () => {
  it.each<[Binary, string, string?]>([
    ['ip', '-j -d addr show'],
    ['ip', '-j -d link show dev eth0'],
    ['ip', 'link set dev eth0 mtu 1400'],
    ['ip', '-4 route change unicast default dev eth0 via 192.0.2.254 proto static initcwnd 20'],
    ['ip', 'link add name ifb7 type ifb'],
    ['ip', 'link del dev ifb7'],
    ['ip', '-batch -', 'link set dev eth0 mtu 1400\n'],
    ['tc', '-j -d -s qdisc show dev eth0'],
    [
      'tc',
      '-batch -',
      'qdisc replace dev eth0 root handle 1: htb default 30\nclass add dev eth0 parent 1: classid 1:1 htb rate 20mbit\n',
    ],
    ['tc', '-batch -', '# a comment\n\nfilter add dev eth0 ingress protocol all prio 1 u32 match u32 0 0\n'],
    ['nft', '-f -', 'table inet netmcp {}\n'],
    ['nft', '-c -f -', 'delete table inet netmcp\n'],
    ['ip', '-j -4 -d -batch -', 'rule show\nroute show table main\n'],
    ['nft', '-j -a list ruleset'],
    ['nft', '-s list table inet netmcp'],
    ['ethtool', '--json -k eth0'],
    ['ping', '-n -4 -c 4 -i 0.2 -W 5 -s 56 192.0.2.1'],
    ['ping', '-n -4 -c 4 -i 0.2 -W 5 -s 56 -t 3 -M do 192.0.2.1'],
    ['ethtool', '-K eth0 gro on tso off'],
    ['ethtool', '-g eth0'],
    ['ethtool', '-G eth0 rx 512 tx 256'],
    ['ethtool', '-c eth0'],
    ['ethtool', '-C eth0 adaptive-rx off rx-usecs 30'],
    ['modprobe', '-q ifb numifbs=0'],
    ['modprobe', '-q nf_conntrack'],
    ['unshare', '--net -- tc -force -batch -', 'qdisc add dev lo root fq\n'],
  ])('%s %s', (binary, line, stdin) => {
    expect(verdict(binary, line, stdin)).toBe('allowed');
  });
});

describe('what never runs', () => {
  it.each<[Binary, string, string?]>([
    ['ip', ''],
    ['ip', 'netns exec x sh'],
    ['ip', '-n other link show'],
    ['ip', 'link set dev -w mtu 1400'],
    ['ip', '-batch /tmp/file'],
    ['ip', '-batch -', 'netns exec x sh\n'],
    ['ip', '-batch -', 'link set dev eth0 alias "a b"\n'],
    ['ip', '-batch -', 'link set dev eth0 \\\nmtu 1\n'],
    ['ip', 'link show', 'input for a form that takes none'],
    ['ip', 'xfrm state flush'],
    ['tc', 'exec bpf import /tmp/x'],
    ['tc', '-batch -', 'exec bpf import /tmp/x\n'],
    ['tc', '-batch -', 'qdisc add dev -force root htb\n'],
    ['ip', '-j -4 -d -batch -', 'rule add from all lookup 100\n'],
    ['ip', '-j -4 -d -batch -', 'route flush table main\n'],
    ['nft', 'flush ruleset'],
    ['nft', '-f /tmp/rules'],
    ['nft', '-f -', 'flush ruleset\n'],
    ['nft', '-f -', 'add table x; flush   ruleset\n'],
    ['nft', '-f -', '  include "/etc/shadow"\n'],
    ['nft', '-i'],
    ['nft', 'list table inet x;flush ruleset'],
    ['nft', 'list table inet {x}'],
    ['ip', 'route change default dev eth0 via 192.0.2.254'],
    ['ip', 'route change blackhole default dev eth0'],
    ['ip', 'route change unicast default via 192.0.2.254'],
    ['ip', 'route change unicast default dev eth0 -force'],
    ['ip', 'route replace unicast default dev eth0 via 192.0.2.254'],
    ['ip', 'route del unicast default dev eth0'],
    ['ip', 'route add unicast 192.0.2.0/24 dev eth0'],
    ['ip', '-batch -', 'route change unicast default dev eth0 initcwnd 20\n'],
    ['ethtool', '-E eth0 magic 1'],
    ['ethtool', '-K -w gro on'],
    ['ethtool', '-G eth0'],
    ['ethtool', '-G -w rx 512'],
    ['ethtool', '-G eth0 rx -1'],
    ['ethtool', '-C eth0'],
    ['ethtool', '-C eth0 rx-usecs --x'],
    ['ethtool', '-L eth0 combined 1'],
    ['ethtool', '--flash eth0 x'],
    ['modprobe', '-r nf_conntrack'],
    ['modprobe', '-q evil'],
    ['modprobe', 'ifb'],
    ['unshare', '--net -- sh'],
    ['unshare', '--net -- tc -force -batch -', 'qdisc add dev eth0 root fq\n'],
    ['ping', '-f 127.0.0.1'],
    ['ping', '-f -c 4 -i 0.2 -W 1 -s 56 127.0.0.1'],
    ['ping', '-n -c 4 -i 0.2 -W 1 -s 56 -f'],
    ['ping', '-w 1 -l 56 -n 4 127.0.0.1'],
    ['ping6', '-c 4 -i 0.2 -s 56 -I eth0 ::1'],
  ])('%s %s (input %j)', (binary, line, stdin) => {
    expect(verdict(binary, line, stdin)).toBe('not_permitted');
  });

  it('an empty argument or one with a NUL', () => {
    expect(() => {
      checkAllowed('ip', ['link', 'set', ''], undefined);
    }).toThrow(/does not run/);
    expect(() => {
      checkAllowed('ip', ['link', 'show', 'a\0b'], undefined);
    }).toThrow(/does not run/);
  });
});

it('a missing binary names the Debian package', () => {
  expect(missingBinary('tc').hint).toBe('Install it: apt-get install iproute2');
  expect(missingBinary('unshare').hint).toContain('util-linux');
});
