// How many sockets a process has open, and which processes are in its network namespace.
import { readdirSync, readlinkSync } from 'node:fs';

/** Undefined for what is gone by now: a descriptor of the listing itself, a process that ended meanwhile. */
const linkAt = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

export const countOpenSockets = (pid: number | 'self' = 'self'): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => linkAt(`/proc/${pid}/fd/${fd}`)?.startsWith('socket:') === true).length;

/** Pids of the others in the network namespace of this process, whoever started them. */
export const processesBeside = (pid: number): number[] => {
  const own = linkAt(`/proc/${pid}/ns/net`);
  return readdirSync('/proc')
    .map(Number)
    .filter((other) => Number.isInteger(other) && other !== pid && linkAt(`/proc/${other}/ns/net`) === own);
};
