// The real host behind the ports: what the product runs with, in one call.
import type { HostPorts, Log } from '../model/ports.ts';
import { createClock } from './clock.ts';
import { createExec } from './exec.ts';
import { createKernelFiles } from './kernel-files.ts';

export const createHostPorts = (log: Log): HostPorts => ({
  exec: createExec(undefined, (message) => {
    log.debug(message);
  }),
  kernel: createKernelFiles(),
  clock: createClock(),
  log,
});
