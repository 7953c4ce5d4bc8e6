// What the BPF tests need of the kernel they run on.
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { loadDirection } from '../../src/host/bpf/monitor-programs.ts';
import { cgroupRoot } from '../../src/host/traffic/cgroup-root.ts';
import { fromUnknown } from '../../src/model/errors.ts';
import type { Feature } from '../helpers/skip.ts';

/** Root outside of user namespaces may load programs, unless the kernel has none. */
const maybe = (): boolean =>
  process.getuid?.() === 0 && /^\s*0\s+0\s+4294967295/.test(readFileSync('/proc/self/uid_map', 'utf8'));

export const bpfFeature: Feature = {
  name: 'BPF programs',
  probe: async () => {
    try {
      (await loadDirection({ hook: 'tc', direction: 'incoming', talkers: 'none' })).close();
      return undefined;
    } catch (error) {
      return fromUnknown(error).message;
    }
  },
  evidence: () => (maybe() && kernelAtLeast(5, 8) ? 'this is root on a kernel that has them' : undefined),
};

const kernelAtLeast = (major: number, minor: number): boolean => {
  const [haveMajor = 0, haveMinor = 0] = release().split(/[.-]/).map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
};

/** Linux 6.6; older kernels have clsact in its place. */
export const tcxFeature: Feature = {
  name: 'tcx',
  probe: async () => (kernelAtLeast(6, 6) ? undefined : `Linux ${release()} is older than 6.6`),
  evidence: () => undefined,
};

export const cgroupFeature: Feature = {
  name: 'cgroup version 2',
  probe: async () =>
    readFileSync('/proc/filesystems', 'utf8').includes('cgroup2') ? undefined : 'this kernel has no cgroup2',
  evidence: () => undefined,
};

/** Where the tests run, and not only in the kernel. */
export const mountedCgroupFeature: Feature = {
  name: 'cgroup version 2, mounted',
  probe: async () =>
    cgroupRoot(readFileSync('/proc/self/mountinfo', 'utf8')) === undefined ? 'no cgroup2 is mounted here' : undefined,
  evidence: () => undefined,
};
