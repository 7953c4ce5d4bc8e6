// The monitor on a kernel without tcx: outgoing packets are counted by clsact, exactly, and what a kill leaves there is gone after the next start.
// Importing this file does nothing, so that the tests know the names before the lab boots.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createJobs } from '../src/operations/frame/jobs.ts';
import { networkMonitor } from '../src/operations/monitor/network-monitor.ts';
import { createOperationPorts } from '../src/ports.ts';
import { plainSettings } from '../tests/helpers/refusing-ports.ts';
import type { Check } from './report.ts';

const run = (line: string): string =>
  execFileSync('sh', ['-ec', line], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** Both families, neighbours known, and nothing sent of its own accord but reports of group membership. */
const scene = `
  modprobe veth
  ip netns add watched
  ip link add mon0 type veth peer name mon1 netns watched
  for name in mon0 default; do sysctl -qw net.ipv6.conf.$name.router_solicitations=0 net.ipv6.conf.$name.accept_dad=0; done
  ip netns exec watched sysctl -qw net.ipv6.conf.mon1.router_solicitations=0 net.ipv6.conf.mon1.accept_dad=0
  ip address add 10.89.0.1/24 dev mon0; ip -6 address add fd89::1/64 dev mon0 nodad; ip link set mon0 up
  ip -n watched address add 10.89.0.2/24 dev mon1; ip -n watched -6 address add fd89::2/64 dev mon1 nodad; ip -n watched link set mon1 up
  there=$(ip netns exec watched cat /sys/class/net/mon1/address); here=$(cat /sys/class/net/mon0/address)
  for address in 10.89.0.2 fd89::2; do ip neighbour replace $address lladdr $there dev mon0 nud permanent; done
  for address in 10.89.0.1 fd89::1; do ip -n watched neighbour replace $address lladdr $here dev mon1 nud permanent; done`;

const inScene =
  (work: () => Promise<void>): Check =>
  async () => {
    try {
      run(scene);
      await work();
    } finally {
      run('ip link del mon0; ip netns del watched');
    }
  };

/** What stands at mon0 that is not the kernel's own. */
const attached = (): string[] => {
  const shown = [
    ...['ingress', 'egress'].map((side) => `tc filter show dev mon0 ${side}`),
    'tc qdisc show dev mon0 | grep clsact || true',
    'ip -d link show dev mon0 | grep xdp || true',
  ].map((line) => run(line).trim());
  return shown.filter((text) => text !== '');
};

const sideSchema = z.looseObject({
  rung: z.string(),
  packets: z.number(),
  multicast: z.number(),
  protocols: z.array(z.looseObject({ protocol: z.string(), packets: z.number() })),
  top_talkers: z.array(z.looseObject({ address: z.string(), packets: z.number() })),
});
const answerSchema = z.looseObject({
  incoming: sideSchema,
  outgoing: sideSchema,
  method: z.looseObject({ refused: z.array(z.looseObject({ rungs: z.array(z.string()), code: z.string() })) }),
});

const count = 3000;
const ping = (address: string): Promise<void> =>
  new Promise((resolveDone, failed) => {
    const flood = spawn('ip', ['netns', 'exec', 'watched', 'ping', '-q', '-f', '-c', String(count), address]);
    flood.once('error', failed);
    flood.once('exit', (code) => {
      if (code === 0) resolveDone();
      else failed(new Error(`ping ended with ${code ?? 'a signal'}`));
    });
  });

const settings = { ...plainSettings, runtimeRoot: '/run/netmcp' };

/** Both floods begin once it counts, and must be over before it ends. */
const measured = async (method: 'auto' | 'clsact'): Promise<z.infer<typeof answerSchema>> => {
  const ports = createOperationPorts(
    settings,
    createJobs(() => performance.now()),
    silent,
  );
  let pings: 'not begun' | 'under way' | 'over' = 'not begun';
  const flood = async (): Promise<void> => {
    pings = 'under way';
    await ping('10.89.0.1');
    await ping('fd89::1');
    pings = 'over';
  };
  let working: Promise<void> | undefined;
  const answer = await networkMonitor.run({ interface: 'mon0', method, duration_s: 20, interval_ms: 1000 }, ports, {
    signal: new AbortController().signal,
    client: { kind: 'cli', name: 'lab', version: '0' },
    progress: () => {
      working ??= flood();
    },
  });
  assert.equal(pings, 'over');
  await working;
  return answerSchema.parse(answer);
};

const exact =
  (method: 'auto' | 'clsact'): (() => Promise<void>) =>
  async () => {
    const { incoming, outgoing, method: how } = await measured(method);
    process.stdout.write(`\n${method}: in by ${incoming.rung}, out by ${outgoing.rung}, ${outgoing.packets} packets\n`);
    assert.equal(incoming.rung, method === 'auto' ? 'xdp' : 'clsact');
    assert.equal(outgoing.rung, 'clsact');
    if (method === 'auto') {
      const tcx = how.refused.find(({ rungs }) => rungs.some((rung) => rung.startsWith('tcx')));
      assert.equal(tcx?.code, 'missing_kernel_feature', JSON.stringify(how.refused));
    }
    for (const side of [incoming, outgoing]) {
      const packets = (protocol: string): number =>
        side.protocols.find((each) => each.protocol === protocol)?.packets ?? 0;
      assert.equal(packets('icmp'), count);
      assert.equal(packets('icmpv6') - side.multicast, count);
      assert.equal(packets('icmp') + packets('icmpv6'), side.packets);
      for (const address of ['10.89.0.2', 'fd89::2'])
        assert.equal(side.top_talkers.find((talker) => talker.address === address)?.packets, count, address);
    }
    assert.deepEqual(attached(), []);
  };

const product = resolve(import.meta.dirname, '..', 'bin', 'netmcp.js');

const counting = (): boolean => run('tc filter show dev mon0 egress').includes('netmcp_monitor');

const killed = async (): Promise<void> => {
  const child = spawn(process.execPath, [product, 'monitor', 'mon0'], { stdio: 'ignore' });
  const gone = new Promise((resolveGone) => child.once('exit', resolveGone));
  for (let tries = 0; tries < 600 && !counting(); tries += 1) await sleep(100);
  child.kill('SIGKILL');
  await gone;
  // The XDP program went with its process; the filter stays until the next start.
  assert.ok(counting());
  assert.doesNotMatch(run('ip -d link show dev mon0'), /prog\/xdp/);
  const said = run(`'${process.execPath}' '${product}' call get_qdiscs '{}' 2>&1 >/dev/null`);
  assert.match(said, /removed the outgoing tc filter netmcp_monitor/);
  assert.match(said, /removed the clsact qdisc/);
  assert.deepEqual(attached(), []);
};

export const monitorChecks: Readonly<Record<string, Check>> = {
  'network_monitor counts outgoing packets by clsact where the kernel has no tcx, exactly': inScene(exact('auto')),
  'clsact counts both directions exactly': inScene(exact('clsact')),
  'a monitor killed with SIGKILL leaves nothing once netmcp has started again': inScene(killed),
};
