// The clsact rung on the real kernel: nothing of ours stays behind, whatever ends us, and nothing of anybody else's is touched.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { startAgent, type Agent } from './agent.ts';

const clsact = 'qdisc clsact ffff: parent ffff:fff1';
const foreignFilter = 'protocol ip prio 5 u32 match ip protocol 1 0xff flowid :1';

const tc = (namespace: Namespace, line: string): Promise<string> => namespace.exec('tc', ...line.split(' '));
/** Whether there is a clsact, and the filters of both directions. */
const show = async (namespace: Namespace): Promise<{ qdisc: boolean; incoming: string; outgoing: string }> => ({
  qdisc: (await tc(namespace, 'qdisc show dev v0')).includes(clsact),
  incoming: await tc(namespace, 'filter show dev v0 ingress'),
  outgoing: await tc(namespace, 'filter show dev v0 egress'),
});
const nothing = { qdisc: false, incoming: '', outgoing: '' };

/** What is recorded for the namespace below /run. */
const records = async (namespace: Namespace): Promise<string[]> => {
  const { ino } = await stat(join('/run/netns', namespace.name));
  const folder = (await readdir('/run/netmcp')).find((name) => name.startsWith(`net-${ino}-`));
  const path = join('/run/netmcp', folder ?? 'none', 'monitor');
  return existsSync(path) ? (await readdir(path)).sort() : [];
};

const attach = async (namespace: Namespace, direction = 'incoming'): Promise<Agent> => {
  const agent = startAgent(namespace, 'clsact-agent.ts', 'v0', direction);
  expect(await agent.line()).toBe('"attached"');
  return agent;
};

const leftovers = async (namespace: Namespace): Promise<unknown> => {
  const agent = startAgent(namespace, 'clsact-agent.ts');
  const lines: unknown = JSON.parse(await agent.ask('leftovers'));
  await agent.end();
  return lines;
};

const connect = (namespace: Namespace): Promise<void> =>
  namespace.connect(namespace, { device: 'v0', addresses: ['192.0.2.1/24'] }, { device: 'v1' });

const removedFilter = (direction: string): unknown =>
  expect.stringMatching(new RegExp(`^removed the ${direction} tc filter netmcp_monitor .* interface \\d+$`));
const removedQdisc: unknown = expect.stringMatching(/^removed the clsact qdisc .* interface \d+$/);

kernelTest(
  'attaches in each direction by a filter of its own name, and detaches with the qdisc',
  async ({ namespace }) => {
    await connect(namespace);
    for (const direction of ['incoming', 'outgoing'] as const) {
      const agent = await attach(namespace, direction);
      const shown = await show(namespace);
      expect(shown.qdisc).toBe(true);
      expect(shown[direction]).toMatch(
        /^filter protocol all pref 1 bpf chain 0 handle 0x6e6d0001 netmcp_monitor direct-action skip_hw not_in_hw id \d+/m,
      );
      expect(shown[direction === 'incoming' ? 'outgoing' : 'incoming']).toBe('');
      expect(await records(namespace)).toHaveLength(2);
      await agent.ask('detach');
      await agent.ask('detach');
      expect(await show(namespace)).toEqual(nothing);
      expect(await records(namespace)).toEqual([]);
      expect(await agent.end()).toBe(0);
    }
  },
);

kernelTest(
  'several at once have filters beside each other; the last one takes the qdisc with it',
  async ({ namespace }) => {
    await connect(namespace);
    const agents = await Promise.all([
      attach(namespace),
      attach(namespace),
      attach(namespace, 'outgoing'),
      attach(namespace, 'outgoing'),
    ]);
    const { incoming, outgoing } = await show(namespace);
    const handles = [...`${incoming}${outgoing}`.matchAll(/handle 0x6e6d000(\d) netmcp_monitor/g)].map(
      ([, slot]) => slot,
    );
    expect(handles.sort()).toEqual(['1', '2', '3', '4']);
    // What lives is nobody's leftover.
    expect(await leftovers(namespace)).toEqual([]);
    expect(await show(namespace)).toEqual({ qdisc: true, incoming, outgoing });
    for (const [index, agent] of agents.entries()) {
      await agent.ask('detach');
      expect((await show(namespace)).qdisc).toBe(index < 3);
      await agent.end();
    }
    expect(await show(namespace)).toEqual(nothing);
    expect(await records(namespace)).toEqual([]);
  },
);

kernelTest('somebody else’s clsact and filters stay as they are', async ({ namespace }) => {
  await connect(namespace);
  await tc(namespace, 'qdisc add dev v0 clsact');
  await tc(namespace, `filter add dev v0 ingress ${foreignFilter}`);
  await tc(namespace, 'filter add dev v0 egress protocol all prio 49152 u32 match u32 0 0 flowid :1');
  const before = await show(namespace);
  const agent = await attach(namespace);
  expect((await show(namespace)).incoming).toContain('netmcp_monitor');
  await agent.ask('detach');
  expect(await show(namespace)).toEqual(before);
  await agent.end();
  // Without a filter it is still theirs.
  await tc(namespace, 'filter del dev v0 ingress');
  await tc(namespace, 'filter del dev v0 egress');
  const second = await attach(namespace);
  await second.kill();
  expect(await leftovers(namespace)).toEqual([removedFilter('incoming')]);
  expect(await show(namespace)).toEqual({ qdisc: true, incoming: '', outgoing: '' });
});

kernelTest(
  'our qdisc stays for a filter that somebody else has put on it, and is theirs then',
  async ({ namespace }) => {
    await connect(namespace);
    const agent = await attach(namespace);
    await tc(namespace, `filter add dev v0 egress ${foreignFilter}`);
    const foreign = (await show(namespace)).outgoing;
    await agent.ask('detach');
    await agent.end();
    expect(await show(namespace)).toEqual({ qdisc: true, incoming: '', outgoing: foreign });
    await tc(namespace, 'filter del dev v0 egress');
    const second = await attach(namespace);
    await second.ask('detach');
    await second.end();
    expect(await show(namespace)).toEqual({ qdisc: true, incoming: '', outgoing: '' });
  },
);

kernelTest('a clsact that somebody else made in place of ours is theirs', async ({ namespace }) => {
  await connect(namespace);
  const agent = await attach(namespace);
  await tc(namespace, 'qdisc del dev v0 clsact');
  await tc(namespace, 'qdisc add dev v0 clsact');
  await agent.ask('detach');
  await agent.end();
  expect(await show(namespace)).toEqual({ qdisc: true, incoming: '', outgoing: '' });
  expect(await records(namespace)).toEqual([]);
});

kernelTest('a foreign filter of our name, priority or handle is not taken for ours', async ({ namespace }) => {
  await connect(namespace);
  await tc(namespace, 'qdisc add dev v0 clsact');
  const agent = await attach(namespace);
  await agent.kill();
  // Theirs in the very place of ours, as after a restart of somebody's program.
  await tc(namespace, 'filter del dev v0 ingress');
  const place = 'dev v0 ingress protocol all prio 1 handle 0x6e6d0001'.split(' ');
  await namespace.exec('tc', 'filter', 'add', ...place, 'bpf', 'bytecode', '1,6 0 0 4294967295', 'flowid', ':1');
  const before = await show(namespace);
  expect(await leftovers(namespace)).toEqual([]);
  expect(await show(namespace)).toEqual(before);
});

kernelTest('a place that is taken is said to be, and is left as it is', async ({ namespace }) => {
  await connect(namespace);
  const refused = async (direction: string): Promise<unknown> => {
    const agent = startAgent(namespace, 'clsact-agent.ts', 'v0', direction);
    const answer: unknown = JSON.parse(await agent.line());
    await agent.end();
    return answer;
  };
  await tc(namespace, 'qdisc add dev v0 clsact');
  await tc(namespace, 'filter add dev v0 ingress protocol ip prio 1 u32 match u32 0 0 flowid :1');
  const before = await show(namespace);
  expect(await refused('incoming')).toMatchObject({ code: 'rung_taken' });
  expect(await show(namespace)).toEqual(before);
  await tc(namespace, 'qdisc del dev v0 clsact');

  await tc(namespace, 'qdisc add dev v0 ingress');
  expect(await refused('outgoing')).toMatchObject({ code: 'rung_taken' });
  const agent = await attach(namespace);
  await agent.ask('detach');
  await agent.end();
  expect(await tc(namespace, 'qdisc show dev v0')).toContain('qdisc ingress ffff:');
  await tc(namespace, 'qdisc del dev v0 ingress');

  const gone = startAgent(namespace, 'clsact-agent.ts', 'nosuch', 'incoming');
  expect(JSON.parse(await gone.line())).toMatchObject({ code: 'not_found' });
  await gone.end();
  expect(await records(namespace)).toEqual([]);
});

kernelTest('an interface that goes, or moves away, takes its filter along', async ({ namespace, openNamespace }) => {
  const other = await openNamespace();
  await connect(namespace);
  const agent = await attach(namespace);
  await namespace.exec('ip', 'link', 'set', 'v0', 'name', 'w0');
  expect(await tc(namespace, 'filter show dev w0 ingress')).toContain('netmcp_monitor');
  await namespace.exec('ip', 'link', 'set', 'w0', 'netns', other.name);
  expect(await tc(other, 'filter show dev w0 ingress')).toBe('');
  await agent.ask('detach');
  await agent.end();
  await connect(namespace).catch(() => undefined);
  await namespace.exec('ip', 'link', 'del', 'v1');
  await connect(namespace);
  const second = await attach(namespace);
  await namespace.exec('ip', 'link', 'del', 'v0');
  await second.kill();
  expect(await leftovers(namespace)).toEqual([]);
  expect(await records(namespace)).toEqual([]);
});

kernelTest(
  'killed at any moment, 50 rounds: gone after the next start, a foreign filter beside it stays',
  { timeout: 120_000 },
  async ({ namespace }) => {
    await connect(namespace);
    const cleaner = startAgent(namespace, 'clsact-agent.ts');
    for (let round = 0; round < 50; round += 1) {
      const direction = round % 2 === 0 ? 'incoming' : 'outgoing';
      // A third has been attached, the others are hit on the way there.
      const agent = startAgent(namespace, 'clsact-agent.ts', 'v0', direction);
      if (round % 3 === 0) await agent.line();
      else await sleep(100 + round * 3);
      const foreign = round % 6 === 0;
      if (foreign) await tc(namespace, `filter add dev v0 ingress ${foreignFilter}`);
      await agent.kill();
      const before = await show(namespace);
      const removed: unknown = JSON.parse(await cleaner.ask('leftovers'));
      const after = await show(namespace);
      if (foreign) {
        expect(before.incoming).toContain('u32');
        expect(removed).toEqual([removedFilter(direction)]);
        expect(after).toMatchObject({ qdisc: true, outgoing: '' });
        expect(after.incoming).toContain('u32');
        expect(after.incoming).not.toContain('netmcp');
        await tc(namespace, 'qdisc del dev v0 clsact');
      } else {
        expect(after).toEqual(nothing);
        if (round % 3 === 0) expect(removed).toEqual([removedFilter(direction), removedQdisc]);
      }
      expect(await records(namespace)).toEqual([]);
    }
  },
);

kernelTest(
  'what a killed one left is gone once the product has started again, and the start says so',
  async ({ namespace }) => {
    await connect(namespace);
    const agent = await attach(namespace);
    await agent.kill();
    expect((await show(namespace)).incoming).toContain('netmcp_monitor');
    const main = resolve(import.meta.dirname, '..', '..', 'src', 'main.ts');
    const program = `import { main } from ${JSON.stringify(main)}; process.exitCode = await main(['call', 'get_qdiscs']);`;
    const start = (): Promise<string> =>
      namespace.exec('sh', '-c', '"$0" --input-type=module -e "$1" 2>&1 >/dev/null', process.execPath, program);
    const stderr = await start();
    expect(stderr).toContain('removed the incoming tc filter netmcp_monitor');
    expect(stderr).toContain('removed the clsact qdisc');
    expect(await show(namespace)).toEqual(nothing);
    expect(await start()).toBe('');
  },
);
