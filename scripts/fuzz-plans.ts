// npm run fuzz -- plans [COUNT]: the property tests of generated plans with more plans than an ordinary run makes.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..');
const vitest = resolve(repository, 'node_modules', 'vitest', 'vitest.mjs');

/** Gives the exit status. */
export const fuzzPlans = (count: number, seed: number): Promise<number> => {
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', 'kernel', 'tests/contract/generated-plans.test.ts'],
    {
      cwd: repository,
      stdio: 'inherit',
      env: { ...process.env, NETMCP_FUZZ_PLANS: String(count), NETMCP_FUZZ_SEED: String(seed) },
    },
  );
  return new Promise((end) => {
    child.on('exit', (code) => {
      end(code ?? 1);
    });
  });
};
