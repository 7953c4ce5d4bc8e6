// The interfaces' own counters by rtnetlink, against /sys and ip, with 50 siblings, and while interfaces come, go and change their names.
import { expect } from 'vitest';
import * as z from 'zod';
import { kernelTest } from '../helpers/kernel-test.ts';
import { startAgent, type Agent } from './agent.ts';

const linkSchema = z.object({
  iface: z.string(),
  ifindex: z.number(),
  up: z.boolean(),
  loopback: z.boolean(),
  carrier: z.boolean().optional(),
  operstate: z.string(),
  mtu: z.number(),
  rxPackets: z.string(),
  txPackets: z.string(),
  rxBytes: z.string(),
  txBytes: z.string(),
  rxErrors: z.string(),
  txErrors: z.string(),
  rxDropped: z.string(),
  txDropped: z.string(),
  multicast: z.string(),
  others: z.record(z.string(), z.string()),
});
type Link = z.infer<typeof linkSchema>;

const statistics = async (agent: Agent, how = 'statistics'): Promise<Link[]> =>
  z.array(linkSchema).parse(JSON.parse(await agent.ask(how)));
const lookUp = async (agent: Agent, name: string): Promise<Link | null> =>
  linkSchema.nullable().parse(JSON.parse(await agent.ask(`interface ${name}`)));

/** Our names for the files of /sys/class/net/NAME/statistics. */
const asFiles = ({ others, ...link }: Link): Record<string, string> => ({
  rx_packets: link.rxPackets,
  tx_packets: link.txPackets,
  rx_bytes: link.rxBytes,
  tx_bytes: link.txBytes,
  rx_errors: link.rxErrors,
  tx_errors: link.txErrors,
  rx_dropped: link.rxDropped,
  tx_dropped: link.txDropped,
  multicast: link.multicast,
  ...Object.fromEntries(Object.entries(others).filter(([name]) => name !== 'rx_otherhost_dropped')),
});

const ipSchema = z.array(
  z.looseObject({
    ifname: z.string(),
    ifindex: z.number(),
    mtu: z.number(),
    operstate: z.string(),
    stats64: z.object({
      rx: z.looseObject({ bytes: z.number(), packets: z.number(), errors: z.number(), dropped: z.number() }),
      tx: z.looseObject({ bytes: z.number(), packets: z.number(), errors: z.number(), dropped: z.number() }),
    }),
  }),
);

kernelTest('equals /sys and ip for every interface among 50 siblings', async ({ namespace }) => {
  await namespace.exec('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
  await namespace.connect(namespace, { device: 'v0', addresses: ['192.0.2.1/24'] }, { device: 'v1' });
  await namespace.exec(
    'sh',
    '-ec',
    'for n in $(seq 25); do ip link add "s$n" type veth peer name "t$n"; done; ip link set s7 mtu 9000 up',
  );
  await namespace.exec('ip', 'neigh', 'add', '192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'dev', 'v0');
  await namespace.exec('sh', '-c', 'ping -q -c 200 -i 0.002 -s 700 -W 1 192.0.2.9 || true');
  await namespace.exec('ping', '-q', '-c', '20', '-i', '0.002', '127.0.0.1');
  const agent = startAgent(namespace, 'links-agent.ts');
  const links = await statistics(agent);
  expect(links).toHaveLength(53);
  const v0 = links.find(({ iface }) => iface === 'v0');
  expect([v0?.txPackets, v0?.txBytes]).toEqual(['200', String(200 * (700 + 8 + 20 + 14))]);
  expect(links.find(({ iface }) => iface === 'lo')).toMatchObject({ loopback: true, up: true, txPackets: '40' });
  expect(links.find(({ iface }) => iface === 's7')).toMatchObject({ mtu: 9000, up: true });
  expect(links.find(({ iface }) => iface === 's8')).toMatchObject({ up: false });

  const script = 'cd /sys/class/net && for f in */statistics/*; do echo "$f $(cat "$f")"; done';
  const files = (await namespace.exec('sh', '-ec', script)).trim().split('\n');
  const ours = links.flatMap((link) =>
    Object.entries(asFiles(link)).map(([name, value]) => `${link.iface}/statistics/${name} ${value}`),
  );
  expect(ours.sort()).toEqual(files.sort());

  const theirs = ipSchema.parse(JSON.parse(await namespace.exec('ip', '-s', '-j', 'link')));
  expect(
    links.map((link) => [
      link.iface,
      link.ifindex,
      link.mtu,
      link.operstate.toUpperCase(),
      link.rxBytes,
      link.txDropped,
    ]),
  ).toEqual(
    theirs.map(({ ifname, ifindex, mtu, operstate, stats64: { rx, tx } }) => [
      ifname,
      ifindex,
      mtu,
      operstate,
      String(rx.bytes),
      String(tx.dropped),
    ]),
  );
  expect(agent.stderr()).toBe('');

  // Without a socket the kernel's text gives the same numbers, as far as it has them, and that is said once.
  const proc = await statistics(agent, 'proc');
  await statistics(agent, 'proc');
  expect(agent.stderr().match(/come from \/proc\/net\/dev.*no koffi here/g)).toHaveLength(1);
  const common = (link: Link): unknown => ({ ...link, others: undefined });
  expect(proc.map(common)).toEqual(links.map(common));
  await agent.end();
});

kernelTest('a name is looked up as it is now: renamed, gone, back with another index, down', async ({ namespace }) => {
  await namespace.connect(namespace, { device: 'v0' }, { device: 'v1' });
  const agent = startAgent(namespace, 'links-agent.ts');
  const first = await lookUp(agent, 'v0');
  expect(first).toMatchObject({ iface: 'v0', up: true, carrier: true, operstate: 'up' });

  await namespace.exec('ip', 'link', 'set', 'v0', 'down');
  expect(await lookUp(agent, 'v0')).toMatchObject({ ifindex: first?.ifindex, up: false, operstate: 'down' });
  expect((await lookUp(agent, 'v0'))?.carrier).toBeUndefined();
  expect(await lookUp(agent, 'v1')).toMatchObject({ up: true, carrier: false, operstate: 'lowerlayerdown' });

  await namespace.exec('ip', 'link', 'set', 'v0', 'name', 'w0', 'up');
  expect(await lookUp(agent, 'v0')).toBeNull();
  expect(await lookUp(agent, 'w0')).toMatchObject({ ifindex: first?.ifindex, up: true });
  expect((await statistics(agent)).map(({ iface }) => iface).sort()).toEqual(['lo', 'v1', 'w0']);

  await namespace.exec('ip', 'link', 'del', 'w0');
  expect(await lookUp(agent, 'w0')).toBeNull();
  expect((await statistics(agent)).map(({ iface }) => iface)).toEqual(['lo']);

  await namespace.connect(namespace, { device: 'w0' }, { device: 'w1' });
  const back = await lookUp(agent, 'w0');
  expect(back?.ifindex).not.toBe(first?.ifindex);
  expect(back).toMatchObject({ iface: 'w0', up: true });
  for (const none of ['', 'x'.repeat(15), 'x'.repeat(16), 'no/such', 'é'.repeat(9)])
    expect(await lookUp(agent, none)).toBeNull();
  await agent.end();
});

kernelTest('a dump stays whole while interfaces come and go', async ({ namespace }) => {
  await namespace.exec('sh', '-ec', 'for n in $(seq 30); do ip link add "s$n" type veth peer name "t$n"; done');
  const agent = startAgent(namespace, 'links-agent.ts');
  const churn = namespace.exec(
    'sh',
    '-ec',
    'for n in $(seq 150); do ip link add churn type veth peer name churned; ip link del churn; done',
  );
  const churning = { over: false };
  const done = churn.then(() => {
    churning.over = true;
  });
  let rounds = 0;
  while (!churning.over) {
    const names = (await statistics(agent)).map(({ iface }) => iface).filter((name) => !name.startsWith('churn'));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(61);
    rounds += 1;
  }
  await done;
  expect(rounds).toBeGreaterThan(10);
  await agent.end();
});
