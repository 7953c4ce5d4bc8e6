// get_qdiscs on the real kernel: the same state as tc tells it, whole, and within the answer's cap by paging.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { getQdiscs } from '../../../src/operations/inspect/get-qdiscs.ts';
import { openLab, type Lab } from '../../helpers/namespace-ports.ts';
import { refusingPorts } from '../../helpers/refusing-ports.ts';

const answerSchema = z.looseObject({
  summary: z.string(),
  drops: z.number(),
  total: z.number(),
  truncated: z.boolean(),
  cursor: z.string().nullable(),
  interfaces: z.array(
    z.looseObject({
      name: z.string(),
      drops: z.number(),
      omitted: z.number(),
      tree: z.array(z.string()),
      qdiscs: z.array(z.looseObject({ kind: z.string(), handle: z.string(), parent: z.string(), drops: z.number() })),
      classes: z.array(z.looseObject({ classid: z.string(), parent: z.string(), sent_packets: z.number() })),
      filters: z.array(z.looseObject({ direction: z.string(), parent: z.string().nullable(), kind: z.string() })),
    }),
  ),
});

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
  const tc = (line: string): Promise<string> => lab.namespace.exec('tc', ...line.split(' '));
  await tc('qdisc add dev v0 root handle 1: htb default 0x20');
  await tc('class add dev v0 parent 1: classid 1:1 htb rate 10mbit');
  await tc('class add dev v0 parent 1:1 classid 1:10 htb rate 4mbit ceil 10mbit prio 1');
  await tc('class add dev v0 parent 1:1 classid 1:20 htb rate 2mbit');
  await tc('qdisc add dev v0 parent 1:20 handle 20: tbf rate 64kbit burst 2k limit 3k');
  await tc('filter add dev v0 parent 1: protocol ip prio 1 u32 match ip dport 22 0xffff flowid 1:1');
  await tc('filter add dev v0 parent 1: protocol ipv6 prio 2 u32 match ip6 dst 2001:db8::/32 flowid 1:20');
  await tc('filter add dev v0 parent 1:1 protocol ip prio 3 u32 match ip tos 0x10 0xff flowid 1:10');
  await tc('qdisc add dev v0 clsact');
  await tc('filter add dev v0 ingress protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev ifb9');
  await tc('filter add dev v0 egress protocol ip prio 7 u32 match ip protocol 1 0xff flowid :1');
  // Nobody answers: packets for the link pile up in the small tbf, and are dropped there.
  await lab.namespace.exec('ip', 'neigh', 'add', '192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'dev', 'v0');
  await lab.namespace.exec('sh', '-c', 'ping -q -c 40 -i 0.01 -s 1000 -W 1 192.0.2.9 || true');
}, 60_000);
afterAll(() => lab.close());

const ask = async (input: Record<string, unknown>) => {
  const call = {
    signal: new AbortController().signal,
    progress: () => undefined,
    client: { kind: 'cli', name: 'test', version: '0' },
  } as const;
  const { exec, kernel } = lab.ports;
  return answerSchema.parse(await getQdiscs.run(input, refusingPorts({ exec, kernel }), call));
};

type Answer = z.infer<typeof answerSchema>;

const pages = async (input: Record<string, unknown>): Promise<Answer[]> => {
  const found: Answer[] = [];
  let cursor: string | null = '0';
  while (cursor !== null) {
    const answer: Answer = await ask({ ...input, cursor });
    found.push(answer);
    ({ cursor } = answer);
  }
  return found;
};

const tcJson = async (...args: string[]): Promise<unknown> => JSON.parse(await lab.namespace.exec('tc', ...args));

test('tells every qdisc of every interface with the counters that tc tells', async () => {
  const dumpSchema = z.array(
    z.looseObject({ dev: z.string(), kind: z.string(), handle: z.string(), drops: z.number(), packets: z.number() }),
  );
  const { interfaces } = await ask({});
  const dump = dumpSchema.parse(await tcJson('-j', '-s', 'qdisc', 'show'));
  const ours = interfaces.flatMap(({ name, qdiscs }) =>
    qdiscs.map(({ kind, handle, drops }) => `${name} ${kind} ${handle} ${drops}`),
  );
  expect(ours.sort()).toEqual(dump.map(({ dev, kind, handle, drops }) => `${dev} ${kind} ${handle} ${drops}`).sort());
});

test('drops in a leaf are in the total of the interface and of the host', async () => {
  const { interfaces, drops, summary } = await ask({ interface: 'v0' });
  const [v0] = interfaces;
  const dropped = v0?.qdiscs.find(({ kind }) => kind === 'tbf')?.drops ?? 0;
  expect(dropped).toBeGreaterThan(0);
  expect(v0?.drops).toBe(dropped);
  expect(drops).toBe(dropped);
  expect(summary).toContain(`${dropped} packets dropped`);
});

test('shows each class where tc says it hangs, with what it sent', async () => {
  const text = await lab.namespace.exec('tc', '-s', 'class', 'show', 'dev', 'v0');
  const theirs = [...text.matchAll(/^class htb (\S+) (?:root|parent (\S+)).*\n Sent \d+ bytes (\d+) pkt/gm)];
  const { interfaces } = await ask({ interface: 'v0' });
  const ours = interfaces[0]?.classes.map(({ classid, parent, sent_packets }) => [classid, parent, sent_packets]);
  expect(ours?.sort()).toEqual(theirs.map(([, id, parent = 'root', sent]) => [id, parent, Number(sent)]).sort());
  expect(theirs).toHaveLength(3);
});

test('shows the filters of the root, of an inner class, and of both directions', async () => {
  const { interfaces } = await ask({ interface: 'v0' });
  expect(interfaces[0]?.filters).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ direction: 'root', parent: '1:', protocol: 'ip', priority: 1, flowid: '1:1' }),
      expect.objectContaining({ direction: 'root', parent: '1:', protocol: 'ipv6', priority: 2, flowid: '1:20' }),
      expect.objectContaining({ direction: 'root', parent: '1:1', priority: 3, flowid: '1:10' }),
      expect.objectContaining({
        direction: 'ingress',
        protocol: 'all',
        actions: [expect.objectContaining({ kind: 'mirred', device: 'ifb9' })],
      }),
      expect.objectContaining({ direction: 'egress', priority: 7, flowid: ':1' }),
    ]),
  );
  expect(interfaces[0]?.filters).toHaveLength(5);
});

test('options have their unit in the name, and the matches of u32 are said in words', async () => {
  const [v0] = (await ask({ interface: 'v0' })).interfaces;
  expect(v0?.qdiscs.find(({ kind }) => kind === 'tbf')).toMatchObject({
    // 3,072 bytes less the burst of 2,048 take 128 ms at 8,000 bytes a second.
    options: { rate_mbps: 0.064, burst_bytes: 2048, latency_ms: 128 },
  });
  expect(v0?.filters.map(({ matches }) => matches)).toEqual(
    expect.arrayContaining([
      ['dport 22 (00000016/0000ffff at 20)'],
      ['dst 2001:db8::/32 (20010db8/ffffffff at 24)'],
      ['dsfield 0x10 (00100000/00ff0000 at 0)'],
      ['everything (00000000/00000000 at 0)'],
      ['protocol icmp (00010000/00ff0000 at 8)'],
    ]),
  );
  expect(v0?.tree.join('\n')).toMatch(/tbf 20: rate 0\.064 Mbit\/s burst 2048 bytes latency 128 ms/);
});

test('draws them as a tree', async () => {
  const { interfaces } = await ask({ interface: 'v0' });
  const shape = (interfaces[0]?.tree ?? []).map(
    (line) => / *(qdisc \S+ \S+|class \S+|(\w+ )?filter \d+ \S+)/.exec(line)?.[0],
  );
  expect(shape).toEqual([
    'qdisc htb 1:',
    '  filter 1 ip',
    '  filter 2 ipv6',
    '  class 1:1',
    '    filter 3 ip',
    '    class 1:10',
    '    class 1:20',
    '      qdisc tbf 20:',
    'qdisc clsact ffff:',
    '  ingress filter 1 all',
    '  egress filter 7 ip',
  ]);
});

test('pages through interfaces, and through the entries of one', async () => {
  expect(await ask({ max_results: 2 })).toMatchObject({ truncated: true, cursor: '2', interfaces: [{}, {}] });
  const { total } = await ask({});
  const names = (await pages({ max_results: 2 })).flatMap(({ interfaces }) => interfaces.map(({ name }) => name));
  expect(names).toHaveLength(total);
  expect(new Set(names).size).toBe(total);

  const whole = await ask({ interface: 'v0' });
  const start = await ask({ interface: 'v0', max_results: 4 });
  const rest = await ask({ interface: 'v0', cursor: start.cursor });
  expect([...(start.interfaces[0]?.tree ?? []), ...(rest.interfaces[0]?.tree ?? [])]).toEqual(
    whole.interfaces[0]?.tree,
  );
  expect(start.drops).toBe(whole.drops);
});

test('300 classes stay within the cap: some with all interfaces, all of them page by page', async () => {
  await lab.namespace.exec('tc', 'qdisc', 'add', 'dev', 'v1', 'root', 'handle', '1:', 'htb');
  const lines = Array.from(
    { length: 300 },
    (_, index) => `class add dev v1 parent 1: classid 1:${(index + 1).toString(16)} htb rate 1mbit`,
  );
  await lab.namespace.exec('sh', '-c', `printf '%s\n' '${lines.join("' '")}' | tc -batch -`);
  const all = await pages({});
  const v1 = all.flatMap(({ interfaces }) => interfaces).find(({ name }) => name === 'v1');
  expect(v1?.classes).toHaveLength(29);
  expect(v1?.omitted).toBe(271);
  const one = await pages({ interface: 'v1' });
  const classes = one.flatMap(({ interfaces }) => interfaces.flatMap((shown) => shown.classes));
  expect(new Set(classes.map(({ classid }) => classid)).size).toBe(300);
  for (const answer of [...all, ...one]) expect(JSON.stringify(answer).length).toBeLessThan(20_000);
});
