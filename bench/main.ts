// npm run bench: start, memory, answers, size and apply against the budgets of the design, in private namespaces; writes bench/RESULTS.md.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { applyRows } from './apply-rows.ts';
import { describeMachine, type NodeVersion, nodeVersions } from './machine.ts';
import { enterPrivateNamespaces, preparePrivateNamespace } from './private-namespace.ts';
import { probeRows } from './probe-rows.ts';
import { type Row, writeReport } from './report.ts';
import { serverRows } from './server-rows.ts';
import { baselines } from './baseline.ts';
import { interleaved, median } from './statistics.ts';

const { values } = parseArgs({ options: { 'not-in': { type: 'string' } } });

const baselineRows = async (folder: string): Promise<Row[]> => {
  const found = await interleaved(15, baselines(folder));
  return [...found].map(([what, times]) => ({ what: `baseline: ${what}`, value: median(times), unit: 'ms' as const }));
};

const measure = async (origin: string): Promise<void> => {
  await preparePrivateNamespace(origin);
  const folder = await mkdtemp(join(tmpdir(), 'netmcp-bench-'));
  try {
    const nodes: readonly NodeVersion[] = await nodeVersions();
    const machine = await describeMachine(nodes);
    const rows = [
      ...(await baselineRows(folder)),
      ...(await serverRows(nodes, folder)),
      ...(await applyRows(folder)),
      ...(await probeRows(nodes, folder)),
    ];
    process.stdout.write(
      await writeReport({
        file: 'RESULTS.md',
        title: 'Bench results',
        method:
          'Written by `npm run bench`. Times are medians of interleaved rounds, in private namespaces; ratios compare medians of the same run.',
        machine,
        rows,
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const origin = values['not-in'];
if (origin !== undefined) await measure(origin);
else {
  const [command, ...args] = await enterPrivateNamespaces(import.meta.filename);
  spawn(command, args, { stdio: 'inherit' }).once('exit', (code) => {
    process.exitCode = code === 0 ? 0 : 1;
  });
}
