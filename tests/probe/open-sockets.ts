// How many sockets this process has open.
import { readdirSync, readlinkSync } from 'node:fs';

const isSocket = (fd: string): boolean => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    // The descriptor of the listing itself is gone by now.
    return false;
  }
};

export const countOpenSockets = (): number => readdirSync('/proc/self/fd').filter(isSocket).length;
