// Processor time that `serve --history` takes while nobody asks it anything: node bench/history.ts [SECONDS] [INTERFACES]
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const product = fileURLToPath(new URL('../tests/e2e/product-with-test-tools.ts', import.meta.url));
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Seconds of processor time of all threads: fields 14 and 15 of /proc/PID/stat. */
const processorSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
};

/** Percent of one processor over some seconds, after the start has settled. */
const measure = async (namespace: string, seconds: number, args: readonly string[]): Promise<number> => {
  const command = ['netns', 'exec', namespace, process.execPath, product, 'serve', ...args];
  const server = spawn('ip', command, { stdio: ['pipe', 'ignore', 'inherit'] });
  try {
    await sleep(4000);
    const before = processorSeconds(server.pid ?? 0);
    await sleep(seconds * 1000);
    return ((processorSeconds(server.pid ?? 0) - before) / seconds) * 100;
  } finally {
    server.kill();
  }
};

const [seconds = 60, interfaces = 50] = process.argv.slice(2).map(Number);
const namespace = `netmcp-bench-${process.pid}`;
execFileSync('ip', ['netns', 'add', namespace]);
try {
  const pairs = `for n in $(seq ${Math.ceil(interfaces / 2)}); do
    ip link add "s$n" type veth peer name "t$n"; ip link set "s$n" up; ip link set "t$n" up; done`;
  execFileSync('ip', ['netns', 'exec', namespace, 'sh', '-ec', pairs]);
  const [off, on] = await Promise.all([measure(namespace, seconds, []), measure(namespace, seconds, ['--history'])]);
  process.stdout.write(
    `serve: ${off.toFixed(2)} % of a processor; serve --history with ${interfaces} interfaces: ${on.toFixed(2)} %; over ${seconds} s\n`,
  );
} finally {
  execFileSync('ip', ['netns', 'del', namespace]);
}
