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
/** The rates of two processes on few processors differ by a tenth from one run to the next. */
const loadRounds = 12;

const loadRows = async (receiver: Namespace, sender: Namespace): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const [load, unit, what] of [
    ['tcp', 'Gbit/s', 'TCP'],
    ['udp', 'kpps', 'UDP of 64 bytes'],
  ] as const) {
    const found = await measureLoad(receiver, sender, load, loadRounds);
    for (const way of wayNames) rows.push({ what: `${what}, ${way}`, value: found.rate[way], unit });
    rows.push({ what: `${what}, tcx over off`, value: found.overOff.tcx, unit: 'x', atLeast: 0.95 });
    const xdp = found.overOff['generic XDP and tcx'];
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
  const [times, coldTimes, sizes]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < 3 * rounds; round += 1) {
    const text = await namespace.exec(process.execPath, '--import', shipped, program, index);
    const [, time = Number.NaN, cold = Number.NaN, size = Number.NaN] =
      /"milliseconds":([\d.]+),"cold":([\d.]+),"megabytes":([\d.]+)/.exec(text)?.map(Number) ?? [];
    times.push(time);
    coldTimes.push(cold);
    sizes.push(size);
  }
  return [
    { what: 'first start of both directions in a running process', value: median(times), unit: 'ms', budget: 60 },
    { what: 'the same from an empty process', value: median(coldTimes), unit: 'ms' },
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
        `address; off, tcx and XDP in turn, medians of ${String(loadRounds)} rounds and of each round’s ratios. Nanoseconds by BPF_PROG_TEST_RUN of a million packets. Start: both directions by tcx, with the imports of what counts; each attachment waits for a grace period of the kernel's RCU.`,
      machine,
      rows,
    }),
  );
} finally {
  await Promise.all([receiver.remove(), sender.remove()]);
}
