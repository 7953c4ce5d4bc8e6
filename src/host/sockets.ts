// The TCP and UDP sockets of this network namespace, by one `ss`: the kernel's sock_diag, both families, every state.
import { NetError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import type { Exec } from '../model/ports.ts';
import { parseSocketLine, type Socket } from './sockets-text.ts';

/** A socket takes about 130 bytes, with tcp_info 900. */
const maxOutputBytes = 96 * 1024 * 1024;

export interface SocketsRequest {
  /** Also what the kernel measured of each TCP connection. */
  tcpInfo: boolean;
  signal: AbortSignal;
  /** Called when ss runs: other work can be done meanwhile. */
  onStarted?: () => void;
}

/** Throws missing_binary without iproute2. */
export const readSockets = async (exec: Exec, { tcpInfo, signal, onStarted }: SocketsRequest): Promise<Socket[]> => {
  // -O keeps a socket on one line; -p is left out on purpose: in its text a process name can forge pids.
  const { code, stdout, stderr } = await exec.run({
    binary: 'ss',
    args: ['-H', '-n', '-t', '-u', '-e', '-O', ...(tcpInfo ? ['-i'] : []), 'state', 'all'],
    maxOutputBytes,
    signal,
    onSpawn: async () => onStarted?.(),
  });
  if (code !== 0) {
    throw new NetError(
      'step_failed',
      `ss could not list the sockets: ${plainText(stderr.trim(), 300)}`,
      'Run `ss -tun state all` to see why; its package is iproute2.',
    );
  }
  return stdout.split('\n').flatMap((line) => parseSocketLine(line) ?? []);
};
