// get_connections on the real kernel: equal to ss and /proc/net, page by page, with owners that no process name can forge.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { connectionSchema } from '../../../src/operations/inspect/get-connections-shape.ts';
import { getConnections } from '../../../src/operations/inspect/get-connections.ts';
import { type Lab, openLab } from '../../helpers/namespace-ports.ts';
import { openNamespace, type Namespace } from '../../helpers/netns.ts';
import { refusingPorts } from '../../helpers/refusing-ports.ts';
import { otherUsers, qdiscFeature, requireFeature } from '../../helpers/skip.ts';

const peer = fileURLToPath(new URL('./connections-peer.ts', import.meta.url));
const product = fileURLToPath(new URL('../../e2e/product-with-test-tools.ts', import.meta.url));

const answerSchema = z.object({
  summary: z.string(),
  connections: z.array(connectionSchema),
  total: z.number(),
  truncated: z.boolean(),
  cursor: z.string().nullable(),
  counts: z.object({
    by_state: z.record(z.string(), z.number()),
    by_protocol: z.record(z.string(), z.number()),
  }),
  hidden_processes: z.object({ sockets: z.number(), why: z.string(), fix: z.string() }).nullable(),
});
type Answer = z.infer<typeof answerSchema>;
type Connection = Answer['connections'][number];

let lab: Lab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(async () => {
  await lab.close();
});

/** A process in a namespace that has said that its sockets are there; it ends with the namespace. */
const start = async ({ name }: Namespace, ...args: string[]): Promise<number> => {
  const child = spawn('ip', ['netns', 'exec', name, process.execPath, peer, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child.pid ?? 0;
};

const call = { signal: new AbortController().signal, progress: () => undefined };
const client = { kind: 'cli' as const, name: 'test', version: '0' };

const ask = async (input: Record<string, unknown> = {}): Promise<Answer> =>
  answerSchema.parse(await getConnections.run(input, refusingPorts(lab.ports), { ...call, client }));

const askAll = async (input: Record<string, unknown> = {}): Promise<{ pages: number; connections: Connection[] }> => {
  const connections: Connection[] = [];
  let pages = 0;
  for (let cursor: string | null = '0'; cursor !== null; pages += 1) {
    const answer: Answer = await ask({ max_results: 1000, ...input, cursor });
    expect(JSON.stringify(answer).length).toBeLessThan(20_000);
    connections.push(...answer.connections);
    ({ cursor } = answer);
  }
  return { pages, connections };
};

/** Hexadecimal states of /proc/net/tcp, include/net/tcp_states.h. */
const procStates: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECEIVED',
  '04': 'FIN_WAIT_1',
  '05': 'FIN_WAIT_2',
  '06': 'TIME_WAIT',
  '08': 'CLOSE_WAIT',
  '0A': 'LISTEN',
};

const count = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};

const fromProc = async (): Promise<Record<string, number>> => {
  const text = await lab.namespace.exec('cat', '/proc/net/tcp', '/proc/net/tcp6');
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  return count(
    rows.flatMap(([slot = '', , , state = '']) => (/^\d+:$/.test(slot) ? [procStates[state] ?? state] : [])),
  );
};

/** As ss writes it, from our answer. */
const written = (address: string | null, port: number | null, family: string): string =>
  `${address === null ? '' : family === 'ipv6' ? `[${address}]` : address}:${port ?? '*'}`;

const endpoints = async (): Promise<string[]> => {
  const text = await lab.namespace.exec('ss', '-H', '-tun', 'state', 'established');
  return text.split('\n').flatMap((line) => {
    const [protocol, , , local = '', remote = ''] = line.trim().split(/\s+/);
    const plain = (side: string): string => side.replace(/^\[::ffff:([0-9.]+)\]/, '$1');
    return protocol === undefined || protocol === '' ? [] : [`${protocol} ${plain(local)} ${plain(remote)}`];
  });
};

/** Loss where the sender's own queue does not notice it. */
const dropSome = `table inet t { chain in { type filter hook input priority 0; tcp dport 6002 limit rate over 1 mbytes/second burst 64 kbytes drop; }; }`;
const dropAnswersOf4005 = `table inet t { chain in { type filter hook input priority 0; tcp sport 4005 drop; }; }`;

describe('every socket of a namespace', () => {
  test(
    'D-26: 2,000 sockets, established and listening, page by page, are those of ss and /proc/net',
    { timeout: 120_000 },
    async () => {
      await lab.namespace.exec('nft', dropAnswersOf4005);
      const pid = await start(lab.namespace, 'sockets', '1000');
      const { connections, pages } = await askAll();
      const tcp = connections.filter(({ protocol }) => protocol === 'tcp');

      expect(pages).toBeGreaterThan(10);
      const counted = count(tcp.map(({ state }) => state));
      expect(counted).toEqual(await fromProc());
      // D-26: both connected and listening ones, each half of a half-open connection, and what is left of closed ones.
      expect(counted).toMatchObject({ ESTABLISHED: 2002, LISTEN: 6, SYN_SENT: 1, SYN_RECEIVED: 1, FIN_WAIT_2: 1 });
      expect(counted).toMatchObject({ CLOSE_WAIT: 1, TIME_WAIT: 1 });
      const first = await ask();
      expect(first).toMatchObject({ total: connections.length, truncated: true });
      expect(first.counts.by_protocol).toEqual({ tcp: tcp.length, udp: 3 });
      expect(first.counts.by_state).toEqual({ ...counted, ESTABLISHED: 2003, UNCONN: 2 });

      const ours = connections
        .filter(({ state }) => state === 'ESTABLISHED')
        .map(
          (one) =>
            `${one.protocol} ${written(one.local_address, one.local_port, one.family)} ${written(one.remote_address, one.remote_port, one.family)}`,
        );
      expect(ours.sort()).toEqual((await endpoints()).sort());
      const owned = connections.filter(({ state }) => !['TIME_WAIT', 'SYN_RECEIVED'].includes(state));
      expect(new Set(owned.map((one) => one.pid))).toEqual(new Set([pid]));
      expect(first.hidden_processes).toBeNull();
    },
  );

  test('D-26: filters by state in any spelling, port, address, protocol and process', { timeout: 30_000 }, async () => {
    await lab.namespace.exec('nft', dropAnswersOf4005);
    const pid = await start(lab.namespace, 'sockets', '4');
    for (const state of ['ESTABLISHED', 'ESTAB', 'established', 'Estab']) {
      expect((await ask({ state, protocol: 'tcp' })).counts.by_state).toEqual({ ESTABLISHED: 10 });
    }
    for (const state of ['LISTEN', 'listening']) expect((await ask({ state })).total).toBe(6);
    for (const state of ['TIME_WAIT', 'time-wait', 'TimeWait']) expect((await ask({ state })).total).toBe(1);
    for (const state of ['SYN_RECV', 'SYN-RECEIVED']) expect((await ask({ state })).total).toBe(1);
    await expect(ask({ state: 'OPEN' })).rejects.toMatchObject({ code: 'invalid_argument' });

    expect((await ask({ protocol: 'udp' })).counts.by_state).toEqual({ UNCONN: 2, ESTABLISHED: 1 });
    // A listener, two connections, each with both ends.
    expect((await ask({ port: 4001 })).total).toBe(5);
    expect((await ask({ address: '::1', protocol: 'udp' })).connections).toMatchObject([{ local_port: 5003 }]);
    const wide = await ask({ address: '127.0.0.0/8', state: 'LISTEN' });
    expect(wide.connections.map((one) => one.local_port)).toEqual([4001, 4005, 4006]);
    await expect(ask({ address: '127.0.0.0/33' })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(ask({ address: '-x' })).rejects.toMatchObject({ code: 'invalid_argument' });

    const all = await ask();
    const byPid = await ask({ process: pid });
    // TIME_WAIT and SYN_RECEIVED belong to nobody any more, or not yet.
    expect(byPid.total).toBe(all.total - 2);
    const name = byPid.connections[0]?.process;
    expect((await ask({ process: (name ?? '').toUpperCase() })).total).toBe(byPid.total);
    expect((await ask({ process: pid + 1_000_000 })).total).toBe(0);
  });

  test('IPv4-mapped, dual-stack, link-local with its zone, and listeners', { timeout: 30_000 }, async () => {
    await start(lab.namespace, 'sockets', '0');
    const mapped = await ask({ port: 4003 });
    expect(mapped.connections).toMatchObject([
      { state: 'LISTEN', local_address: '::', family: 'ipv6', dual_stack: true, remote_address: null },
      { state: 'ESTABLISHED', local_address: '127.0.0.1', family: 'ipv4' },
      { state: 'ESTABLISHED', local_address: '127.0.0.1', family: 'ipv4' },
    ]);
    expect((await ask({ address: '::ffff:127.0.0.1', port: 4003 })).total).toBe(2);
    const [only] = (await ask({ port: 4004, state: 'LISTEN' })).connections;
    expect(only).toMatchObject({ local_address: '::', waiting_connections: 0, max_waiting_connections: 511 });
    expect(only?.dual_stack).toBeUndefined();

    const { exec } = lab.namespace;
    const address = /inet6 (fe80::\S+)\//.exec(await exec('ip', 'addr', 'show', 'dev', 'v0'))?.[1] ?? '';
    await start(lab.namespace, 'receive', `${address}%v0`, '6001', 'read');
    await start(lab.namespace, 'send', `${address}%v0`, '6001', 'trickle');
    const zoned = await ask({ address: `${address}%v0`, state: 'ESTABLISHED' });
    expect(zoned.connections).toMatchObject([
      { local_address: address, remote_address: address, interface: 'v0' },
      { local_address: address, remote_address: address, interface: 'v0' },
    ]);
    expect((await ask({ address: `${address}%v1` })).total).toBe(0);
  });
});

describe('owners', () => {
  test('a process name that looks like ss’s own text forges nothing', { timeout: 30_000 }, async () => {
    const pid = await start(lab.namespace, 'named', '",pid=1,fd=3)', '4100');
    const { connections } = await ask({ port: 4100 });
    expect(connections).toMatchObject([{ pid, process: '",pid=1,fd=3)' }]);
    expect((await ask({ process: 1, port: 4100 })).total).toBe(0);
    const other = await start(lab.namespace, 'named', 'a\u001b[2J\u202eb', '4101');
    expect((await ask({ port: 4101 })).connections).toMatchObject([{ pid: other, process: 'a[2Jb' }]);
  });

  test('another user is told how many owners are hidden, and the fix', { timeout: 30_000 }, async (context) => {
    await requireFeature(context, otherUsers);
    await start(lab.namespace, 'named', 'of root', '4102');
    const user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const { stdout } = await promisify(execFile)(
      'ip',
      ['netns', 'exec', lab.namespace.name, ...user, process.execPath, product, 'call', 'get_connections'],
      { env: { PATH: process.env['PATH'] ?? '', HOME: '/' } },
    );
    const answer = answerSchema.parse(JSON.parse(stdout));
    expect(answer.connections).toMatchObject([{ local_port: 4102, pid: null, process: null, uid: 0 }]);
    expect(answer.hidden_processes).toMatchObject({
      sockets: 1,
      fix: 'Run netmcp as root to see the processes of others.',
    });
    expect(answer.summary).toContain('owners of 1 are not visible');
  });
});

describe('tcp_info', () => {
  const between = async (receiver: string, sender: string): Promise<() => Promise<Connection | undefined>> => {
    const other = await openNamespace();
    ends.push(other);
    await lab.namespace.connect(
      other,
      { device: 'v2', addresses: ['198.51.100.1/24'] },
      { device: 'v3', addresses: ['198.51.100.2/24'] },
    );
    if (receiver === 'read' && sender === 'flood') await shape(other);
    await start(other, 'receive', '198.51.100.2', '6002', receiver);
    await start(lab.namespace, 'send', '198.51.100.2', '6002', sender);
    return async () => (await ask({ port: 6002, tcp_info: true, state: 'ESTABLISHED' })).connections[0];
  };
  const ends: Namespace[] = [];
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end.remove()));
  });
  const patience = { timeout: 20_000, interval: 200 };

  const shape = async (other: Namespace): Promise<void> => {
    const { exec } = lab.namespace;
    await exec('tc', 'qdisc', 'add', 'dev', 'v2', 'root', 'handle', '1:', 'htb', 'default', '1');
    await exec('tc', 'class', 'add', 'dev', 'v2', 'parent', '1:', 'classid', '1:1', 'htb', 'rate', '20mbit');
    // Packets of one segment: what is dropped is one of many.
    await exec('ethtool', '-K', 'v2', 'tso', 'off', 'gso', 'off');
    await other.exec('nft', dropSome);
  };

  test('a transfer through a bottleneck is held back by it', { timeout: 40_000 }, async (context) => {
    await requireFeature(context, qdiscFeature('htb'));
    const look = await between('read', 'flood');
    await vi.waitFor(async () => {
      const info = (await look())?.tcp_info;
      expect(info).toMatchObject({ limited_by: 'congestion_window', mss_bytes: 1448, path_mtu_bytes: 1500 });
      expect(info?.bytes_acked).toBeGreaterThan(1_000_000);
      expect(info?.bytes_sent).toBeGreaterThanOrEqual(info?.bytes_acked ?? Infinity);
      expect(info?.retransmissions_total).toBeGreaterThan(0);
      expect(info?.busy_ms).toBeGreaterThan(0);
      expect(info?.min_rtt_ms).toBeGreaterThan(0);
      expect(info?.rtt_ms).toBeGreaterThanOrEqual(info?.min_rtt_ms ?? Infinity);
      // 20 Mbit/s with its headers; a burst may arrive faster.
      expect(info?.delivery_rate_mbps).toBeGreaterThan(1);
      expect(info?.delivery_rate_mbps).toBeLessThan(40);
    }, patience);
    const names = (await lab.namespace.exec('sysctl', '-n', 'net.ipv4.tcp_congestion_control')).trim();
    expect((await look())?.tcp_info?.congestion_control).toBe(names);
  });

  test('a receiver that does not read', { timeout: 40_000 }, async () => {
    const look = await between('ignore', 'flood');
    await vi.waitFor(async () => {
      const connection = await look();
      expect(connection?.tcp_info).toMatchObject({ limited_by: 'receive_window' });
      expect(connection?.send_queue_bytes).toBeGreaterThan(100_000);
    }, patience);
  });

  test('a connection that has sent nothing is limited by nothing', { timeout: 40_000 }, async () => {
    await start(lab.namespace, 'sockets', '4');
    const { connections } = await ask({ port: 4001, state: 'ESTABLISHED', tcp_info: true });
    expect(connections).toHaveLength(4);
    // The handshake's own sample has the flag.
    expect(connections.some((one) => one.tcp_info?.app_limited)).toBe(true);
    for (const { tcp_info } of connections) expect(tcp_info).toMatchObject({ bytes_sent: 0, limited_by: null });
  });

  test('an application that writes little', { timeout: 40_000 }, async () => {
    const look = await between('read', 'trickle');
    await vi.waitFor(async () => {
      const info = (await look())?.tcp_info;
      expect(info).toMatchObject({ limited_by: 'application', app_limited: true });
      expect(info?.bytes_acked).toBeGreaterThan(300);
    }, patience);
  });
});
