// Whether the clock is synchronised, by whom and how well: the daemon that runs, what it tells, and what the kernel says.
import { NetError } from '../model/errors.ts';
import type { ConfigFiles, HostPorts } from '../model/ports.ts';
import { runningDaemons } from './managers-processes.ts';
import { readKernelClock, type KernelClock } from './time-sync-kernel.ts';
import { parseTimedatectl, parseTracking, type Tracking } from './time-sync-text.ts';

/** Services by the name of their process, the surest first. */
const services: readonly (readonly [string, string])[] = [
  ['chronyd', 'chrony'],
  ['systemd-timesyn', 'systemd-timesyncd'],
  ['ntpd', 'ntpd'],
  ['openntpd', 'openntpd'],
  ['ptp4l', 'linuxptp'],
  ['phc2sys', 'linuxptp'],
  ['VBoxService', 'VirtualBox guest additions'],
  ['vmtoolsd', 'VMware tools'],
];

export interface TimeSync {
  /** Null: nothing told it. */
  synchronized: boolean | null;
  service: string | null;
  source: string | null;
  stratum: number | null;
  /** How far this clock is behind its source (negative: ahead). */
  offset_ms: number | null;
  max_error_ms: number | null;
  method: string;
}

/** A daemon that does not answer tells nothing; that must not cost the whole answer. */
const output = async (
  { exec }: HostPorts,
  binary: 'chronyc' | 'timedatectl',
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> => {
  if ((await exec.find(binary)) === undefined) return '';
  try {
    const { code, stdout } = await exec.run({ binary, args, timeoutMs: 2000, signal });
    return code === 0 ? stdout : '';
  } catch (error) {
    if (error instanceof NetError && error.code === 'timeout') return '';
    throw error;
  }
};

const withTracking = (tracking: Tracking, kernel: KernelClock | null): TimeSync => ({
  ...tracking,
  service: 'chrony',
  max_error_ms: kernel?.max_error_ms ?? null,
  method: 'chronyc tracking',
});

interface TimeSyncRequest {
  signal: AbortSignal;
  /** The kernel's own word, and where processes are; others in tests. */
  readClock?: () => Promise<KernelClock | null>;
  proc?: string;
}

export const readTimeSync = async (
  ports: HostPorts,
  files: ConfigFiles,
  { signal, readClock = readKernelClock, proc = '/proc' }: TimeSyncRequest,
): Promise<TimeSync> => {
  const running = runningDaemons(new Set(services.map(([process]) => process)), proc);
  const kernel = await readClock();
  const service = services.find(([process]) => running.has(process))?.[1] ?? null;
  if (service === 'chrony') {
    const tracking = parseTracking(await output(ports, 'chronyc', ['-n', '-c', 'tracking'], signal));
    if (tracking !== null) return withTracking(tracking, kernel);
  }
  const unknown = { service, source: null, stratum: null, offset_ms: null };
  if (kernel !== null) {
    // Of a clock that nobody disciplines the kernel says 16 s, whatever is true.
    const max_error_ms = kernel.synchronized ? kernel.max_error_ms : null;
    return { ...unknown, synchronized: kernel.synchronized, max_error_ms, method: 'adjtimex' };
  }
  const isSystemd = files.exists('/run/systemd/system');
  const told = isSystemd ? parseTimedatectl(await output(ports, 'timedatectl', ['show'], signal)) : null;
  return { ...unknown, synchronized: told, max_error_ms: null, method: told === null ? 'none' : 'timedatectl' };
};
