import { describe, expect, it } from 'vitest';
import { makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { sysctlResource } from './sysctl.ts';

const snapshot = makeSnapshot();
const own = { snapshot, committed: undefined, takeover: false };
const texts = (key: string, observed: unknown, to: unknown) =>
  sysctlResource.commands(key, observed, to).map((command) => command.text);

describe('the congestion control in the initial namespace', () => {
  const key = 'net.ipv4.tcp_congestion_control';
  const list = 'net.ipv4.tcp_allowed_congestion_control';
  const observed = { value: 'cubic', writable: true, companions: { [list]: { value: 'reno cubic', writable: true } } };

  it('is undone with the list of allowed ones, which the kernel extends by itself', () => {
    const from = sysctlResource.current(key, observed, own);
    expect(from).toEqual({ value: 'cubic', companions: { [list]: 'reno cubic' } });
    expect(texts(key, observed, { value: 'bbr' })).toEqual([`sysctl -w ${key}=bbr`]);
    const after = sysctlResource.expected(key, { value: 'bbr' }, observed);
    expect(after).toMatchObject({ value: 'bbr', companions: { [list]: { value: 'reno cubic bbr' } } });
    expect(texts(key, after, from)).toEqual([`sysctl -w ${key}=cubic`, `sysctl -w '${list}=reno cubic'`]);
    expect(sysctlResource.differences(key, from, { ...observed, value: 'cubic' })).toEqual([]);
  });
});

describe('the sysctl resource', () => {
  const key = 'net.ipv4.ip_forward';
  const companion = (name: string) => `net.ipv4.conf.${name}.forwarding`;
  const entry = (value: string) => ({ value, writable: true });

  it('keeps only the exceptions of interfaces, and restores only those', () => {
    const companions = { [companion('eth0')]: entry('1'), [companion('eth1/100')]: entry('0') };
    const observed = { value: '1', writable: true, companions };
    const from = sysctlResource.current(key, observed, own);
    expect(from).toEqual({ value: '1', companions: { [companion('eth1/100')]: '0' } });
    const after = sysctlResource.expected(key, { value: '0' }, observed);
    expect(texts(key, after, from)).toEqual([`sysctl -w ${key}=1`, `sysctl -w ${companion('eth1/100')}=0`]);
  });

  it('writes nothing when the value stands, whatever its blanks', () => {
    const observed = { value: '4096\t131072\t6291456', writable: true, companions: {} };
    expect(texts('net.ipv4.tcp_rmem', observed, { value: '4096 131072 6291456' })).toEqual([]);
  });

  it('sets default_qdisc last', () => {
    expect(sysctlResource.order('net.core.default_qdisc')).toBeGreaterThan(sysctlResource.order('net.core.rmem_max'));
  });

  it('refuses two interfaces that want different values of one key', () => {
    const parts = ['1', '0'].map((value, index) => ({ iface: `eth${index}`, knob: 'sysctl', part: { value } }));
    const { findings } = sysctlResource.compose(key, parts, { snapshot, original: { value: '0' } });
    expect(findings).toEqual([expect.objectContaining({ severity: 'error', path: `changes.sysctl.${key}` })]);
  });

  it.each(['kernel.modprobe', 'net/ipv4/x', 'net..x', 'net.ipv4.../x', '../../etc/passwd', 'net.', 'net.A', 'net.x\n'])(
    'never makes a command of the key %j',
    (bad) => {
      expect(() => sysctlResource.commands(bad, null, { value: '1' })).toThrow(/not a sysctl key/);
    },
  );

  it.each([
    { value: '1\n2' },
    { value: '' },
    { value: '$(id)' },
    { value: '1', companions: { 'net.ipv4.conf.../x.forwarding': '1' } },
    { value: '1', companions: { 'kernel.modprobe': '1' } },
    { value: '1', more: 1 },
  ])('takes no state like %j from a journal', (state) => {
    expect(() => sysctlResource.checkState(state)).toThrow();
  });
});
