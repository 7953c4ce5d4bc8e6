// npm run faults: the fault tests with more random kills than an ordinary run makes (1,000 unless a number is given).
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..', '..');
const rounds = process.argv[2] ?? '1000';
if (!/^[1-9][0-9]{0,5}$/.test(rounds)) {
  process.stderr.write(`usage: npm run faults [-- ROUNDS], not ${JSON.stringify(rounds)}\n`);
  process.exit(2);
}
const vitest = resolve(repository, 'node_modules', 'vitest', 'vitest.mjs');
const child = spawn(process.execPath, [vitest, 'run', '--project', 'kernel', 'tests/faults'], {
  cwd: repository,
  stdio: 'inherit',
  env: { ...process.env, NETMCP_FAULT_ROUNDS: rounds },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
