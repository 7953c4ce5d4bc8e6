// npm run bench:capture: the full analysis of a capture of 2 million packets against other programs in one run, its memory on larger files
// and floods, the size of its answers; writes bench/RESULTS-CAPTURE.md. Programs that are not installed are left out and named.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine, nodeVersions, type NodeVersion } from '../machine.ts';
import { type Row, writeReport } from '../report.ts';
import { median } from '../statistics.ts';
import { generateDnsFlood, generateMixed, generateSynFlood } from './generate.ts';
import { type Answers, installed, type Rival, rivals, runProduct, timeProgram, warm } from './rivals.ts';

const rounds = 9;
/** Of the slow ones; each takes half a minute. */
const slowRounds = 2;

/** How many times as fast as each program the full analysis must be. */
const wanted: Record<Rival, number | undefined> = {
  'capinfos -c': 0.5,
  'tcpdump --count': 0.8,
  'tcptrace -n': 2.5,
  'tshark -z conv,tcp': 60,
  'tshark -z expert': undefined,
};

const isRival = (name: string): name is Rival => Object.hasOwn(rivals, name);

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const speedRows = async (file: string, small: string, nodes: readonly NodeVersion[]): Promise<Row[]> => {
  const present = Object.keys(rivals)
    .filter(isRival)
    .filter((name) => installed(name.split(' ')[0] ?? name));
  for (const name of Object.keys(rivals).filter(isRival))
    if (!present.includes(name)) say(`Left out, not installed: ${name}`);
  const times = new Map<string, number[]>();
  const note = (name: string, value: number): void => {
    times.set(name, [...(times.get(name) ?? []), value]);
  };
  let last: Answers | undefined;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of present) {
      if (name.startsWith('tshark') && round >= slowRounds) continue;
      await warm(file);
      note(name, await timeProgram(rivals[name](file)));
    }
    for (const { path, version } of nodes) {
      await warm(file);
      const run = await runProduct(path, file);
      note(`process ${version}`, run.elapsed);
      note(`memory ${version}`, run.megabytes);
      last = run;
      await warm(file);
      const running = await runProduct(path, file, { after: small });
      note(`pass ${version}`, running.pass);
      note(`others ${version}`, running.others);
    }
    say(`Round ${String(round + 1)} of ${String(rounds)}`);
  }
  const of = (name: string): number => median(times.get(name) ?? []);
  const rows: Row[] = present.map((name) => ({ what: name, value: of(name), unit: 'ms' }));
  for (const { version } of nodes) {
    const pass = of(`pass ${version}`);
    const started = of(`process ${version}`);
    rows.push(
      { what: `netmcp, the pass and the first answer, Node ${version}`, value: pass, unit: 'ms' },
      { what: `netmcp, the three other answers, Node ${version}`, value: of(`others ${version}`), unit: 'ms' },
      { what: `netmcp, four questions and the process's start, Node ${version}`, value: started, unit: 'ms' },
    );
    for (const name of present)
      rows.push(
        {
          what: `speed against ${name}, Node ${version}`,
          value: of(name) / pass,
          unit: 'x',
          ...(wanted[name] === undefined ? {} : { atLeast: wanted[name] }),
        },
        {
          what: `the same, four questions and the process's start, Node ${version}`,
          value: of(name) / started,
          unit: 'x',
        },
      );
    rows.push({ what: `peak RSS, Node ${version}`, value: of(`memory ${version}`), unit: 'MB', budget: 160 });
  }
  for (const [name, size] of Object.entries(last?.sizes ?? {}))
    rows.push({ what: `answer of ${name}`, value: size, unit: 'characters', budget: 6000 });
  return rows;
};

/** The other tools' answers, and what a second question costs. */
const furtherRows = async (file: string, node: NodeVersion): Promise<Row[]> => {
  const others = ['analyze_throughput', 'get_protocol_hierarchy'];
  const { sizes, milliseconds } = await runProduct(node.path, file, {
    questions: ['pcap_summary', ...others, 'filter_packets'],
  });
  const first = milliseconds['pcap_summary'] ?? Number.NaN;
  return [
    ...[...others, 'filter_packets'].map((name): Row => ({
      what: `answer of ${name}`,
      value: sizes[name] ?? Number.NaN,
      unit: 'characters',
      budget: 6000,
    })),
    { what: 'first question (reads the file)', value: first, unit: 'ms' },
    ...others.map((name): Row => ({
      what: `second question: ${name} (reads nothing)`,
      value: milliseconds[name] ?? Number.NaN,
      unit: 'ms',
    })),
  ];
};

const memoryRows = async (folder: string, node: NodeVersion, ordinary: number): Promise<Row[]> => {
  const rows: Row[] = [];
  const file = join(folder, 'large.pcap');
  const generated: readonly [string, () => void, number, boolean][] = [
    [
      '5 million packets',
      () => {
        generateMixed(file, 5_000_000);
      },
      1.3 * ordinary,
      false,
    ],
    [
      'SYN flood of 3 million flows',
      () => {
        generateSynFlood(file, 3_000_000);
      },
      400,
      true,
    ],
    [
      'DNS flood of a million names',
      () => {
        generateDnsFlood(file, 1_000_000);
      },
      400,
      true,
    ],
  ];
  for (const [what, generate, budget, capped] of generated) {
    say(`Generating: ${what}`);
    generate();
    const { megabytes, elapsed, packets, mentions_bound } = await runProduct(node.path, file);
    if (capped && !mentions_bound) throw new Error(`${what}: the answers do not say what was left out`);
    rows.push({ what: `${what}: peak RSS`, value: megabytes, unit: 'MB', budget: Math.round(budget) });
    rows.push({ what: `${what}: ${String(packets)} packets in`, value: elapsed, unit: 'ms' });
  }
  return rows;
};

const folder = await mkdtemp(join(tmpdir(), 'netmcp-bench-capture-'));
try {
  const nodes = await nodeVersions();
  const machine = await describeMachine(nodes);
  const [node] = nodes;
  if (node === undefined) throw new Error('no Node to measure with');
  const file = join(folder, 'mixed.pcap');
  say('Generating: 2 million packets');
  generateMixed(file, 2_000_000);
  const gigabytes = ((await stat(file)).size / 1e9).toFixed(2);
  const small = join(folder, 'small.pcap');
  generateMixed(small, 60_000);
  const speeds = await speedRows(file, small, nodes);
  const further = await furtherRows(file, node);
  await rm(file);
  const ordinary = speeds.find(({ what }) => what.startsWith('peak RSS'))?.value ?? Number.NaN;
  const rows = [...speeds, ...further, ...(await memoryRows(folder, node, ordinary))];
  process.stdout.write(
    await writeReport({
      file: 'RESULTS-CAPTURE.md',
      title: 'Bench results of the capture engine',
      method:
        `Written by \`npm run bench:capture\`. A generated file of 2,000,000 packets and ${gigabytes} GB, in the page cache; one program after the other, in turn, medians ` +
        `of ${String(rounds)} rounds (tshark ${String(slowRounds)}). Ours is the one pass that pcap_summary, find_tcp_issues, get_conversations and analyze_dns_traffic need, and ` +
        'the first of these answers, in a process that has answered about another, small capture before, as a server has; then the other three answers; then all of it ' +
        'as a process that is started for it. The other programs are whole processes.',
      machine,
      rows,
    }),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
