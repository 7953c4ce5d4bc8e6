// npm run fuzz: the property tests of generated plans with more plans than an ordinary run makes (20,000 unless a number is given).
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..');
const plans = process.argv[2] ?? '20000';
if (!/^[1-9][0-9]{0,6}$/.test(plans)) {
  process.stderr.write(`usage: npm run fuzz [-- PLANS], not ${JSON.stringify(plans)}\n`);
  process.exit(2);
}
const vitest = resolve(repository, 'node_modules', 'vitest', 'vitest.mjs');
// Another seed each time, unless one is given to repeat what was found.
const seed = process.env['NETMCP_FUZZ_SEED'] ?? String(Date.now() % 1_000_000_000);
process.stdout.write(`NETMCP_FUZZ_SEED=${seed}\n`);
const child = spawn(
  process.execPath,
  [vitest, 'run', '--project', 'kernel', 'tests/contract/generated-plans.test.ts'],
  {
    cwd: repository,
    stdio: 'inherit',
    env: { ...process.env, NETMCP_FUZZ_PLANS: plans, NETMCP_FUZZ_SEED: seed },
  },
);
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
