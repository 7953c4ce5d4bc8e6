import { describe, expect, it } from 'vitest';
import { makeContext, makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { integerCard, smallPolicy } from '../../tests/helpers/small-policy.ts';
import type { Finding } from '../model/finding.ts';
import type { KnobContext } from '../model/knob.ts';
import { connectionTrackingKnob } from './connection-tracking.ts';

const max = 'net.netfilter.nf_conntrack_max';
const established = 'net.netfilter.nf_conntrack_tcp_timeout_established';
const closeWait = 'net.netfilter.nf_conntrack_tcp_timeout_close_wait';
const policy = smallPolicy(
  integerCard('iptables.connection_tracking_size', max, 4096, 4_194_304),
  integerCard('sysctl.established', established, 300, 432_000),
  integerCard('sysctl.close_wait', closeWait, 10, 600),
);
const there = (value: string, writable = true) => ({ value, writable, companions: {} });
const loaded = {
  [`sysctl:${max}`]: there('262144'),
  [`sysctl:${established}`]: there('432000'),
  [`sysctl:${closeWait}`]: there('60'),
};
const absent = { [`sysctl:${max}`]: null, [`sysctl:${established}`]: null, [`sysctl:${closeWait}`]: null };

const ask = (wish: unknown, changes: Partial<KnobContext> = {}) =>
  connectionTrackingKnob.fragments(
    wish,
    makeContext(policy, { snapshot: makeSnapshot({ observed: loaded }), ...changes }),
  );
const brief = (findings: readonly Finding[]): string[] =>
  findings.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
const path = (field: string) => `changes.connection_tracking.${field}`;

describe('connection tracking', () => {
  it('becomes sysctl fragments, and a null none', () => {
    const { fragments, findings } = ask({
      max_connections: 1_000_000,
      tcp_timeout_established: 432_000,
      tcp_timeout_close_wait: null,
    });
    expect(fragments).toEqual([
      { resource: 'sysctl', target: max, part: { value: '1000000' } },
      { resource: 'sysctl', target: established, part: { value: '432000' } },
    ]);
    expect(findings).toEqual([]);
  });

  it.each([
    { wish: { max_connections: 100 }, said: `error limit_exceeded ${path('max_connections')}` },
    { wish: { max_connections: 999_999_999 }, said: `error limit_exceeded ${path('max_connections')}` },
    { wish: { tcp_timeout_established: 1 }, said: `error limit_exceeded ${path('tcp_timeout_established')}` },
    { wish: { tcp_timeout_close_wait: 601 }, said: `error limit_exceeded ${path('tcp_timeout_close_wait')}` },
    { wish: { tcp_timeout_established: 3600 }, said: `warning short_timeout ${path('tcp_timeout_established')}` },
  ])('$wish', ({ wish, said }) => {
    expect(brief(ask(wish).findings)).toEqual([said]);
  });

  it.each([
    { max_connections: -1 },
    { max_connections: '1000000' },
    { max_connections: 4096.5 },
    { tcp_timeout: 60 },
    [],
  ])('refuses %j', (wish) => {
    expect(connectionTrackingKnob.schema.safeParse(wish).success).toBe(false);
  });

  it('weighs a full table against memory', () => {
    const { findings } = ask(
      { max_connections: 1_000_000 },
      { snapshot: makeSnapshot({ observed: loaded, memory_bytes: 1024 ** 3 }) },
    );
    expect(brief(findings)).toEqual([`warning memory ${path('max_connections')}`]);
    expect(findings[0]?.message).toContain('320 MB, 30 %');
  });

  it('names the module when the keys are not there: an error by name, left out of a profile', () => {
    const snapshot = makeSnapshot({ observed: absent });
    const named = ask({ max_connections: 65_536 }, { snapshot });
    expect(brief(named.findings)).toEqual([`error missing_kernel_feature ${path('max_connections')}`]);
    expect(named.findings[0]?.hint).toContain('modprobe nf_conntrack');
    const inherited = ask({ tcp_timeout_close_wait: 30 }, { snapshot, origin: () => 'profile' });
    expect(brief(inherited.findings)).toEqual([`warning missing_kernel_feature ${path('tcp_timeout_close_wait')}`]);
    expect(inherited.fragments).toEqual([]);
  });

  it('cannot size the table inside a namespace, unless it has that size', () => {
    const snapshot = makeSnapshot({ initial_netns: false, observed: { [`sysctl:${max}`]: there('262144', false) } });
    const { findings, fragments } = ask({ max_connections: 65_536 }, { snapshot });
    expect(findings.map(({ severity }) => severity)).toEqual(['error']);
    expect(findings[0]?.message).toContain('read-only');
    expect(findings[0]?.hint).toContain('initial network namespace');
    expect(fragments).toEqual([]);
    expect(ask({ max_connections: 262_144 }, { snapshot }).fragments).toHaveLength(1);
  });
});
