// A namespace with something of everything that can be looked at, ports that act inside it, and whole answers read page by page.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { NetError } from '../../../src/model/errors.ts';
import type { OperationPorts } from '../../../src/model/operation-ports.ts';
import type { KernelFiles } from '../../../src/model/ports.ts';
import type { Operation } from '../../../src/operations/define.ts';
import { type Lab, openLab } from '../../helpers/namespace-ports.ts';
import { type Namespace, openNamespace } from '../../helpers/netns.ts';
import { refusingPorts } from '../../helpers/refusing-ports.ts';
import { type Feature, obstacleOf } from '../../helpers/skip.ts';

const runFile = promisify(execFile);

/** VLAN interfaces: a module or built in, in many small kernels neither. */
export const vlanLinks: Feature = {
  name: 'VLAN interfaces',
  probe: async () => {
    try {
      await runFile('unshare', ['-n', 'ip', 'link', 'add', 'link', 'lo', 'name', 'probe', 'type', 'vlan', 'id', '7']);
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? error.message) : String(error);
    }
  },
  evidence: () => {
    const config = '/proc/config.gz';
    if (!existsSync(config)) return undefined;
    return /^CONFIG_VLAN_8021Q=y$/m.test(gunzipSync(readFileSync(config)).toString())
      ? `${config} has CONFIG_VLAN_8021Q=y`
      : undefined;
  },
};

export interface Topology {
  readonly lab: Lab;
  readonly namespace: Namespace;
  /** What operations get: exec and kernel files of the namespace, and nothing else. */
  readonly ports: OperationPorts;
  /** The same for a user without any privilege, without kernel files other than what `cat` reads. */
  readonly ordinaryPorts: OperationPorts;
  /** Entries of `ip -j ARGS` inside, as the reference to compare with. */
  readonly ip: (...args: string[]) => Promise<Record<string, unknown>[]>;
  /** Stale and failed neighbours go whenever the table, which all namespaces share, is crowded: this brings them back. */
  readonly renewNeighbours: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const setUp = `
set -e
ip link add br0 type bridge
ip link add p0 type veth peer name p0x; ip link add p1 type veth peer name p1x
for port in p0 p1; do ip link set $port master br0; ip link set $port up; done
ip link set p0x up
ip link set br0 up
ip address add 198.51.100.1/24 brd + dev br0; ip address add 2001:db8:5::1/64 dev br0
ip link add six0 type veth peer name six1
sysctl -qw net.ipv6.conf.six0.accept_ra=0
ip link set six0 up; ip link set six1 up
ip address add 2001:db8:6::1/64 dev six0
ip address add 2001:db8:6::2/64 dev six0 valid_lft 3600 preferred_lft 0
ip address add 192.0.2.2/24 dev v0
ip address add 192.0.2.9 peer 192.0.2.10/32 dev v0 scope link
ip address add 203.0.113.1/24 dev v0 valid_lft 7200 preferred_lft 3600
ip address add 2001:db8:1::1/64 dev v0
ip link set v0 mtu 1400
ip link add macv0 link v0 type macvlan mode bridge
ip link add 'q"x' type ifb
ip link add 'a$(id)' type ifb
`;

const routes = `
ip route add default via 192.0.2.254 metric 50
ip route add default via 198.51.100.254 metric 20
ip -6 route add default via 2001:db8:1::fe dev v0 metric 30
ip -6 route add default via 2001:db8:6::fe dev six0 table 100 metric 1
ip route add default via 192.0.2.77 table 100
ip route add 10.9.0.0/16 nexthop via 192.0.2.3 weight 2 nexthop via 198.51.100.3
ip -6 route add 2001:db8:aa::/48 nexthop via 2001:db8:1::5 dev v0 nexthop via 2001:db8:6::6 dev six0
ip route add blackhole 10.8.0.0/16; ip route add unreachable 10.7.0.0/16; ip route add prohibit 10.6.0.0/16
ip -6 route add blackhole 2001:db8:dead::/48
ip route add 10.5.0.0/16 via 192.0.2.5 dev v0 src 192.0.2.2 proto static onlink mtu 1300
ip route add 10.4.0.0/16 via inet6 2001:db8:1::77 dev v0
ip rule add from 10.2.0.0/16 table 100 pref 1000
ip rule add from 10.3.0.0/16 fwmark 0x10/0xff iif v0 to 10.4.0.0/16 ipproto tcp dport 80-90 table 100 pref 1001
ip rule add not from all table 100 pref 1002
ip rule add pref 1004 lookup main suppress_prefixlength 0
ip -6 rule add from 2001:db8:1::/48 prohibit pref 900
`;

const neighbours = `
ip neigh replace 192.0.2.3 lladdr 02:00:00:00:00:03 dev v0 nud permanent
ip neigh replace 192.0.2.4 dev v0 nud failed
ip neigh replace 198.51.100.5 lladdr 02:00:00:00:00:05 dev br0 nud stale
ip neigh replace 2001:db8:1::5 lladdr 02:00:00:00:01:05 dev v0 nud permanent
ip neigh replace 2001:db8:6::7 lladdr 02:00:00:00:06:07 dev six0 nud stale router
ip neigh replace 2001:db8:6::8 dev six0 nud failed
`;

const proxies = `
ip neigh add proxy 192.0.2.77 dev v0
ip -6 neigh add proxy 2001:db8:1::77 dev v0
`;

/** Made where it is read: a script with thousands of lines is longer than an argument may be. */
const manyRoutes = (number: number): string => `
index=0
while [ $index -lt ${number} ]; do
  echo "route add 10.$((128 + index / 256)).$((index % 256)).0/24 via 192.0.2.$((3 + index % 200)) dev v0"
  index=$((index + 1))
done | ip -batch -
`;

/** Runs argv as nobody in the namespace; a non-zero exit is a result. */
const asNobody = async (namespace: Namespace, argv: readonly string[], stdin = '') => {
  const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
  try {
    const running = runFile('ip', ['netns', 'exec', namespace.name, ...nobody, ...argv]);
    // A command that does not read its stdin may have ended before it was written.
    running.child.stdin?.on('error', () => undefined);
    running.child.stdin?.end(stdin);
    const { stdout, stderr } = await running;
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = z
      .object({ code: z.number(), stdout: z.string(), stderr: z.string() })
      .parse(error);
    return { code, stdout, stderr };
  }
};

/** The reason why a kernel file could not be read gets lost on the way out of the namespace, but for the message. */
const withCauses = (kernel: KernelFiles): KernelFiles => ({
  ...kernel,
  read: async (path) => {
    try {
      return await kernel.read(path);
    } catch (error) {
      const errno = error instanceof NetError ? /\((E[A-Z]+)\)/.exec(error.message)?.[1] : undefined;
      if (!(error instanceof NetError) || errno === undefined) throw error;
      throw new NetError(error.code, error.message, error.hint, { cause: Object.assign(new Error(), { code: errno }) });
    }
  },
});

const ordinary = (namespace: Namespace, full: OperationPorts): OperationPorts => ({
  ...full,
  exec: {
    find: (binary) => full.exec.find(binary),
    run: async ({ binary, args, stdin }) => asNobody(namespace, [binary, ...args], stdin),
  },
  kernel: {
    ...full.kernel,
    read: async (path) => {
      const { code, stdout } = await asNobody(namespace, ['cat', path]);
      return code === 0 ? stdout : undefined;
    },
  },
});

const referenceSchema = z.array(z.record(z.string(), z.unknown()));

/** `routes`: so many beyond the few that every topology has. */
export const openTopology = async (options: { routes?: number } = {}): Promise<Topology> => {
  const lab = await openLab();
  const { namespace } = lab;
  const other = await openNamespace();
  const script = async (text: string): Promise<void> => {
    await namespace.exec('sh', '-c', `set -e\n${text}`);
  };
  await script(setUp);
  await namespace.connect(other, { device: 'far0' }, { device: 'far1' });
  // An alias may hold anything; this one would colour a terminal and end a JSON string.
  await namespace.exec('ip', 'link', 'set', 'far0', 'alias', '\u001b[31mred"; reboot \u202etxt');
  if ((await obstacleOf(vlanLinks)) === undefined) await script('ip link add v0.7 link v0 type vlan id 7');
  await script(routes);
  await script(proxies);
  await script(neighbours);
  if (options.routes !== undefined) await script(manyRoutes(options.routes));
  const ports = refusingPorts({ exec: lab.ports.exec, kernel: withCauses(lab.ports.kernel), clock: lab.ports.clock });
  return {
    lab,
    namespace,
    ports,
    ordinaryPorts: ordinary(namespace, ports),
    ip: async (...args) => {
      const printed = await namespace.exec('ip', '-j', ...args);
      return referenceSchema.parse(JSON.parse(printed.replace(/[\u0000-\u001f]/g, ' ')));
    },
    renewNeighbours: () => script(neighbours),
    close: async () => {
      await lab.close();
      await other.remove();
    },
  };
};

/** One answer, checked against the operation's own schema. */
export const ask = (operation: Operation, input: Record<string, unknown>, ports: OperationPorts) =>
  operation.run(input, ports, {
    signal: AbortSignal.timeout(60_000),
    progress: () => undefined,
    client: { kind: 'cli', name: 'test', version: '0' },
  });

export interface Whole {
  /** Every answer. */
  readonly pages: Record<string, unknown>[];
  /** The entries of all of them. */
  readonly items: Record<string, unknown>[];
}

/** All pages of an answer, following the cursor; `list` names the field with the entries. */
export const askAll = async (
  operation: Operation,
  list: string,
  input: Record<string, unknown>,
  ports: OperationPorts,
): Promise<Whole> => {
  const pages: Record<string, unknown>[] = [];
  const items: Record<string, unknown>[] = [];
  for (let cursor: unknown; cursor !== null;) {
    const answer = await ask(operation, cursor === undefined ? input : { ...input, cursor }, ports);
    pages.push(answer);
    items.push(...referenceSchema.parse(answer[list]));
    cursor = z.string().nullable().parse(answer['cursor']);
  }
  return { pages, items };
};

/** Characters of the longest page as text. */
export const longestPage = ({ pages }: Whole): number => Math.max(...pages.map((page) => JSON.stringify(page).length));
