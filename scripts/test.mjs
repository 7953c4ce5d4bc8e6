// `npm test [-- STAGE... [vitest options]]`: the checks, then unit, kernel and lab tests; prints every skip with its reason and one sum as the last line.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runChecks } from './lib/checks.mjs';
import { developmentNode, repository } from './lib/paths.mjs';
import { run } from './lib/processes.mjs';

const known = ['check', 'unit', 'kernel', 'lab'];
const given = process.argv.slice(2);
const firstOption = given.findIndex((word) => !known.includes(word));
const named = firstOption < 0 ? given : given.slice(0, firstOption);
/** Passed on to vitest: file filters, -t NAME and the like. */
const options = given.slice(named.length);
const stages = named.length > 0 ? named : known;

/** Runs one vitest project and reads the numbers from its JSON report. */
async function runProject(project, folder) {
  const report = join(folder, `${project}.json`);
  const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
  const { code } = await run(
    [
      ...[developmentNode(), vitest, 'run', '--project', project],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...options],
    ],
    { stdin: 'inherit' },
  );
  const { testResults } = JSON.parse(await readFile(report, 'utf8').catch(() => '{"testResults":[]}'));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ ...test, file: relative(repository, name) })),
  );
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const skips = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  // Filtered by an option such as -t, tests are skipped by wish; else a skip must say why.
  const silent = options.length === 0 ? skips.filter(({ meta }) => meta.skipReason === undefined) : [];
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = tests.filter(({ status }) => status === 'failed').length + broken.length + silent.length;
  return {
    passed,
    // An error outside of any test, or a crash before the report was written, is a failure too.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skips: skips.filter((test) => !silent.includes(test) && test.meta.skipReason !== undefined),
    silent,
  };
}

const sum = { passed: 0, failed: 0, skips: [], silent: [] };
const folder = await mkdtemp(join(tmpdir(), 'netmcp-test-'));
try {
  for (const stage of stages) {
    process.stdout.write(`\n== ${stage}\n`);
    const result = stage === 'check' ? await runChecks([]) : await runProject(stage, folder);
    sum.passed += result.passed;
    sum.failed += result.failed;
    sum.skips.push(...(result.skips ?? []));
    sum.silent.push(...(result.silent ?? []));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write('\n');
for (const reason of new Set(sum.skips.map(({ meta }) => meta.skipReason))) {
  const tests = sum.skips.filter(({ meta }) => meta.skipReason === reason);
  process.stdout.write(`skipped ${tests.length}, because of ${reason}\n`);
  for (const { fullName, file } of tests) process.stdout.write(`  ${fullName} (${file})\n`);
}
for (const { fullName, file } of sum.silent) {
  process.stdout.write(`FAILED: ${fullName} (${file}) was skipped without a reason; use tests/helpers/skip.ts\n`);
}
if (sum.passed + sum.failed === 0) process.stdout.write('FAILED: no test ran\n');
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skips.length} skipped\n`);
