// traceroute over a chain of four routers in namespaces: silent, filtered and unreachable ends, both families, as root and without rights.
import { describe, expect } from 'vitest';
import { kernelTest as test } from '../helpers/kernel-test.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { openChain, targetHop, type PathChain } from './path-chain.ts';
import { tracerouteAnswer } from './path-answers.ts';
import { callTool, ordinaryUser, programFeature } from './path-tools.ts';

const program = programFeature('traceroute', '--version');

const trace = async (chain: PathChain, input: Record<string, unknown> = {}, wrapper: readonly string[] = []) =>
  tracerouteAnswer.parse(
    await callTool(chain.client, 'traceroute', { target: chain.addressOf(targetHop), timeout_s: 1, ...input }, wrapper),
  );

const all = Array.from({ length: targetHop }, (_, index) => index + 1);
const expected = (chain: PathChain, family: 4 | 6): string[] => all.map((hop) => chain.addressOf(hop, family));

describe('traceroute', () => {
  for (const method of ['icmp', 'udp'] as const) {
    for (const family of [4, 6] as const) {
      test(`lists every hop of an IPv${family} path by ${method}`, async ({ openNamespace }) => {
        const chain = await openChain(openNamespace);
        const answer = await trace(chain, { target: chain.addressOf(targetHop, family), method });
        expect(answer).toMatchObject({
          success: true,
          reached_destination: true,
          total_hops: targetHop,
          issues_detected: [],
        });
        expect(answer.method).toMatch(method);
        expect(answer.hops.map(({ ip }) => ip)).toEqual(expected(chain, family));
        expect(answer.hops.map(({ latency_ms: times }) => times.length)).toEqual(all.map(() => 3));
        expect(answer.hops.map(({ is_destination: here }) => here)).toEqual([false, false, false, false, true]);
      });
    }
  }

  test('gives the same hops as the system program', async ({ openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, program);
    const chain = await openChain(openNamespace);
    for (const family of [4, 6] as const) {
      const target = chain.addressOf(targetHop, family);
      const text = await chain.client.exec('traceroute', '-n', '-q', '1', target);
      const theirs = [...text.matchAll(/^\s*\d+\s+(\S+)/gm)].map(([, address]) => address);
      const ours = await trace(chain, { target });
      expect(ours.hops.map(({ ip }) => ip)).toEqual(theirs);
    }
  });

  test('works for a user without rights, by UDP, and says so', async ({ openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, otherUsers);
    const chain = await openChain(openNamespace);
    for (const family of [4, 6] as const) {
      const answer = await trace(chain, { target: chain.addressOf(targetHop, family) }, ordinaryUser);
      expect(answer).toMatchObject({ reached_destination: true, method: 'udp' });
      expect(answer.hops.map(({ ip }) => ip)).toEqual(expected(chain, family));
      expect(answer.notes.join(' ')).toContain('may not send ICMP echo');
    }
  });

  test('keeps a silent hop in the list', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.silence(2);
    for (const family of [4, 6] as const) {
      const answer = await trace(chain, { target: chain.addressOf(targetHop, family) });
      expect(answer.reached_destination).toBe(true);
      expect(answer.hops.map(({ ip }) => ip)).toEqual(
        expected(chain, family).map((ip, index) => (index === 1 ? null : ip)),
      );
      expect(answer.hops[1]).toMatchObject({ hop_number: 2, packet_loss_percent: 100, latency_ms: [] });
      expect(answer.issues_detected).toEqual([]);
    }
  });

  test('says where a filtered target falls silent, and lists few of the silent hops', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.input(targetHop, 'drop');
    for (const family of [4, 6] as const) {
      const answer = await trace(chain, { target: chain.addressOf(targetHop, family), max_hops: 20 });
      expect(answer).toMatchObject({ success: true, reached_destination: false, total_hops: 4, probed_hops: 20 });
      expect(answer.hops.map(({ ip }) => ip)).toEqual([...expected(chain, family).slice(0, 4), null, null, null]);
      expect(answer.issues_detected.join(' ')).toContain('Silence after hop 4');
      expect(answer.notes.join(' ')).toContain('13 more silent hops');
    }
  });

  test('names the router that refuses, and why', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.forward(3, 'reject with icmpx admin-prohibited');
    for (const family of [4, 6] as const) {
      const answer = await trace(chain, { target: chain.addressOf(targetHop, family) });
      expect(answer).toMatchObject({ reached_destination: false, total_hops: 4 });
      expect(answer.hops.at(-1)?.error).toContain('administratively prohibited');
      expect(answer.issues_detected.join(' ')).toContain(chain.addressOf(3, family));
    }
  });

  test('tells an unreachable network from a silent one', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain
      .node(4)
      .exec('sh', '-ec', 'ip route add unreachable 10.99.0.0/16; ip -6 route add unreachable fd99::/16');
    for (const target of ['10.99.0.1', 'fd99::1']) {
      const answer = await trace(chain, { target });
      expect(answer.reached_destination).toBe(false);
      expect(answer.hops.at(-1)?.error).toContain('(!');
      expect(answer.issues_detected[0]).toMatch(/The path ends at hop 4/);
    }
  });

  test('finds a loop', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.node(3).exec('ip', 'route', 'add', '10.99.0.0/16', 'via', chain.addressOf(3).replace(/2$/, '1'));
    const answer = await trace(chain, { target: '10.99.0.1', max_hops: 10 });
    expect(answer.issues_detected[0]).toContain('Packets go round');
  });

  test('says that no probe got out', async ({ openNamespace, namespace }) => {
    await openNamespace();
    const answer = tracerouteAnswer.parse(await callTool(namespace, 'traceroute', { target: '192.0.2.9' }));
    expect(answer).toMatchObject({ success: false, reached_destination: false });
    expect(answer.issues_detected[0]).toContain('No probe got out');
  });

  test('the guard refuses before anything is sent', async ({ namespace }) => {
    const answer = await callTool(namespace, 'traceroute', { target: '0xA9FEA9FE' });
    expect(answer).toMatchObject({ error: { code: 'target_refused' } });
  });
});
