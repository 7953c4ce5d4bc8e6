// npm run bpf: compiles src/monitor/bpf/monitor.bpf.c to the object that is committed and shipped. --check: tells whether it is that of its source.
import { buildBpf, staleBpf } from './lib/bpf.mjs';

try {
  if (!process.argv.includes('--check')) await buildBpf();
  const stale = await staleBpf();
  if (stale !== undefined)
    throw new Error(`${stale}: run \`npm run bpf\` (clang-14 and llvm-14) and commit what it writes`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
