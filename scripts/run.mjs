// `npm test`, `npm run demo | bench | faults | fuzz | lab`: makes the clone ready, then starts the real thing with the development Node.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { developmentNode, repository } from './lib/paths.mjs';
import { run } from './lib/processes.mjs';
import { ensureLabKernel } from './lib/system-packages.mjs';
import { inPrivateNamespaces, mayMakeNamespaces } from './lib/unprivileged.mjs';

/** What to start; `lab`: it boots the lab, whose kernel must be fetched while there still is a network; `host`: it needs no network namespace. */
const targets = {
  test: { file: 'scripts/test.mjs', lab: true },
  demo: { file: 'scripts/demo.ts' },
  bench: { file: 'bench/main.ts' },
  'bench:capture': { file: 'bench/capture/main.ts', host: true },
  'bench:monitor': { file: 'bench/monitor/main.ts' },
  faults: { file: 'tests/faults/main.ts' },
  fuzz: { file: 'scripts/fuzz.ts' },
  lab: { file: 'lab/main.ts', lab: true, host: true },
};

async function main([name, ...rest]) {
  const target = targets[name];
  if (target === undefined) {
    process.stderr.write(`Usage: node scripts/run.mjs ${Object.keys(targets).join(' | ')} [arguments]\n`);
    return 2;
  }
  if (!existsSync(join(repository, target.file))) {
    process.stderr.write(`${target.file} is missing from this clone\n`);
    return 1;
  }
  if (!(await bootstrap())) return 1;
  if (target.lab === true) {
    const obstacle = await ensureLabKernel(join(repository, 'lab', 'prepare-kernel.sh'));
    if (obstacle !== undefined) process.stderr.write(`The lab's kernel could not be prepared: ${obstacle}\n`);
  }
  const argv = [developmentNode(), join(repository, target.file), ...rest];
  const isolate = process.platform === 'linux' && target.host !== true && !(await mayMakeNamespaces());
  const command = isolate ? await inPrivateNamespaces(argv) : argv;
  if (command === undefined) return 1;
  return (await run(command, { stdin: 'inherit' })).code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
