// Which boot and which network namespace this process is in.
import { readFile, stat } from 'node:fs/promises';
import type { Identity } from '../model/ports.ts';
import { native } from './native.ts';
import { createKernelFiles } from './kernel-files.ts';

/**
 * The kernel registers these keys for its initial network namespace only, so their presence tells us where we are. /proc/1/ns/net
 * would not: in a container PID 1 is the container's own, and security modules hide it even from root.
 */
const initialOnlyKey = '/proc/sys/net/core/netdev_budget';

export const readIdentity = async (): Promise<Identity> => {
  const [bootId, namespace, budget, { netnsCookie }] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    stat('/proc/self/ns/net', { bigint: true }),
    createKernelFiles().read(initialOnlyKey),
    native(),
  ]);
  return {
    boot_id: bootId.trim(),
    netns: `net:${namespace.ino}:${netnsCookie()}`,
    initial_netns: budget !== undefined,
  };
};
