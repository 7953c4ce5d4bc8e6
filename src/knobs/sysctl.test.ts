import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeContext, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { loadPolicy } from '../host/policy-files.ts';
import type { KnobContext } from '../model/knob.ts';
import type { Policy } from '../model/policy.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { sysctlKnob } from './sysctl.ts';

let policy: Policy;
beforeAll(async () => {
  policy = await loadPolicy();
});

const judge = (wish: unknown, snapshot: Partial<Snapshot> = {}, context: Partial<KnobContext> = {}) =>
  sysctlKnob.fragments(wish, makeContext(policy, { snapshot: makeSnapshot(snapshot), ...context }));

const errors = (wish: unknown, snapshot: Partial<Snapshot> = {}, context: Partial<KnobContext> = {}) =>
  judge(wish, snapshot, context).findings.filter((finding) => finding.severity === 'error');

const key = (value: string, writable = true, companions = {}) => ({ value, writable, companions });
const cc = 'net.ipv4.tcp_congestion_control';

describe('the sysctl knob', () => {
  it('gives one fragment a key, with the value as the kernel writes it', () => {
    const { fragments, findings } = judge({
      'net.ipv4.tcp_rmem': ' 8192\t262144  067108864 ',
      'net.core.somaxconn': null,
    });
    const part = { value: '8192 262144 67108864' };
    expect(fragments).toEqual([{ resource: 'sysctl', target: 'net.ipv4.tcp_rmem', part }]);
    expect(findings).toEqual([]);
  });

  it.each([
    ['kernel.modprobe', '/tmp/evil', 'plan_refused', 'no card allows'],
    ['net.core.rmem_max', '999999999999', 'limit_exceeded', 'exceeds the maximum allowed: 268435456'],
    ['net.core.rmem_max', '1e9', 'limit_exceeded', 'whole number'],
    ['net.core.rmem_max', 16777216.5, 'limit_exceeded', 'whole number'],
    ['net.core.rmem_max', '-1', 'limit_exceeded', 'below the minimum'],
    ['net.core.rmem_max', '$(id)', 'limit_exceeded', 'whole number'],
    ['net.ipv4.tcp_syncookies', 0, 'plan_refused', 'prohibited'],
    ['net.ipv4.tcp_rmem', '8192 262144', 'limit_exceeded', 'needs 3 numbers'],
    ['net.ipv4.tcp_rmem', '8192 4096 67108864', 'limit_exceeded', 'must ascend'],
    ['net.ipv4.ip_local_port_range', '50000 50100', 'limit_exceeded', 'fewer than 1000'],
    [cc, 'illinois', 'invalid_argument', 'not one of'],
    [cc, 'vegas', 'missing_kernel_feature', 'no congestion control'],
    ['net.core.default_qdisc', 'drr', 'invalid_argument', 'not one of'],
  ])('refuses %s=%s as %s', (name, value, code, message) => {
    const found = errors({ [name]: value });
    expect(found).toEqual([expect.objectContaining({ path: `changes.sysctl.${name}`, code })]);
    expect(found[0]?.message).toContain(message);
    expect(found[0]?.hint).not.toBe('');
  });

  it('offers near keys for an unknown one', () => {
    expect(errors({ 'net.core.rmem_maxx': '1' })[0]?.hint).toContain('net.core.rmem_max');
  });

  it('bounds buffers by memory', () => {
    const found = errors({ 'net.ipv4.tcp_wmem': '4096 65536 67108864' }, { memory_bytes: 512 * 1024 ** 2 });
    expect(found).toEqual([expect.objectContaining({ code: 'limit_exceeded' })]);
    expect(found[0]?.hint).toContain('53687091 bytes');
  });

  it.each([
    ['absent', null, 'has no sysctl'],
    ['read-only', key('300', false), 'read-only here (it is "300")'],
  ])('an %s key is an error by name, and left out with a warning from a profile', (_what, state, message) => {
    const wish = { 'net.core.netdev_budget': '600' };
    const snapshot = { initial_netns: false, observed: { 'sysctl:net.core.netdev_budget': state } };
    const [byName] = errors(wish, snapshot);
    expect(byName).toMatchObject({ code: 'missing_kernel_feature' });
    expect(byName?.message).toContain(message);
    const inherited = judge(wish, snapshot, { origin: () => 'profile' });
    expect(inherited.fragments).toEqual([]);
    expect(inherited.findings).toEqual([
      expect.objectContaining({ severity: 'warning', code: 'missing_kernel_feature' }),
    ]);
  });

  it('takes a read-only key that has the value already', () => {
    const observed = { 'sysctl:net.core.netdev_budget': key('600', false) };
    expect(judge({ 'net.core.netdev_budget': 600 }, { observed }).findings).toEqual([]);
  });

  it('only warns where tcp_low_latency is absent, and says that it does nothing', () => {
    const observed = { 'sysctl:net.ipv4.tcp_low_latency': null };
    const { findings, fragments } = judge({ 'net.ipv4.tcp_low_latency': '1' }, { observed });
    expect(fragments).toEqual([]);
    expect(findings.map(({ severity, code }) => [severity, code])).toEqual([['warning', 'missing_kernel_feature']]);
    expect(findings[0]?.hint).toContain('no effect since Linux 4.14');
  });

  it('refuses an algorithm that this namespace may not make the default', () => {
    const allowed = { 'net.ipv4.tcp_allowed_congestion_control': { value: 'reno bbr', writable: false } };
    const observed = { [`sysctl:${cc}`]: key('bbr', true, allowed) };
    const found = errors({ [cc]: 'cubic' }, { initial_netns: false, observed });
    expect(found).toEqual([expect.objectContaining({ code: 'not_permitted' })]);
    expect(errors({ [cc]: 'reno' }, { initial_netns: false, observed })).toEqual([]);
  });

  it('accepts its own examples', () => {
    for (const { wish } of sysctlKnob.examples) expect(errors(wish)).toEqual([]);
  });

  it('takes every profile on a server with every feature', () => {
    for (const profile of policy.profiles.values()) expect(errors(profile.changes['sysctl'])).toEqual([]);
  });

  it('lists the cards of its keys', () => {
    const files = readdirSync(join(import.meta.dirname, '../../policy/cards')).filter((name) =>
      name.startsWith('sysctl.'),
    );
    expect([...sysctlKnob.cards].sort()).toEqual(files.map((name) => name.replace(/\.yaml$/, '')).sort());
  });
});
