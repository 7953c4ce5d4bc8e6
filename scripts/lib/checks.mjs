// What `npm run check` checks, and the runner that `npm test` shares with it.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { developmentNode, repository } from './paths.mjs';
import { run } from './processes.mjs';

const tool = (...path) => [developmentNode(), join(repository, 'node_modules', ...path)];

/** Asked for when they run: set-up may only just have brought the Node that runs them. */
const commands = () => ({
  format: [...tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  lint: [...tool('eslint', 'bin', 'eslint.js'), '--max-warnings', '0', '.'],
  types: [...tool('typescript', 'bin', 'tsc'), '-p', '.', '--noEmit'],
  'engine types': [...tool('typescript', 'bin', 'tsc'), ...['-p', join('src', 'capture', 'engine', 'assembly')]],
  boundaries: [
    ...tool('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
    ...['--config', '.dependency-cruiser.mjs', '--output-type', 'err-long', 'src'],
  ],
  'dead code': tool('knip', 'bin', 'knip.js'),
  'generated files are fresh': [developmentNode(), join(repository, 'scripts', 'generate-docs.mjs'), '--check'],
  'bpf object is fresh': [developmentNode(), join(repository, 'scripts', 'build-bpf.mjs'), '--check'],
  package: [...tool('publint', 'src', 'cli.js'), '--strict'],
});

/** Runs the named checks (all when none is named), as many at a time as there are cores. */
export async function runChecks(names) {
  const checks = commands();
  const wanted = names.length === 0 ? Object.keys(checks) : names;
  const unknown = wanted.filter((name) => checks[name] === undefined);
  if (unknown.length > 0)
    throw new Error(`no such check: ${unknown.join(', ')}. There are: ${Object.keys(checks).join(', ')}`);
  const waiting = [...wanted];
  const failed = [];
  async function worker() {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const started = performance.now();
      const { code, output } = await run(checks[name], { capture: true });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} check: ${name} (${seconds} s)\n`);
      if (code === 0) continue;
      failed.push(name);
      process.stdout.write(`${output.trim()}\n`);
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return { passed: wanted.length - failed.length, failed: failed.length };
}
