// mtr over a chain of four routers in namespaces: rate limits that are no loss (D-27), loss that is, latency, cancelling.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { checkAllowed } from '../../src/host/allowlist.ts';
import { parseMtrReport } from '../../src/probe/path/mtr-report.ts';
import { reportOf } from '../../src/probe/path/mtr.ts';
import { kernelTest as test } from '../helpers/kernel-test.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { openChain, targetHop, type PathChain } from './path-chain.ts';
import { mtrAnswer } from './path-answers.ts';
import { announcement } from './path-cancel.ts';
import { callTool, ordinaryUser, programFeature } from './path-tools.ts';

const program = programFeature('mtr', '--version');

const families = [4, 6] as const;

const measure = async (chain: PathChain, input: Record<string, unknown> = {}, wrapper: readonly string[] = []) =>
  mtrAnswer.parse(
    await callTool(chain.client, 'mtr', { target: chain.addressOf(targetHop), timeout_s: 1, ...input }, wrapper),
  );

const all = Array.from({ length: targetHop }, (_, index) => index + 1);
const expected = (chain: PathChain, family: 4 | 6): string[] => all.map((hop) => chain.addressOf(hop, family));

/** A reverse lookup in a hosts file gives the second name of a line. */
const withHosts = (lines: string): string[] => [
  'sh',
  '-ec',
  'file=$(mktemp); printf "%b\\n" "$0" > $file; mount --bind $file /etc/hosts; rm $file; exec "$@"',
  lines,
];

const said = async (stream: Readable): Promise<string> => String(await once(stream, 'data'));

describe('mtr', () => {
  for (const family of families) {
    test(`D-27: the target of an IPv${family} path is reached by its address, and every hop is listed`, async ({
      openNamespace,
    }) => {
      const chain = await openChain(openNamespace);
      await chain.silence(2);
      const answer = await measure(chain, { target: chain.addressOf(targetHop, family), interval_s: 0.1 });
      expect(answer).toMatchObject({
        success: true,
        reached: true,
        reached_destination: true,
        total_hops: targetHop,
        rounds: 10,
        target_loss_percent: 0,
        loss_begins_at_hop: null,
        issues_detected: [],
      });
      expect(answer.hops.map(({ ip }) => ip)).toEqual(
        expected(chain, family).map((ip, index) => (index === 1 ? null : ip)),
      );
      expect(answer.hops[1]).toMatchObject({ sent: 10, received: 0, loss_percent: 100, rate_limited: true });
      expect(answer.hops[4]).toMatchObject({ sent: 10, received: 10, is_destination: true, loss_is: 'none' });
    });

    test(`D-27: IPv${family} a hop that limits its ICMP errors is marked, and is no issue`, async ({
      openNamespace,
    }) => {
      const chain = await openChain(openNamespace);
      await chain.limitErrors(3, 2000);
      const answer = await measure(chain, {
        target: chain.addressOf(targetHop, family),
        interval_s: 0.1,
        count: 20,
      });
      expect(answer.hops[2]?.loss_percent).toBeGreaterThan(20);
      expect(answer.hops[2]).toMatchObject({ rate_limited: true, loss_is: 'icmp_rate_limiting' });
      expect(answer).toMatchObject({ target_loss_percent: 0, loss_begins_at_hop: null, issues_detected: [] });
      expect(answer.hops.filter(({ rate_limited: marked }) => marked)).toHaveLength(1);
      expect(answer.summary).toContain('Hop 3 only answers few probes');
    });
  }

  test('D-27: a target whose reverse name differs is reached all the same', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    const target = chain.addressOf(targetHop);
    const wrapper = withHosts(`${target} target some.other.name\n${chain.addressOf(1)} edge edge.example`);
    const answer = await measure(chain, { count: 2, resolve_names: true }, wrapper);
    expect(answer).toMatchObject({ reached: true, reached_destination: true });
    expect(answer.hops.map(({ hostname }) => hostname)).toEqual(['edge.example', null, null, null, 'some.other.name']);
  });

  test('loss on the last link is named as beginning there, silent and limited hops notwithstanding', async ({
    openNamespace,
  }) => {
    const chain = await openChain(openNamespace);
    await chain.silence(2);
    await chain.limitErrors(3, 2000);
    await chain.forward(4, 'oifname right numgen inc mod 10 < 1 drop');
    const answer = await measure(chain, { count: 100, interval_s: 0.1 });
    // Every tenth packet; neighbour discovery may take a turn.
    expect(answer.target_loss_percent).toBeGreaterThanOrEqual(9);
    expect(answer.target_loss_percent).toBeLessThanOrEqual(11);
    expect(answer.loss_begins_at_hop).toBe(targetHop);
    expect(answer.hops.map(({ loss_is: is }) => is)).toEqual([
      'none',
      'icmp_silence',
      'icmp_rate_limiting',
      'none',
      'path_loss',
    ]);
    expect(answer.issues_detected.join(' ')).toContain('the loss begins on the last link');
  });

  test('loss in the middle is named as beginning there', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.forward(2, 'oifname right numgen inc mod 5 < 2 drop');
    const answer = await measure(chain, { count: 60, interval_s: 0.1 });
    expect(answer.loss_begins_at_hop).toBe(3);
    expect(answer.hops.map(({ loss_is: is }) => is)).toEqual(['none', 'none', 'path_loss', 'path_loss', 'path_loss']);
  });

  test('a filtered target is not reached, and its silence is no rate limit', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.input(targetHop, 'drop');
    const answer = await measure(chain, { count: 3, max_hops: 12 });
    expect(answer).toMatchObject({ reached: false, reached_destination: false, target_loss_percent: null });
    expect([answer.total_hops, answer.probed_hops]).toEqual([4, 12]);
    expect(answer.issues_detected[0]).toContain('Silence after hop 4');
    expect(answer.hops.slice(4).every(({ rate_limited: marked }) => !marked)).toBe(true);
  });

  test('a refusing target is reached and says why', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    await chain.input(targetHop, 'reject with icmpx host-unreachable');
    const answer = await measure(chain, { count: 3, interval_s: 0.5 });
    expect(answer.reached).toBe(true);
    expect(answer.hops.at(-1)?.error).toContain('(!H)');
  });

  test('works for a user without rights, by UDP, without taking limited errors for loss', async ({
    openNamespace,
    task,
    skip,
  }) => {
    await requireFeature({ task, skip }, otherUsers);
    const chain = await openChain(openNamespace);
    for (const hop of all) await chain.limitErrors(hop, 1000);
    for (const family of families) {
      const answer = await measure(chain, { target: chain.addressOf(targetHop, family), count: 4 }, ordinaryUser);
      expect(answer).toMatchObject({ reached: true, method: 'udp', target_loss_percent: 0 });
      expect(answer.hops.map(({ ip }) => ip)).toEqual(expected(chain, family));
    }
  });

  test('gives the same hops as the system program', async ({ openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, program);
    const chain = await openChain(openNamespace);
    for (const family of families) {
      const target = chain.addressOf(targetHop, family);
      const text = await chain.client.exec('mtr', '-n', '-r', '-c', '2', '-i', '0.5', '-G', '1', target);
      const theirs = [...text.matchAll(/^\s*\d+\.\|--\s+(\S+)/gm)].map(([, address]) => address);
      const ours = await measure(chain, { target, count: 2 });
      expect(ours.hops.map(({ ip }) => ip)).toEqual(theirs);
    }
  });

  test('D-27: the report of the system program is read as ours is', async ({ openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, program);
    const chain = await openChain(openNamespace);
    await chain.silence(2);
    for (const family of families) {
      const target = chain.addressOf(targetHop, family);
      const args = ['-n', `-${family}`, '-j', '-c', '2', '-i', '1', '-G', '1', '-m', '30', '--', target];
      checkAllowed('mtr', args, undefined);
      const report = reportOf(parseMtrReport(await chain.client.exec('mtr', ...args), target), {
        total: 5,
        udp: false,
      });
      expect(report).toMatchObject({ reached: true, totalHops: targetHop, lossBeginsAt: null, issues: [] });
      expect(report.hops.map(({ ip }) => ip)).toEqual(
        expected(chain, family).map((ip, index) => (index === 1 ? null : ip)),
      );
    }
  });

  test('cancelling ends it within 500 ms and leaves nothing', async ({ openNamespace }) => {
    const chain = await openChain(openNamespace);
    const child = spawn(
      'ip',
      [
        ...['netns', 'exec', chain.client.name, process.execPath],
        fileURLToPath(new URL('./path-cancel.ts', import.meta.url)),
        ...['serve', chain.addressOf(targetHop)],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    expect(await said(child.stdout)).toContain(announcement);
    await sleep(700);
    const sockets = (): number =>
      readdirSync(`/proc/${child.pid}/fd`).filter((fd) =>
        readlinkSync(`/proc/${child.pid}/fd/${fd}`).startsWith('socket:'),
      ).length;
    const before = sockets();
    child.stdin.write('cancel\n');
    const told: unknown = JSON.parse(await said(child.stdout));
    expect(told).toMatchObject({ code: 'cancelled' });
    expect(z.object({ took_ms: z.number() }).parse(told).took_ms).toBeLessThan(500);
    expect(sockets()).toBe(before - 1);
    child.stdin.end();
    await once(child, 'close');
  });
});
