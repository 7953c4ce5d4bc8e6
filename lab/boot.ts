// Boots the lab: Debian's stock kernel under QEMU on this machine's own root, read-only, and streams what its suite reports.
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

const repository = resolve(import.meta.dirname, '..');

const labReport = z.strictObject({
  name: z.string(),
  status: z.enum(['passed', 'failed', 'skipped']),
  /** Why it failed or was skipped; empty when it passed. */
  detail: z.string(),
  duration_ms: z.number(),
});

/** One checked statement of the suite. */
export type LabReport = z.infer<typeof labReport>;

interface LabRun {
  readonly reports: readonly LabReport[];
  /** The suite's own exit code; undefined when the lab stopped before it ended. */
  readonly exitCode: number | undefined;
  /** Everything else that the console said, for a person who looks for the cause. */
  readonly console: string;
  readonly seconds: number;
}

/** Why the lab cannot run on this machine, with the fix; undefined when it can. */
function labObstacle(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `the lab boots an x64 kernel on an x64 Linux root; this is ${process.platform} ${process.arch}`;
  }
  const missing = [
    ['/usr/bin/qemu-system-x86_64', 'qemu-system-x86'],
    ['/bin/busybox', 'busybox-static'],
    ['/usr/bin/cpio', 'cpio'],
    ['/usr/bin/apt-get', 'apt'],
  ].filter(([path]) => path !== undefined && !existsSync(path));
  if (missing.length === 0) return undefined;
  return `the lab needs ${missing.map(([path]) => path).join(', ')}: apt-get install -y ${missing.map(([, name]) => name).join(' ')}`;
}

/** The folder with the lab's kernel, downloaded the first time. Rejects with what apt said when the package cannot be had. */
async function prepareKernel(): Promise<string> {
  const { stdout } = await promisify(execFile)(resolve(import.meta.dirname, 'prepare-kernel.sh'));
  return stdout.trim();
}

/** Like labObstacle, and also tries to get the kernel. */
export async function kernelObstacle(): Promise<string | undefined> {
  const obstacle = labObstacle();
  if (obstacle !== undefined) return obstacle;
  return prepareKernel().then(
    () => undefined,
    (error: unknown) => {
      const cannotBeHad = error instanceof Error && 'code' in error && error.code === 3;
      if (!cannotBeHad) throw error;
      return error.message;
    },
  );
}

/**
 * Runs `suite` (a path relative to the repository, without blanks) as the lab's only program and powers the lab off.
 * The lab is killed after `timeoutMs`; what it reported until then is kept.
 */
export async function runInLab(
  suite: string,
  timeoutMs: number,
  onReport: (report: LabReport) => void,
): Promise<LabRun> {
  if (!/^[\w./-]+$/.test(suite))
    throw new Error(`the suite's path may hold letters, digits, dots and slashes: ${suite}`);
  const kernel = await prepareKernel();
  const started = performance.now();
  const lab = spawn('qemu-system-x86_64', qemuArguments(kernel, suite), {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<void>((done, failed) => {
    lab.once('error', failed);
    lab.once('close', () => {
      done();
    });
  });
  const reports: LabReport[] = [];
  const noise: string[] = [];
  let exitCode: number | undefined;
  lab.stderr.setEncoding('utf8').on('data', (text: string) => noise.push(text));
  createInterface({ input: lab.stdout }).on('line', (line) => {
    // Firmware and kernel may leave control codes at the start of a line.
    const report = /LAB (\{.*\})\s*$/.exec(line)?.[1];
    const exit = /LAB-EXIT (\d+)/.exec(line)?.[1];
    if (report !== undefined) {
      const parsed = labReport.parse(JSON.parse(report));
      reports.push(parsed);
      onReport(parsed);
    } else if (exit !== undefined) exitCode = Number(exit);
    else noise.push(line);
  });
  await ended;
  const seconds = (performance.now() - started) / 1000;
  if (lab.signalCode === 'SIGKILL') noise.push(`the lab was stopped after ${timeoutMs / 1000} s`);
  return { reports, exitCode, console: noise.join('\n').slice(-8_000), seconds };
}

function qemuArguments(kernel: string, suite: string): string[] {
  // A comma inside a QEMU option value is written twice.
  const share = (path: string, tag: string): string[] => [
    '-virtfs',
    `local,path=${path.replaceAll(',', ',,')},mount_tag=${tag},security_model=none,readonly=on,multidevs=remap`,
  ];
  return [
    ...['-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2048'],
    ...['-nographic', '-no-reboot', '-nic', 'none'],
    ...['-kernel', `${kernel}/vmlinuz`, '-initrd', `${kernel}/initrd.gz`],
    ...['-append', `console=ttyS0 quiet panic=-1 lab_suite=${suite}`],
    ...share('/', 'host'),
    ...share(repository, 'repo'),
    ...share(`${kernel}/root/lib/modules`, 'mods'),
  ];
}
