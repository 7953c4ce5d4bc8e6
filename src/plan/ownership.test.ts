// Who else writes what a plan would set: said with file and moment, once, and only where it matters.
import { describe, expect, it } from 'vitest';
import { makeSnapshot } from '../../tests/helpers/knob-context.ts';
import type { Owner } from '../model/owner.ts';
import { ownershipFindings } from './ownership.ts';

const key = 'net.core.rmem_max';
const sysctlOwner = (changes: Partial<Owner> = {}): Owner => ({
  manager: 'sysctl.d',
  claim: { kind: 'sysctl', key },
  value: '212992',
  source: '/etc/sysctl.d/99-site.conf:3',
  shipped: false,
  active: true,
  effect: 'at boot and with sysctl --system',
  ...changes,
});
const linkOwner = (attribute: 'mtu' | 'qdisc', iface = 'eth0'): Owner =>
  sysctlOwner({
    manager: 'NetworkManager',
    claim: { kind: 'link', iface, attribute },
    value: '1400',
    source: '/etc/NetworkManager/system-connections/home.nmconnection:7',
    effect: 'whenever the connection comes up',
  });

const found = (
  owners: readonly Owner[],
  wishes: Record<string, unknown> = { sysctl: { [key]: '16777216' } },
  touched = Object.keys(wishes),
) => ownershipFindings(wishes, touched, 'eth0', makeSnapshot({ owners: [...owners] }));

describe('an owner of a sysctl', () => {
  it("in an administrator's file is a warning that names file, value and moment", () => {
    expect(found([sysctlOwner()])).toEqual([
      {
        path: `changes.sysctl.${key}`,
        severity: 'warning',
        code: 'owned_elsewhere',
        message: 'sysctl.d sets it to "212992" in /etc/sysctl.d/99-site.conf:3 (at boot and with sysctl --system)',
        hint: 'Change it there if this is to last; netmcp leaves that file alone.',
      },
    ]);
  });

  it("in a distribution's file is an information", () => {
    const [finding, ...others] = found([sysctlOwner({ shipped: true, source: '/usr/lib/sysctl.d/50-default.conf:9' })]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: 'info', code: 'owned_elsewhere' });
    expect(finding?.message).toContain('/usr/lib/sysctl.d/50-default.conf:9');
  });

  it('comes before a distribution, wherever it is in the list', () => {
    const findings = found([sysctlOwner({ shipped: true, value: '1' }), sysctlOwner()]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: 'warning' });
  });

  it.each(['16777216', ' 16777216 ', '016777216'])('that writes the same value (%j) says nothing', (value) => {
    expect(found([sysctlOwner({ value })])).toEqual([]);
  });

  it('that writes the same numbers with other blanks says nothing', () => {
    const rmem = 'net.ipv4.tcp_rmem';
    const owner = sysctlOwner({ claim: { kind: 'sysctl', key: rmem }, value: '4096\t131072  6291456' });
    expect(found([owner], { sysctl: { [rmem]: '4096 131072 6291456' } })).toEqual([]);
    expect(found([owner], { sysctl: { [rmem]: '4096 131072 6291457' } })).toHaveLength(1);
  });

  it('that is not in force says nothing', () => {
    expect(found([sysctlOwner({ active: false })])).toEqual([]);
  });

  it('of another key says nothing', () => {
    expect(found([sysctlOwner({ claim: { kind: 'sysctl', key: 'net.core.wmem_max' } })])).toEqual([]);
  });

  it('by wildcard is one too', () => {
    expect(found([sysctlOwner({ claim: { kind: 'sysctl', key: 'net.core.*_max' } })])).toHaveLength(1);
  });

  it('without a value that could be read is reported without one', () => {
    expect(found([sysctlOwner({ value: null })])[0]?.message).toContain('sysctl.d sets it in /etc/sysctl.d');
  });

  it('of a knob that the plan does not touch says nothing', () => {
    expect(found([sysctlOwner()], { sysctl: { [key]: '16777216' } }, [])).toEqual([]);
  });

  it('is asked for each key by itself', () => {
    const wishes = { sysctl: { [key]: '16777216', 'net.core.wmem_max': '16777216' } };
    expect(found([sysctlOwner()], wishes).map(({ path }) => path)).toEqual([`changes.sysctl.${key}`]);
  });
});

describe('an owner of a link', () => {
  it.each([
    ['mtu', { mtu: 1500 }, 'mtu'],
    ['qdisc', { qdisc: { type: 'fq' } }, 'qdisc'],
    ['qdisc', { shaper: { egress_mbit: 10 } }, 'shaper'],
    ['qdisc', { netem: { delay_ms: 1 } }, 'netem'],
  ] as const)('of its %s is a warning for %j', (attribute, wishes, path) => {
    expect(found([linkOwner(attribute)], wishes)).toMatchObject([{ path: `changes.${path}`, severity: 'warning' }]);
  });

  it('with the same mtu says nothing', () => {
    expect(found([linkOwner('mtu')], { mtu: 1400 })).toEqual([]);
  });

  it('of another interface or attribute says nothing', () => {
    expect(found([linkOwner('mtu', 'eth1'), linkOwner('qdisc')], { mtu: 1500 })).toEqual([]);
  });
});

it('a host whose owners were not read gives no finding', () => {
  expect(ownershipFindings({ mtu: 1500 }, ['mtu'], 'eth0', makeSnapshot())).toEqual([]);
});
