// Whether this is a virtual machine or a container, and how that was told: systemd-detect-virt, else what DMI, the CPU and files say.
import { errnoOf, NetError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import type { ConfigFiles, Exec, HostPorts, KernelFiles } from '../model/ports.ts';

export interface Virtualization {
  /** Hypervisor in the words of systemd-detect-virt (kvm, vmware, microsoft, ...); null: none found. */
  hypervisor: string | null;
  /** Container manager (docker, lxc, podman, ...); null: none found. */
  container: string | null;
  method: 'systemd-detect-virt' | 'files';
}

/** DMI vendors and products of virtual machines: text that begins with the first is the second. */
const vendors: readonly (readonly [string, string])[] = [
  ['KVM', 'kvm'],
  ['OpenStack', 'kvm'],
  ['KubeVirt', 'kvm'],
  ['Amazon EC2', 'amazon'],
  ['QEMU', 'qemu'],
  ['VMware', 'vmware'],
  ['VMW', 'vmware'],
  ['innotek GmbH', 'oracle'],
  ['VirtualBox', 'oracle'],
  ['Oracle Corporation', 'oracle'],
  ['Xen', 'xen'],
  ['Bochs', 'bochs'],
  ['Parallels', 'parallels'],
  ['BHYVE', 'bhyve'],
  ['Hyper-V', 'microsoft'],
  ['Apple Virtualization', 'apple'],
  ['Google Compute Engine', 'google'],
];

/** A file of /sys that firmware or rights may withhold counts as not there. */
export const readIfTold = async (kernel: KernelFiles, path: string): Promise<string> => {
  try {
    return ((await kernel.read(path)) ?? '').trim();
  } catch (error) {
    if (error instanceof NetError && errnoOf(error.cause) !== undefined) return '';
    throw error;
  }
};

const hypervisorFromFiles = async (kernel: KernelFiles): Promise<string | null> => {
  const dmi = await Promise.all(
    ['product_name', 'sys_vendor', 'board_vendor', 'bios_vendor', 'product_version'].map((name) =>
      readIfTold(kernel, `/sys/class/dmi/id/${name}`),
    ),
  );
  const known = vendors.find(([start]) => dmi.some((text) => text.startsWith(start)))?.[1];
  if (known !== undefined) return known;
  const [product = '', vendor = ''] = dmi;
  if (vendor === 'Microsoft Corporation' && product === 'Virtual Machine') return 'microsoft';
  const [type, tree, cpu] = await Promise.all([
    readIfTold(kernel, '/sys/hypervisor/type'),
    readIfTold(kernel, '/proc/device-tree/hypervisor/compatible'),
    readIfTold(kernel, '/proc/cpuinfo'),
  ]);
  if (type !== '') return plainText(type, 20);
  if (tree.includes('linux,kvm')) return 'kvm';
  return /^flags\s*:.*\shypervisor(?:\s|$)/m.test(cpu) ? 'vm-other' : null;
};

/** PID 1's own environment is root's; the files are the managers' marks. */
const containerFromFiles = async (files: ConfigFiles, kernel: KernelFiles): Promise<string | null> => {
  const told = files.read('/run/systemd/container')?.trim() ?? '';
  if (told !== '') return plainText(told, 30);
  const release = await readIfTold(kernel, '/proc/sys/kernel/osrelease');
  if (/microsoft|wsl/i.test(release)) return 'wsl';
  const environment = await readIfTold(kernel, '/proc/1/environ');
  const named = environment
    .split('\0')
    .find((word) => word.startsWith('container='))
    ?.slice('container='.length);
  if (named !== undefined && named !== '') return plainText(named, 30);
  if (files.exists('/run/.containerenv')) return 'podman';
  return files.exists('/.dockerenv') ? 'docker' : null;
};

const detect = async (
  { exec }: HostPorts,
  what: '--vm' | '--container',
  signal: AbortSignal,
): Promise<string | null> => {
  const { stdout } = await exec.run({ binary: 'systemd-detect-virt', args: [what], signal });
  const word = plainText(stdout.trim(), 30);
  return word === '' || word === 'none' ? null : word;
};

const detected = async (ports: HostPorts, files: ConfigFiles, signal: AbortSignal): Promise<Virtualization> => {
  if ((await ports.exec.find('systemd-detect-virt')) !== undefined) {
    const [hypervisor, container] = await Promise.all([
      detect(ports, '--vm', signal),
      detect(ports, '--container', signal),
    ]);
    return { hypervisor, container, method: 'systemd-detect-virt' };
  }
  const [hypervisor, container] = await Promise.all([
    hypervisorFromFiles(ports.kernel),
    containerFromFiles(files, ports.kernel),
  ]);
  return { hypervisor, container, method: 'files' };
};

const cache = new WeakMap<Exec, Virtualization>();

/** Told once a process: a host does not move into a virtual machine while it runs. */
export const readVirtualization = async (
  ports: HostPorts,
  files: ConfigFiles,
  signal: AbortSignal,
): Promise<Virtualization> => {
  const found = cache.get(ports.exec) ?? (await detected(ports, files, signal));
  cache.set(ports.exec, found);
  return found;
};
