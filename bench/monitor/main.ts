// npm run bench:monitor: what counting costs: throughput and packet rate of a veth pair, time for each packet, start-up and memory; writes
// bench/RESULTS-MONITOR.md. It works in namespaces of its own.
import { fileURLToPath } from 'node:url';
import { loadDirection } from '../../src/host/bpf/monitor-programs.ts';
import { testRun } from '../../src/host/bpf/programs.ts';
import { type Namespace, openNamespace } from '../../tests/helpers/netns.ts';
import { connectPair, indexOf } from '../../tests/monitor/counters.ts';
import { describeMachine, nodeVersions } from '../machine.ts';
import { type Row, writeReport } from '../report.ts';
import { median } from '../statistics.ts';
import { measureLoad, wayNames } from './load.ts';

const rounds = 5;

const loadRows = async (receiver: Namespace, sender: Namespace): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const [load, unit, what] of [
    ['tcp', 'Gbit/s', 'TCP'],
    ['udp', 'kpps', 'UDP of 64 bytes'],
  ] as const) {
    const found = await measureLoad(receiver, sender, load, rounds);
    for (const way of wayNames) rows.push({ what: `${what}, ${way}`, value: found[way], unit });
    rows.push({ what: `${what}, tcx over off`, value: found.tcx / found.off, unit: 'x', atLeast: 0.95 });
    const xdp = found['generic XDP and tcx'] / found.off;
    rows.push({ what: `${what}, generic XDP and tcx over off`, value: xdp, unit: 'x', atLeast: 0.85 });
  }
  return rows;
};

/** An IPv4 segment of TCP without payload. */
const packet = Buffer.concat([
  Buffer.from(
    '0200000000020200000000010800450000280000400040060000c0000201c00002021f9001bb00000000000000005010ffff',
    'hex',
  ),
  Buffer.alloc(42),
]);

const packetRows = async (): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const [hook, direction] of [
    ['xdp', 'incoming'],
    ['tc', 'incoming'],
    ['tc', 'outgoing'],
  ] as const) {
    for (const talkers of ['none', 'address', 'port'] as const) {
      const loaded = await loadDirection({ hook, direction, talkers });
      const times: number[] = [];
      for (let round = 0; round < rounds; round += 1)
        times.push((await testRun(loaded.programFd, packet, 1_000_000)).nanoseconds);
      loaded.close();
      rows.push({ what: `a packet, ${hook} ${direction}, talkers by ${talkers}`, value: median(times), unit: 'ns' });
    }
  }
  return rows;
};

const startRows = async (namespace: Namespace): Promise<Row[]> => {
  const index = String(await indexOf(namespace, 'v0'));
  const [shipped, program] = ['../dist-instead-of-src.mjs', './start.ts'].map((name) =>
    fileURLToPath(new URL(name, import.meta.url)),
  );
  if (shipped === undefined || program === undefined) throw new Error('no program to start');
  const times: number[] = [];
  const sizes: number[] = [];
  for (let round = 0; round < 3 * rounds; round += 1) {
    const text = await namespace.exec(process.execPath, '--import', shipped, program, index);
    const [, time = Number.NaN, size = Number.NaN] =
      /"milliseconds":([\d.]+),"megabytes":([\d.]+)/.exec(text)?.map(Number) ?? [];
    times.push(time);
    sizes.push(size);
  }
  return [
    { what: 'start of both directions, cold', value: median(times), unit: 'ms', budget: 60 },
    { what: 'memory that takes', value: median(sizes), unit: 'MB' },
  ];
};

const machine = await describeMachine((await nodeVersions()).filter(({ path }) => path === process.execPath));
const receiver = await openNamespace();
const sender = await openNamespace();
try {
  await connectPair(receiver, sender);
  const rows = [...(await packetRows()), ...(await startRows(receiver)), ...(await loadRows(receiver, sender))];
  process.stdout.write(
    await writeReport({
      file: 'RESULTS-MONITOR.md',
      title: 'Bench results of the monitor',
      method:
        `Written by \`npm run bench:monitor\`. A veth pair between two namespaces, iperf3 for 2 seconds at a time, counted at the receiver in both directions with talkers by ` +
        `address; off, tcx and XDP in turn, medians of ${String(rounds)} rounds. Nanoseconds by BPF_PROG_TEST_RUN of a million packets. Start: both directions by tcx, imports included.`,
      machine,
      rows,
    }),
  );
} finally {
  await Promise.all([receiver.remove(), sender.remove()]);
}
