// Network namespaces for tests: made with a name of their own, dumped as text, and removed with everything in them, also after a failure or a crash.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const prefix = 'netmcp-test';
let counter = 0;

async function run(file: string, argv: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...argv], { maxBuffer: 16 * 1024 * 1024, timeout: 30_000 });
  return stdout;
}

/** One side of a veth pair. */
interface VethEnd {
  readonly device: string;
  /** With the prefix length, both families allowed: `10.0.0.1/24`. */
  readonly addresses?: readonly string[];
}

export interface Namespace {
  readonly name: string;
  /** Runs argv inside and answers with its stdout; rejects when it fails. */
  readonly exec: (file: string, ...argv: string[]) => Promise<string>;
  /** A veth pair between this namespace and `other` (which may be this one), both ends up. */
  readonly connect: (other: Namespace, here: VethEnd, there: VethEnd) => Promise<void>;
  /** Unlike a veth, ifb and tap have the kernel's default qdisc, which a round trip must bring back. */
  readonly addIfb: (device: string) => Promise<void>;
  readonly addTap: (device: string) => Promise<void>;
  /** Everything that NetMCP may change here, as text to compare: sysctl net.*, tc, nft, ethtool features, links and global addresses. */
  readonly dump: () => Promise<string>;
  /** Ends the processes inside and removes it. */
  readonly remove: () => Promise<void>;
}

// nf_conntrack_count counts: it is no setting.
export const dumpScript = `
set -e
echo '# sysctl'; sysctl -a --pattern '^net\\.' 2>/dev/null | grep -v nf_conntrack_count
echo '# nft'; nft -s list ruleset
echo '# link'; ip -d link show
echo '# address'; ip -o address show scope global
echo '# route'; ip -d route show; ip -6 -d route show | sed 's/ expires [^ ]*//'
echo '# qdisc'; tc -d qdisc show
for path in /sys/class/net/*; do
  device=\${path##*/}
  echo "# class $device"; tc -d class show dev "$device"
  for parent in root ingress egress; do
    echo "# filter $device $parent"; tc -d filter show dev "$device" "$parent" 2>/dev/null || true
  done
  echo "# features $device"; ethtool -k "$device"
  echo "# queues $device"; grep -H . $path/queues/*/rps_cpus $path/queues/*/rps_flow_cnt $path/queues/*/xps_cpus 2>/dev/null || true
done`;

/** Opens a namespace with its loopback up. Its owner removes it; see kernelTest for one that removes itself. */
export async function openNamespace(): Promise<Namespace> {
  if (counter === 0) await removeLeftovers();
  counter += 1;
  const name = `${prefix}-${process.pid}-${counter}`;
  await run('ip', ['netns', 'add', name]);
  const exec = (file: string, ...argv: string[]): Promise<string> => run('ip', ['netns', 'exec', name, file, ...argv]);
  // Duplicate address detection would make dumps differ for two seconds.
  await exec('sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0');
  await exec('ip', 'link', 'set', 'lo', 'up');
  return {
    name,
    exec,
    connect: async (other, here, there) => {
      const peer = ['peer', 'name', there.device, 'netns', other.name];
      await exec('ip', 'link', 'add', here.device, 'type', 'veth', ...peer);
      for (const [side, end] of [
        [exec, here],
        [other.exec, there],
      ] as const) {
        for (const address of end.addresses ?? []) await side('ip', 'address', 'add', address, 'dev', end.device);
        await side('ip', 'link', 'set', end.device, 'up');
      }
    },
    addIfb: async (device) => {
      await exec('ip', 'link', 'add', device, 'type', 'ifb');
      await exec('ip', 'link', 'set', device, 'up');
    },
    addTap: async (device) => {
      await exec('ip', 'tuntap', 'add', 'dev', device, 'mode', 'tap');
      await exec('ip', 'link', 'set', device, 'up');
    },
    dump: () => exec('sh', '-c', dumpScript),
    remove: () => removeNamespace(name),
  };
}

async function removeNamespace(name: string): Promise<void> {
  const pids = await run('ip', ['netns', 'pids', name]);
  for (const pid of pids.split('\n').filter((line) => line !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      // It may have ended since it was listed.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
  const { ino } = await stat(join('/run/netns', name));
  await run('ip', ['netns', 'delete', name]);
  await removeRuntimeOf(ino);
}

/** What the product keeps for a namespace below /run goes with the namespace. */
async function removeRuntimeOf(inode: number): Promise<void> {
  const root = '/run/netmcp';
  const entries = existsSync(root) ? await readdir(root) : [];
  for (const entry of entries) if (entry.startsWith(`net-${inode}-`)) await rm(join(root, entry), { recursive: true });
}

/** Removes what test processes that no longer run have left behind. */
async function removeLeftovers(): Promise<void> {
  const running = new Set(await readdir('/proc'));
  for (const name of await listNamespaces()) {
    const owner = new RegExp(`^${prefix}-(\\d+)-\\d+$`).exec(name)?.[1];
    if (owner === undefined || running.has(owner)) continue;
    try {
      await removeNamespace(name);
    } catch (error) {
      // Another test process may have been quicker.
      if ((await listNamespaces()).includes(name)) throw error;
    }
  }
}

async function listNamespaces(): Promise<string[]> {
  const lines = (await run('ip', ['netns', 'list'])).split('\n');
  return lines.map((line) => line.split(' ')[0] ?? '');
}
