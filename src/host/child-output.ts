// Collects what a child writes, counting while it streams: stdout has a hard limit, stderr keeps its first part and says so.
import type { ChildProcess } from 'node:child_process';

/** Bytes of stderr kept: enough for any error text of tc or nft. */
const maxStderrBytes = 64 * 1024;

export interface Collected {
  stdout(): string;
  stderr(): string;
  /** Called once, with the limit, when stdout outgrows it. */
  onOverflow(listener: (limit: number) => void): void;
}

export const collect = (child: ChildProcess, maxStdoutBytes: number): Collected => {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let stdoutBytes = 0;
  let stderrBytes = 0;
  let overflowed: ((limit: number) => void) | undefined;
  child.stdout?.on('data', (chunk: Buffer) => {
    const before = stdoutBytes;
    stdoutBytes += chunk.length;
    if (stdoutBytes <= maxStdoutBytes) stdout.push(chunk);
    else if (before <= maxStdoutBytes) overflowed?.(maxStdoutBytes);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    if (stderrBytes < maxStderrBytes) stderr.push(chunk.subarray(0, maxStderrBytes - stderrBytes));
    stderrBytes += chunk.length;
  });
  return {
    stdout: () => Buffer.concat(stdout).toString('utf8'),
    stderr: () => {
      const text = Buffer.concat(stderr).toString('utf8');
      return stderrBytes > maxStderrBytes ? `${text}\n[cut: ${stderrBytes} bytes in all]` : text;
    },
    onOverflow: (listener) => {
      overflowed = listener;
    },
  };
};
