// tracepath over a chain of four routers in namespaces: links of smaller MTU that say so, and links that swallow large packets.
import { describe, expect } from 'vitest';
import { kernelTest as test } from '../helpers/kernel-test.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { openChain, targetHop, type PathChain } from './path-chain.ts';
import { tracepathAnswer } from './path-answers.ts';
import { callTool, ordinaryUser, programFeature } from './path-tools.ts';

const program = programFeature('tracepath', '-V');

const families = [4, 6] as const;

const measure = async (chain: PathChain, input: Record<string, unknown> = {}, wrapper: readonly string[] = []) =>
  tracepathAnswer.parse(
    await callTool(chain.client, 'tracepath', { target: chain.addressOf(targetHop), timeout_s: 1, ...input }, wrapper),
  );

const swallow = 'meta length > 1400 drop';
const tooBig = {
  4: 'icmp type destination-unreachable icmp code frag-needed drop',
  6: 'icmpv6 type packet-too-big drop',
};

describe('tracepath', () => {
  test('a path of one MTU carries the interface MTU', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    for (const family of families) {
      const answer = await measure(chain, { target: chain.addressOf(targetHop, family) });
      expect(answer).toMatchObject({
        success: true,
        reached_destination: true,
        total_hops: targetHop,
        pmtu_bytes: 1500,
        interface_mtu_bytes: 1500,
        mtu_changes: [],
        black_hole: null,
        issues_detected: [],
      });
      expect(answer.hops.map(({ mtu_bytes: mtu }) => mtu)).toEqual([1500, 1500, 1500, 1500, 1500]);
      expect(answer.hops.map(({ return_hops: back }) => back)).toEqual([1, 2, 3, 4, 5]);
      expect(answer.hops.some(({ asymmetric }) => asymmetric)).toBe(false);
    }
  });

  test('names each router behind which packets must be smaller', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.setMtu(2, 1420);
    await chain.setMtu(4, 1300);
    for (const family of families) {
      const answer = await measure(chain, { target: chain.addressOf(targetHop, family) });
      expect(answer).toMatchObject({
        pmtu_bytes: 1300,
        mtu_changes: [
          { hop_number: 2, from_bytes: 1500, to_bytes: 1420, told_by: chain.addressOf(2, family), guessed: false },
          { hop_number: 4, from_bytes: 1420, to_bytes: 1300, told_by: chain.addressOf(4, family), guessed: false },
        ],
        black_hole: null,
      });
      expect(answer.hops.map(({ mtu_bytes: mtu }) => mtu)).toEqual([1500, 1500, 1420, 1420, 1300]);
    }
  });

  test('agrees with the system program', async ({ openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, program);
    const chain = await openChain(openNamespace);
    await chain.setMtu(3, 1340);
    for (const family of families) {
      const target = chain.addressOf(targetHop, family);
      const text = await chain.client.exec('tracepath', '-n', '-m', '10', target);
      const pmtu = Number(/Resume: pmtu (\d+)/.exec(text)?.[1]);
      const last = /Resume: pmtu \d+ hops (\d+) back (\d+)/.exec(text);
      const answer = await measure(chain, { target });
      expect(answer.pmtu_bytes).toBe(pmtu);
      expect([answer.total_hops, answer.hops.at(-1)?.return_hops]).toEqual([Number(last?.[1]), Number(last?.[2])]);
    }
  });

  test('finds a black hole, between which hops, and the largest size that passes', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.forward(3, `oifname right ${swallow}`);
    for (const family of families) {
      const answer = await measure(chain, { target: chain.addressOf(targetHop, family) });
      expect(answer).toMatchObject({
        reached_destination: true,
        pmtu_bytes: 1400,
        mtu_changes: [],
        black_hole: { after_hop: 3, after_ip: chain.addressOf(3, family), passes_bytes: 1400, vanishes_bytes: 1401 },
      });
      expect(answer.hops.map(({ mtu_bytes: mtu }) => mtu)).toEqual([1500, 1500, 1500, 1400, 1400]);
      expect(answer.issues_detected.join(' ')).toContain('Black hole for large packets after hop 3');
    }
  });

  test('a smaller link whose "too big" never arrives is a black hole', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.setMtu(2, 1350);
    await chain.output(2, tooBig[4]);
    await chain.output(2, tooBig[6]);
    for (const family of families) {
      const answer = await measure(chain, { target: chain.addressOf(targetHop, family) });
      expect(answer).toMatchObject({ pmtu_bytes: 1350, black_hole: { after_hop: 2, passes_bytes: 1350 } });
    }
  });

  test('works for a user without rights, by UDP', async ({ openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, otherUsers);
    const chain = await openChain(openNamespace);
    await chain.setMtu(2, 1400);
    for (const family of families) {
      const answer = await measure(chain, { target: chain.addressOf(targetHop, family) }, ordinaryUser);
      expect(answer).toMatchObject({ method: 'udp', pmtu_bytes: 1400, mtu_changes: [{ hop_number: 2 }] });
    }
  });

  test('finds a black hole for a user without rights, though the target limits its ICMP errors', async ({
    openNamespace,
    task,
    skip,
  }) => {
    await requireFeature({ task, skip }, otherUsers);
    const chain = await openChain(openNamespace);
    await chain.forward(2, `oifname right ${swallow}`);
    await chain.limitErrors(targetHop, 1000);
    const answer = await measure(chain, {}, ordinaryUser);
    expect(answer).toMatchObject({ method: 'udp', black_hole: { after_hop: 2, passes_bytes: 1400 } });
  });

  test('measures as far as anything answers when the target is silent', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.setMtu(2, 1400);
    await chain.input(targetHop, 'drop');
    const answer = await measure(chain, { max_hops: 8 });
    expect(answer).toMatchObject({ reached_destination: false, pmtu_bytes: 1400, success: true });
    expect([answer.total_hops, answer.probed_hops]).toEqual([4, 8]);
    expect(answer.summary).toContain('reach hop 4');
    expect(answer.summary).toContain('was not reached');
  });
});
