// kill -9 of a counting process, once it counts and at any moment before: nothing of ours is left, or it is gone after the next start, and somebody
// else's XDP program stays. 50 rounds each; npm run faults makes a tenth of its rounds where that is more.
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Namespace } from '../helpers/netns.ts';
import { type Agent, startAgent } from '../monitor/agent.ts';
import { indexOf, startCounting } from '../monitor/counters.ts';
import { joinedBpfTest } from '../monitor/joined-test.ts';

const rounds = Math.max(50, Math.ceil(Number(process.env['NETMCP_FAULT_ROUNDS'] ?? 0) / 10));
const timeout = rounds * 6000;

const pidsOf = async (namespace: Namespace): Promise<string> =>
  (await promisify(execFile)('ip', ['netns', 'pids', namespace.name])).stdout.split('\n').sort().join(' ');

interface Kills {
  namespace: Namespace;
  method: string;
  /** Which rungs count, as the agent says it. */
  rungs: string;
  /** Once the process and its children are gone. */
  check: (place: string, counted: boolean) => Promise<void>;
}

/** Every second one is killed while it counts; the others spread over the time it takes to begin. */
const killAll = async ({ namespace, method, rungs, check }: Kills): Promise<void> => {
  const index = String(await indexOf(namespace, 'v0'));
  const start = (): Agent => startAgent(namespace, '../monitor/ladder-agent.ts', 'v0', index, method);
  const others = await pidsOf(namespace);
  // The shortest of them: a machine that was busy once would move all later kills behind the beginning.
  let shortestMs = Infinity;
  let early = 0;
  for (let round = 0; round < rounds; round += 1) {
    const from = performance.now();
    const agent = start();
    const counts = agent.line().then(
      (line) => line,
      () => undefined,
    );
    const whole = round % 2 === 0;
    const delay = (round * 7919) % shortestMs;
    if (whole) {
      expect(await counts, agent.stderr()).toBe(rungs);
      shortestMs = Math.min(shortestMs, Math.ceil(performance.now() - from));
    } else await sleep(delay);
    await agent.kill();
    const counted = (await counts) !== undefined;
    if (!counted) early += 1;
    // What it had started ends with it, a moment later.
    for (let tries = 0; tries < 1000 && (await pidsOf(namespace)) !== others; tries += 1) await sleep(5);
    expect(await pidsOf(namespace)).toBe(others);
    await check(`round ${round}, ${whole ? 'counting' : `after ${delay} ms of ${shortestMs}`}`, counted);
  }
  expect(early).toBeGreaterThan(rounds / 5);
};

const programsSchema = z.array(z.number());
/** Of the XDP program at v0, and how many tcx programs there are. */
const attachedTo = async (namespace: Namespace, observer: Agent): Promise<string> => {
  const shown = await namespace.exec('ip', '-d', 'link', 'show', 'v0');
  const xdp = /prog\/xdp id (\d+)/.exec(shown)?.[1] ?? 'none';
  return `xdp ${xdp}, tcx ${programsSchema.parse(JSON.parse(await observer.ask('programs'))).join(' and ')}`;
};

/** The kernel frees a link of a dead process a moment later. */
const expectSoon = async (look: () => Promise<unknown>, wanted: unknown, place: string): Promise<void> => {
  let seen = await look();
  for (let tries = 0; tries < 500 && JSON.stringify(seen) !== JSON.stringify(wanted); tries += 1) {
    await sleep(10);
    seen = await look();
  }
  expect(seen, place).toEqual(wanted);
};

joinedBpfTest(`killed ${rounds} times at XDP and tcx`, { timeout }, async ({ namespace, peer: _peer }) => {
  const { agent: observer } = await startCounting(namespace, []);
  const check = (place: string): Promise<void> =>
    expectSoon(() => attachedTo(namespace, observer), 'xdp none, tcx 0 and 0', place);
  await killAll({ namespace, method: 'auto', rungs: 'xdp tcx', check });
  await observer.end();
});

joinedBpfTest(
  `killed ${rounds} times beside somebody else’s XDP program: it stays, and tcx counts`,
  { timeout },
  async ({ namespace, peer: _peer }) => {
    const { agent: observer, opened } = await startCounting(namespace, [
      { rung: 'xdp', direction: 'incoming', talkers: 'none' },
    ]);
    expect(opened.error).toBeUndefined();
    const before = await attachedTo(namespace, observer);
    expect(before).toMatch(/^xdp \d+, tcx 0 and 0$/);
    const check = (place: string): Promise<void> => expectSoon(() => attachedTo(namespace, observer), before, place);
    await killAll({ namespace, method: 'auto', rungs: 'tcx tcx', check });
    await observer.end();
  },
);

joinedBpfTest(`killed ${rounds} times at nft`, { timeout }, async ({ namespace, peer: _peer }) => {
  const foreign = 'table netdev other { chain c { type filter hook ingress device "v0" priority -500; }; }';
  await namespace.exec('nft', foreign);
  const check = (place: string): Promise<void> =>
    expectSoon(() => namespace.exec('nft', 'list', 'tables'), 'table netdev other\n', place);
  await killAll({ namespace, method: 'nft', rungs: 'nft nft', check });
});

joinedBpfTest(
  `killed ${rounds} times at clsact: gone after the next start`,
  { timeout },
  async ({ namespace, peer: _peer }) => {
    const cleaner = startAgent(namespace, '../monitor/clsact-agent.ts');
    // Anything, so that it is known to run.
    expect(await cleaner.ask('leftovers')).toBe('[]');
    const shown = async (): Promise<string> =>
      (await namespace.exec('tc', 'qdisc', 'show', 'dev', 'v0')) +
      (await namespace.exec('tc', 'filter', 'show', 'dev', 'v0', 'ingress')) +
      (await namespace.exec('tc', 'filter', 'show', 'dev', 'v0', 'egress'));
    const before = await shown();
    const check = async (place: string, counted: boolean): Promise<void> => {
      const left = await shown();
      const removed = z.array(z.string()).parse(JSON.parse(await cleaner.ask('leftovers')));
      expect(await shown(), place).toBe(before);
      // A qdisc never stands there without a filter of ours, so what was left is always known to be ours.
      expect(left.includes('clsact'), place).toBe(left.includes('netmcp_monitor'));
      if (counted) expect(removed, place).toHaveLength(3);
      expect(await cleaner.ask('leftovers'), place).toBe('[]');
    };
    await killAll({ namespace, method: 'clsact', rungs: 'clsact clsact', check });
    await cleaner.end();
  },
);
