// Linux's own TCP between two namespaces, captured by tcpdump: clean, through loss, and over a path that loses, repeats, reorders and delays.
// Every verdict is tshark's; a clean capture has no issue; what was sent again is what the sender's kernel counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import * as verdicts from '../../src/capture/engine/verdicts.ts';
import { tcpIssuesOf } from '../../src/capture/reports/tcp-issues.ts';
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { fetches, judgedAlike, transfer } from './tcp-transfer.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netmcp-tcp-kernel-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * Without tail loss probes, a busy machine's pauses make nobody send again before 2 s; with a large buffer, they fill no window.
 */
const calm = async (namespace: Namespace): Promise<void> => {
  await namespace.exec('sysctl', '-qw', 'net.ipv4.tcp_early_retrans=0', 'net.ipv4.tcp_rmem=4096 1048576 6291456');
};

const connect = async (receiver: Namespace, sender: Namespace): Promise<void> => {
  const here = { device: 'v0', addresses: ['192.0.2.1/24'] };
  await receiver.connect(sender, here, { device: 'v1', addresses: ['192.0.2.2/24'] });
  // Segments of the size they have on a wire, so that there are enough of them to lose.
  const offloads = ['tso', 'off', 'gso', 'off', 'gro', 'off'];
  await receiver.exec('ethtool', '-K', 'v0', ...offloads);
  await sender.exec('ethtool', '-K', 'v1', ...offloads);
};

kernelTest(
  'a clean transfer has no issue',
  async ({ namespace, openNamespace }) => {
    const sender = await openNamespace();
    await connect(namespace, sender);
    for (const [place, device] of [
      [namespace, 'v0'],
      [sender, 'v1'],
    ] as const) {
      await calm(place);
      await place.exec('ip', 'route', 'change', '192.0.2.0/24', 'dev', device, 'rto_min', '2s');
    }
    const file = join(folder, 'clean.pcap');
    const resent = await transfer(namespace, sender, [[{ namespace, device: 'v0' }, file]]);
    const { engine } = await judgedAlike(file);
    const report = tcpIssuesOf(engine, undefined);
    expect(resent).toBe(0);
    expect(engine.exports.verdictCount(verdicts.RETRANSMISSION)).toBe(0);
    expect(report).toMatchObject({ has_issues: false, issues: [], notes: [] });
    expect(report.summary).toMatch(/^No TCP issues in \d+ packets$/);
    expect(report.connections).toMatchObject({ opened: fetches, established: fetches, closed: fetches, reset: 0 });
  },
  60_000,
);

/** Segments with data, SYN or FIN that the verdicts call sent before, or taken out of their order. */
const again = ({ exports }: Awaited<ReturnType<typeof judgedAlike>>['engine']): number =>
  exports.verdictCount(verdicts.RETRANSMISSION) + exports.verdictCount(verdicts.OUT_OF_ORDER);

/** Equal as a rule; off by one where a segment the kernel sent again looks like a new one, or a probe counts as none. */
const expectNear = (found: number, counted: number): void => {
  expect(counted).toBeGreaterThan(0);
  expect(Math.abs(found - counted)).toBeLessThanOrEqual(Math.max(2, counted / 10));
};

kernelTest(
  'a transfer through loss: retransmissions as many as the kernel counted',
  async ({ namespace, openNamespace }) => {
    const sender = await openNamespace();
    await connect(namespace, sender);
    // Behind the place of the capture, so that it sees what is lost.
    await namespace.exec('nft', 'add table inet lossy');
    await namespace.exec('nft', 'add chain inet lossy in { type filter hook prerouting priority 0; }');
    await namespace.exec('nft', 'add rule inet lossy in tcp sport 7000 numgen random mod 100 < 3 drop');
    const file = join(folder, 'loss.pcap');
    const resent = await transfer(namespace, sender, [[{ namespace, device: 'v0' }, file]]);
    const { engine } = await judgedAlike(file);
    expect(engine.exports.verdictCount(verdicts.RETRANSMISSION)).toBeGreaterThan(0);
    expectNear(again(engine), resent);
    const report = tcpIssuesOf(engine, undefined);
    expect(report.has_issues).toBe(true);
    expect(report.issues.map(({ issue_type }) => issue_type)).toContain('retransmission');
  },
  60_000,
);

kernelTest(
  'a path that loses, repeats, reorders and delays',
  async ({ namespace, openNamespace }) => {
    const sender = await openNamespace();
    const program = join(import.meta.dirname, 'rough-path-program.ts');
    const argv = ['netns', 'exec', namespace.name, process.execPath, program, '7', '5', '1', '2', '3'];
    const path = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(path.stdout, 'data');
    try {
      await namespace.exec('ip', 'link', 'set', 'r1', 'netns', sender.name);
      for (const [place, device, own, peer] of [
        [namespace, 'r0', '192.0.2.1', '192.0.2.2'],
        [sender, 'r1', '192.0.2.2', '192.0.2.1'],
      ] as const) {
        await place.exec('ip', 'address', 'add', own, 'peer', peer, 'dev', device);
        await place.exec('ip', 'link', 'set', device, 'up');
      }
      const [near, far] = [join(folder, 'near.pcap'), join(folder, 'far.pcap')];
      const resent = await transfer(namespace, sender, [
        [{ namespace, device: 'r0' }, near],
        [{ namespace: sender, device: 'r1' }, far],
      ]);
      const receiving = (await judgedAlike(near)).engine;
      const sending = (await judgedAlike(far)).engine;
      expectNear(again(sending), resent);
      const count = (verdict: number): number => receiving.exports.verdictCount(verdict);
      // The receiver sees holes where something is lost or late, and twice what the path repeats.
      expect(count(verdicts.LOST_SEGMENT)).toBeGreaterThan(0);
      expect(count(verdicts.OUT_OF_ORDER)).toBeGreaterThan(0);
      expect(count(verdicts.DUPLICATE_ACK)).toBeGreaterThan(0);
      expect(again(receiving)).toBeGreaterThan(again(sending));
      // The path takes 5 ms each way.
      expect(tcpIssuesOf(receiving, undefined).handshake_rtt?.p50_ms).toBeGreaterThan(8);
      expect(tcpIssuesOf(sending, undefined).data_rtt?.p50_ms).toBeGreaterThan(8);
    } finally {
      path.kill('SIGKILL');
      await once(path, 'exit');
    }
  },
  90_000,
);
