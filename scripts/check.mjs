// `npm run check [-- NAME...]`: format, lint, types, import arrows, dead code, generated files, package. Runs all of them, then says what failed.
import { build } from './build.mjs';
import { runChecks } from './lib/checks.mjs';
import { ensureNodePackages } from './lib/node-packages.mjs';

try {
  await ensureNodePackages();
  // What does not compile still gets its other faults named.
  const built = await build({ onlyWhenStale: true }).then(
    () => true,
    (error) => {
      process.stdout.write(`FAILED build\n${error.message}\n`);
      return false;
    },
  );
  const { passed, failed: failedChecks } = await runChecks(process.argv.slice(2));
  const failed = failedChecks + (built ? 0 : 1);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
