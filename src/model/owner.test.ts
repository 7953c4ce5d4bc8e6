import { describe, expect, it } from 'vitest';
import { matchesWildcard, ownersOf, type Owner, type OwnerClaim } from './owner.ts';

describe('matchesWildcard', () => {
  it.each([
    ['eth0', 'eth0', true],
    ['eth0', 'eth01', false],
    ['eth*', 'eth', true],
    ['*', '', true],
    ['e*h?', 'eth0', true],
    ['e*h?', 'eth', false],
    ['eth[0-2]', 'eth1', true],
    ['eth[0-2]', 'eth3', false],
    ['eth[!0-2]', 'eth3', true],
    ['eth[', 'eth[', true],
    ['*a*b', 'xaxxb', true],
    ['', 'x', false],
  ])('%j on %j is %j', (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected);
  });

  it('takes a hostile pattern in linear memory and little time', () => {
    const start = performance.now();
    expect(matchesWildcard('*a'.repeat(500), 'a'.repeat(499))).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

const owner = (claim: OwnerClaim): Owner => ({
  manager: 'sysctl.d',
  claim,
  value: '1',
  source: '/etc/sysctl.d/a.conf:1',
  shipped: false,
  active: true,
  effect: 'at boot',
});

describe('ownersOf', () => {
  const glob = owner({ kind: 'sysctl', key: 'net.ipv4.conf.*.rp_filter' });
  const plain = owner({ kind: 'sysctl', key: 'net.ipv4.ip_forward' });
  const mtu = owner({ kind: 'link', iface: 'eth0', attribute: 'mtu' });
  const firewall = owner({ kind: 'firewall' });
  const all = [glob, plain, mtu, firewall];

  it.each<[OwnerClaim, Owner[]]>([
    [{ kind: 'sysctl', key: 'net.ipv4.ip_forward' }, [plain]],
    [{ kind: 'sysctl', key: 'net.ipv4.conf.eth0.rp_filter' }, [glob]],
    [{ kind: 'sysctl', key: 'net.ipv4.conf.eth0/1.rp_filter' }, [glob]],
    [{ kind: 'sysctl', key: 'net.ipv4.conf.eth0.x.rp_filter' }, []],
    [{ kind: 'link', iface: 'eth0', attribute: 'mtu' }, [mtu]],
    [{ kind: 'link', iface: 'eth1', attribute: 'mtu' }, []],
    [{ kind: 'link', iface: 'eth0', attribute: 'qdisc' }, []],
    [{ kind: 'firewall' }, [firewall]],
  ])('%j', (claim, expected) => {
    expect(ownersOf(all, claim)).toEqual(expected);
  });
});
