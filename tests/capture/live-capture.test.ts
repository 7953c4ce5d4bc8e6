// Live captures on the real kernel: what is in the file, what ends a capture, and what may not be asked for.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import * as z from 'zod';
import { kernelTest as base } from '../helpers/kernel-test.ts';
import { connectServer, type ConnectedClient } from '../helpers/mcp-client.ts';
import type { Namespace } from '../helpers/netns.ts';
import { otherUsers, requireFeature } from '../helpers/skip.ts';
import { tsharkFields } from './tshark.ts';

const program = fileURLToPath(new URL('../e2e/product-with-test-tools.ts', import.meta.url));

const answerSchema = z.object({
  capture_id: z.string(),
  state: z.string(),
  ended_by: z.string().nullable(),
  file_path: z.string(),
  packets: z.number(),
  size_bytes: z.number(),
  seconds_left: z.number(),
  notes: z.array(z.string()),
  summary: z.string(),
});
type Answer = z.infer<typeof answerSchema>;

interface Site {
  namespace: Namespace;
  peer: Namespace;
  stateDir: string;
  /** A server inside the namespace, closed afterwards. */
  serve: (options?: { args?: string[]; wrapper?: string[] }) => Promise<ConnectedClient>;
}

/** Two namespaces joined by a veth pair: 192.0.2.1 on v0 where the server runs, 192.0.2.2 on v1. */
const kernelTest = base.extend<{ site: Site }>({
  site: async ({ namespace, openNamespace, task, skip }, use) => {
    // tcpdump drops its privileges to a user of its own.
    await requireFeature({ task, skip }, otherUsers);
    const peer = await openNamespace();
    await namespace.connect(
      peer,
      { device: 'v0', addresses: ['192.0.2.1/24'] },
      { device: 'v1', addresses: ['192.0.2.2/24'] },
    );
    const stateDir = join(await mkdtemp(join(tmpdir(), 'netmcp-live-')), 'state');
    const servers: ConnectedClient[] = [];
    await use({
      namespace,
      peer,
      stateDir,
      serve: async ({ args = [], wrapper = [] } = {}) => {
        const server = await connectServer({
          namespace,
          program,
          wrapper,
          args: ['--state-dir', stateDir, ...args],
        });
        servers.push(server);
        return server;
      },
    });
    for (const server of servers) await server.close();
    await rm(dirname(stateDir), { recursive: true });
  },
});

const capture = async (server: ConnectedClient, input: Record<string, unknown>): Promise<Answer> =>
  answerSchema.parse(await server.call('capture_packets', input));

/** tcpdump may be behind the traffic. */
const untilCounted = async (server: ConnectedClient, packets: number): Promise<number> => {
  for (;;) {
    const answer = await capture(server, { action: 'status' });
    if (answer.packets >= packets) return answer.packets;
    await sleep(100);
  }
};

const untilDone = async (server: ConnectedClient, id: string): Promise<Answer> => {
  for (;;) {
    const answer = await capture(server, { action: 'status', capture_id: id });
    if (answer.state === 'done') return answer;
    await sleep(100);
  }
};

const untilGone = async (namespace: Namespace): Promise<void> => {
  while ((await promisify(execFile)('ip', ['netns', 'pids', namespace.name])).stdout.trim() !== '') await sleep(100);
};

kernelTest('the filter and the snap length are kept, and the count is the file’s', async ({ site }) => {
  const server = await site.serve();
  const started = await capture(server, { action: 'start', interface: 'v0', filter: 'icmp', duration_s: 60 });
  expect([started.state, started.ended_by]).toEqual(['running', null]);
  expect(started.notes.join(' ')).toContain('cut to 128 bytes');
  await site.peer.exec('ping', '-c', '5', '-i', '0.05', '-s', '1000', '192.0.2.1');
  expect(await untilCounted(server, 10)).toBe(10);
  const stopped = await capture(server, { action: 'stop' });
  expect([stopped.state, stopped.ended_by, stopped.packets, stopped.seconds_left]).toEqual(['done', 'stopped', 10, 0]);
  const rows = await tsharkFields(stopped.file_path, ['frame.len', 'frame.cap_len', 'ip.proto']);
  expect(rows).toEqual(Array.from({ length: 10 }, () => ['1042', '128', '1']));
  const [file, folder] = await Promise.all([stat(stopped.file_path), stat(dirname(stopped.file_path))]);
  expect([file.mode & 0o777, folder.mode & 0o777, file.size]).toEqual([0o600, 0o700, stopped.size_bytes]);
  expect(dirname(stopped.file_path)).toBe(join(site.stateDir, 'captures'));
  const summary = await server.call('pcap_summary', { file_path: stopped.file_path });
  expect(summary['packet_count']).toBe(10);
});

kernelTest('ends at max_packets', async ({ site }) => {
  const server = await site.serve();
  const started = await capture(server, { action: 'start', interface: 'any', max_packets: 3, duration_s: 60 });
  await site.peer.exec('ping', '-c', '5', '-i', '0.05', '192.0.2.1');
  const done = await untilDone(server, started.capture_id);
  expect([done.ended_by, done.packets]).toEqual(['max_packets', 3]);
});

kernelTest('ends at its size with a file that is whole', async ({ site }) => {
  const server = await site.serve();
  const input = { action: 'start', interface: 'v0', max_size_mb: 1, snaplen: 1600, duration_s: 100 };
  const started = await capture(server, input);
  let done = started;
  while (done.state === 'running') {
    await site.peer.exec('ping', '-c', '200', '-f', '-s', '1400', '192.0.2.1');
    done = await capture(server, { action: 'status', capture_id: started.capture_id });
  }
  expect(done.ended_by).toBe('max_size');
  expect(done.size_bytes).toBeLessThanOrEqual(1024 ** 2);
  expect(done.size_bytes).toBeGreaterThan(1024 ** 2 - 2000);
  expect((await tsharkFields(done.file_path, ['frame.number'])).length).toBe(done.packets);
});

kernelTest('ends when its time is up, and when the interface goes', async ({ site }) => {
  const server = await site.serve();
  const short = await capture(server, { action: 'start', interface: 'v0', duration_s: 1 });
  const other = await capture(server, { action: 'start', interface: 'v0', duration_s: 60 });
  expect(other.capture_id).not.toBe(short.capture_id);
  expect((await untilDone(server, short.capture_id)).ended_by).toBe('duration');
  await site.namespace.exec('ip', 'link', 'del', 'v0');
  const gone = await untilDone(server, other.capture_id);
  expect(gone.ended_by).toBe('ended');
  expect(gone.notes.join(' ')).toMatch(/tcpdump said: .*(disappeared|went down|no longer)/);
});

kernelTest('ends with the server', async ({ site }) => {
  const server = await site.serve();
  await capture(server, { action: 'start', interface: 'v0', duration_s: 600 });
  await server.close();
  await untilGone(site.namespace);
});

kernelTest('goes on and ends by its own bounds when the server is killed', async ({ site }) => {
  const server = await site.serve();
  const bounded = (bounds: object): Promise<Answer> =>
    capture(server, { action: 'start', interface: 'v0', filter: 'icmp', ...bounds });
  const { file_path: counted } = await bounded({ max_packets: 4, duration_s: 600 });
  const before = performance.now();
  const { file_path: timed } = await bounded({ duration_s: 8 });
  process.kill(server.pid, 'SIGKILL');
  // Nothing of the first is lost, however long this takes: its fourth packet ends it. The second ends with its time.
  await site.peer.exec('ping', '-c', '2', '-i', '0.05', '192.0.2.1');
  await untilGone(site.namespace);
  expect(performance.now() - before).toBeGreaterThan(8000);
  expect(await tsharkFields(counted, ['ip.proto'])).toEqual([['1'], ['1'], ['1'], ['1']]);
  // The next server did not start them, but names their files.
  const next = await site.serve();
  for (const path of [counted, timed])
    await expect(capture(next, { action: 'status' }), path).rejects.toThrow(basename(path));
});

kernelTest('a command line waits for the end', async ({ site }) => {
  const { namespace, stateDir, peer } = site;
  const input = JSON.stringify({ action: 'start', interface: 'v0', filter: 'icmp', max_packets: 2, duration_s: 30 });
  const running = namespace.exec(process.execPath, program, 'call', 'capture_packets', input, '--state-dir', stateDir);
  const traffic = (async () => {
    for (let ended = false; !ended;) {
      await peer.exec('ping', '-c', '1', '192.0.2.1');
      ended = await Promise.race([running.then(() => true), sleep(100, false)]);
    }
  })();
  const answer = answerSchema.parse(JSON.parse(await running));
  await traffic;
  expect([answer.state, answer.ended_by, answer.packets]).toEqual(['done', 'max_packets', 2]);
});

kernelTest('what is refused, and what to do about it', async ({ site }) => {
  const server = await site.serve();
  await site.namespace.exec('ip', 'link', 'add', 'asleep', 'type', 'veth');
  const refused = async (input: Record<string, unknown>): Promise<string> =>
    capture(server, { action: 'start', interface: 'v0', ...input }).then(
      (answer) => `no refusal: ${answer.summary}`,
      (error: unknown) => String(error),
    );
  expect(await refused({ interface: 'v9' })).toMatch(/not_found.*no interface v9.*lo, .*v0/s);
  expect(await refused({ interface: 'asleep' })).toMatch(/invalid_argument.*is down.*ip link set asleep up/s);
  expect(await refused({ interface: '-w/tmp/x' })).toMatch(/invalid_argument/);
  expect(await refused({ interface: undefined })).toMatch(/invalid_argument.*needs an interface/s);
  for (const filter of ['tcp port', 'port nosuchport', 'icmp or or', 'tcp and (udp']) {
    expect(await refused({ filter }), filter).toMatch(/invalid_argument.*refuses the filter/s);
  }
  for (const filter of ['nonsense', 'icmp -w /tmp/x', 'host example.com', 'port http and src foo']) {
    expect(await refused({ filter }), filter).toMatch(/invalid_argument.*is none of them.*dns_lookup/s);
  }
  for (const filter of ['icmp; rm -rf /', 'host $(id)', '`id`', "icmp' or 'x"]) {
    expect(await refused({ filter }), filter).toMatch(/invalid_argument.*A filter has no/s);
  }
  for (const filter of ['-w /tmp/x', '--', '-z id', '  -r /etc/passwd']) {
    expect(await refused({ filter }), filter).toMatch(/invalid_argument.*does not start with -/s);
  }
  expect(await refused({ filter: 'icmp\u0000' })).toMatch(/invalid_argument/);
  expect(await refused({ filter: 'x'.repeat(1025) })).toMatch(/invalid_argument/);
  expect(await refused({ duration_s: 601 })).toMatch(/invalid_argument/);
  expect(await refused({ max_size_mb: 1025 })).toMatch(/invalid_argument/);
  expect(await refused({ file_path: '/tmp/x.pcap' })).toMatch(/unknown_argument/);
  expect(await refused({ action: 'stop' })).toMatch(/not_found.*No capture was started/s);
  expect(await refused({ action: 'status', capture_id: '../../x' })).toMatch(/not_found/);
  // Nothing of all that is left behind.
  expect(await readdir(join(site.stateDir, 'captures'))).toEqual([]);
});

kernelTest('no filter asks DNS for anything', async ({ site }) => {
  const { namespace } = site;
  const server = await site.serve();
  // Whatever the resolver's address is, questions to it pass here.
  await namespace.exec('ip', 'route', 'add', 'default', 'via', '192.0.2.2');
  await namespace.exec('nft', 'add table inet asked; add chain inet asked out { type filter hook output priority 0; }');
  await namespace.exec('nft', 'add rule inet asked out meta l4proto { tcp, udp } th dport 53 counter');
  const asked = async (): Promise<number> =>
    Number(/counter packets (\d+)/.exec(await namespace.exec('nft', 'list table inet asked'))?.[1]);
  const filters = ['host a.example.com', 'b.example.com', 'net c.example.com', 'port http and src d', 'port e.example'];
  for (const filter of [...filters, 'host \\tcp', 'llc ui or f', 'gateway g', 'host 1.2.3.4.5', 'host fe80::1h'])
    await expect(capture(server, { action: 'start', interface: 'v0', filter }), filter).rejects.toThrow(
      /invalid_argument/,
    );
  for (const filter of ['port http or ftp-data', 'port nosuchport', 'proto nosuch', 'type foo', 'llc foo', 'dir foo'])
    await server
      .call('capture_packets', { action: 'start', interface: 'v0', filter, duration_s: 1 })
      .catch(() => undefined);
  expect(await asked()).toBe(0);
  await namespace.exec('sh', '-c', 'timeout 2 tcpdump -i v0 -c 1 -w /dev/null host a.example.com || true');
  expect(await asked()).toBeGreaterThan(0);
});

kernelTest('at most four at the same time', async ({ site }) => {
  const server = await site.serve();
  const start = (): Promise<Answer> => capture(server, { action: 'start', interface: 'v0', max_size_mb: 1 });
  const [first] = await Promise.all([start(), start(), start(), start()]);
  await expect(start()).rejects.toThrow(/limit_exceeded.*Stop one of them/s);
  await capture(server, { action: 'stop', capture_id: first.capture_id });
  expect((await start()).state).toBe('running');
});

kernelTest('without the capability the fix is named', async ({ site }) => {
  const server = await site.serve({ wrapper: ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'] });
  await expect(capture(server, { action: 'start', interface: 'v0' })).rejects.toThrow(/not_permitted.*CAP_NET_RAW/s);
});

kernelTest('a file is written, so read-only mode refuses', async ({ site }) => {
  const server = await site.serve({ args: ['--read-only'] });
  await expect(capture(server, { action: 'start', interface: 'v0' })).rejects.toThrow(/read_only/);
});
