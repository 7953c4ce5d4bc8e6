// The command of a live capture. tcpdump writes to standard output, which is our file, so that it needs no right to our directory;
// prlimit and timeout bound it even when this process is killed.
import type { LiveCaptureRequest } from '../../model/live-capture.ts';

/** Seconds after its time is up until tcpdump is killed instead of asked to end. */
export const graceSeconds = 5;

/** Arguments of prlimit. tcpdump started by root drops to a user of its own once the socket is open. */
export const captureArguments = (request: LiveCaptureRequest): string[] => {
  const { iface, durationSeconds, maxPackets, maxBytes, snaplen, filter, promiscuous } = request;
  return [
    // The kernel ends whoever writes beyond it; without a core file.
    `--fsize=${maxBytes}`,
    '--core=0',
    '--',
    ...['timeout', '-s', 'INT', '-k', String(graceSeconds), String(durationSeconds)],
    // A packet is taken from the kernel at once and is in the file then (-U), so that an end loses none; 16 MiB for bursts.
    ...['tcpdump', '-n', '--immediate-mode', '-U', '-B', '16384', '-i', iface, '-s', String(snaplen), '-w', '-'],
    ...(promiscuous ? [] : ['-p']),
    ...(maxPackets === undefined ? [] : ['-c', String(maxPackets)]),
    ...(filter === undefined ? [] : ['--', filter]),
  ];
};
