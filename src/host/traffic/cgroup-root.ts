// The root of the cgroups (version 2), where it is mounted: here, or where a process that started this one sees it. Nothing is mounted for it: that would
// set the options of the one hierarchy that the host has (cgroup2's nsdelegate and others).
import { open, statfs, type FileHandle } from 'node:fs/promises';
import { errnoOf, fromUnknown, NetError } from '../../model/errors.ts';
import type { KernelFiles } from '../../model/ports.ts';

/** CGROUP2_SUPER_MAGIC of linux/magic.h. */
const cgroup2Magic = 0x63677270;
/** So long a line of parents no process has. */
const mostParents = 64;

/** As /proc/PID/mountinfo has it (proc(5)): octal escapes for spaces and the like. */
export const cgroupRoot = (mountinfo: string): string | undefined => {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (!after.startsWith('cgroup2 ')) continue;
    const [, , , root, place] = before.split(' ');
    if (root === '/' && place !== undefined)
      return place.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
  }
  return undefined;
};

/** Undefined for a process that is gone, and for one that may not be looked at. */
const readOf = async (kernel: KernelFiles, pid: string, file: string): Promise<string | undefined> => {
  try {
    return await kernel.read(`/proc/${pid}/${file}`);
  } catch (error) {
    if (fromUnknown(error).code === 'not_permitted') return undefined;
    throw error;
  }
};

/** This process and those that started it, nearest first; the first of a PID namespace has none before it. */
async function* lineage(kernel: KernelFiles): AsyncGenerator<string> {
  let pid = 'self';
  for (let count = 0; count < mostParents; count += 1) {
    yield pid;
    const [, parent = '0'] = /^PPid:\s*(\d+)$/m.exec((await readOf(kernel, pid, 'status')) ?? '') ?? [];
    if (parent === '0') return;
    pid = parent;
  }
}

/** Undefined where something else lies over it, or where it cannot be opened. */
const opened = async (path: string): Promise<FileHandle | undefined> => {
  let folder: FileHandle;
  try {
    folder = await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
  if ((await statfs(`/proc/self/fd/${folder.fd}`)).type === cgroup2Magic) return folder;
  await folder.close();
  return undefined;
};

/** Its folder, for the caller to close. `ip netns exec` takes the mount away from what it runs, but not from the shell it was called in. */
export const openCgroupRoot = async (kernel: KernelFiles): Promise<FileHandle> => {
  for await (const pid of lineage(kernel)) {
    const place = cgroupRoot((await readOf(kernel, pid, 'mountinfo')) ?? '');
    const folder =
      place === undefined ? undefined : await opened(`${pid === 'self' ? '' : `/proc/${pid}/root`}${place}`);
    if (folder !== undefined) return folder;
  }
  throw new NetError(
    'missing_kernel_feature',
    'No root of a cgroup version 2 hierarchy is mounted here or where netmcp was started from, at which packets could be counted by socket.',
    'Start netmcp where one is mounted (usually at /sys/fs/cgroup); without it sockets are sampled.',
  );
};
