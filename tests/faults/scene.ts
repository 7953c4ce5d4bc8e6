// The scene of the fault tests: a namespace with a veth pair, foreign rules in place, a plan that touches every resource, and its two right states.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openNamespace, type Namespace } from '../helpers/netns.ts';
import { outcomeSchema, type Order, type Outcome } from './order.ts';

const victim = resolve(import.meta.dirname, 'victim.ts');
const netmcp = resolve(import.meta.dirname, '..', '..', 'bin', 'netmcp.js');

/** Every resource in one plan: sysctl, ethtool, link, tc with ifb, nft. */
const plan = {
  iface: 'left',
  changes: {
    sysctl: { 'net.ipv4.tcp_fin_timeout': '30', 'net.ipv4.tcp_rmem': '8192 262144 16777216' },
    shaper: { egress_mbit: 50, ingress_mbit: 50 },
    htb_classes: [
      { classid: '1:10', rate_mbit: 20, ceil_mbit: 50, priority: 1, match: { proto: 'udp', dports: [5004] } },
    ],
    connection_limits: [{ protocol: 'tcp', port: 80, limit: 20 }],
    dscp: [{ match: { proto: 'udp', dports: [5004] }, dscp: 'EF' }],
    offloads: { gro: false },
    mtu: 1400,
  },
  rationale: ['fault tests'],
};

export interface Run {
  /** Null when a signal ended the process. */
  code: number | null;
  outcome: Outcome | undefined;
  stderr: string;
  /** From the start of the apply itself to the end of the process; undefined when it did not get that far. */
  applyMs: number | undefined;
}

export interface Scene {
  namespace: Namespace;
  stateDir: string;
  /** The dump before anything was done. */
  before: string;
  run(order: Partial<Order>, killAfterMs?: number): Promise<Run>;
  /** Runs any netmcp command, which recovers at its start; gives its exit code and what it printed. */
  netmcp(
    tool: string,
    input: Record<string, unknown>,
  ): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Waits until no guard process runs in the namespace. */
  guardsGone(): Promise<void>;
  dump(): Promise<string>;
  remove(): Promise<void>;
}

interface Finished {
  code: number | null;
  applyMs: number | undefined;
  stdout: string;
  stderr: string;
}

/** In a process group of its own, so that the group can be killed without the tests. */
const start = (namespace: Namespace, argv: readonly string[], killAfterMs?: number): Promise<Finished> =>
  new Promise((done, failed) => {
    const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, ...argv], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let timer: NodeJS.Timeout | undefined;
    let applying: number | undefined;
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
      if (applying !== undefined || !stderr.includes('applying')) return;
      applying = performance.now();
      if (killAfterMs !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.on('error', failed);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, stdout, stderr, applyMs: applying === undefined ? undefined : performance.now() - applying });
    });
  });

const guardsIn = async (namespace: Namespace): Promise<number> => {
  const list = await namespace.exec(
    'sh',
    '-c',
    `for pid in $(ip netns pids ${namespace.name}); do tr '\\0' ' ' < /proc/$pid/cmdline; echo; done`,
  );
  return list.split('\n').filter((line) => line.includes('guard-main')).length;
};

/** A new ifb gets a new index and a random address each time; everything else of a dump must be the same when a plan is applied again. */
export const withoutIfbIdentity = (dump: string): string =>
  dump.replaceAll(/^\d+: (nmifb.*\n +link\/ether) \S+/gm, 'N: $1 ADDRESS');

export const openScene = async (): Promise<Scene> => {
  const namespace = await openNamespace();
  const peer = await openNamespace();
  const folder = await mkdtemp(join(tmpdir(), 'netmcp-faults-'));
  await namespace.connect(
    peer,
    { device: 'left', addresses: ['10.77.0.1/24', 'fd77::1/64'] },
    { device: 'right', addresses: ['10.77.0.2/24', 'fd77::2/64'] },
  );
  await namespace.exec(
    'nft',
    'add table inet somebody; add chain inet somebody input { type filter hook input priority 0; }; add rule inet somebody input tcp dport 9 drop',
  );
  const before = await namespace.dump();
  const stateDir = join(folder, 'state');
  return {
    namespace,
    stateDir,
    before,
    run: async (order, killAfterMs) => {
      const whole: Order = { stateDir, plan, confirm: true, confirmTimeout: 60, ...order };
      const { code, stdout, stderr, applyMs } = await start(namespace, [victim, JSON.stringify(whole)], killAfterMs);
      return { code, stderr, applyMs, outcome: stdout === '' ? undefined : outcomeSchema.parse(JSON.parse(stdout)) };
    },
    netmcp: (tool, input) => start(namespace, [netmcp, 'call', tool, JSON.stringify(input), '--state-dir', stateDir]),
    guardsGone: async () => {
      while ((await guardsIn(namespace)) > 0) await sleep(20);
    },
    dump: () => namespace.dump(),
    remove: async () => {
      await namespace.remove();
      await peer.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
