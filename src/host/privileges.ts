// The capabilities this process has in effect, from /proc/self/status.
import type { KernelFiles } from '../model/ports.ts';

/** Bit numbers of linux/capability.h. */
const bits = { net_admin: 12n, net_raw: 13n, sys_admin: 21n, perfmon: 38n, bpf: 39n } as const;

export type Privileges = Record<keyof typeof bits, boolean>;

export const readPrivileges = async (kernel: KernelFiles): Promise<Privileges> => {
  const status = (await kernel.read('/proc/self/status')) ?? '';
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const has = (bit: bigint): boolean => ((effective >> bit) & 1n) === 1n;
  return {
    net_admin: has(bits.net_admin),
    net_raw: has(bits.net_raw),
    sys_admin: has(bits.sys_admin),
    perfmon: has(bits.perfmon),
    bpf: has(bits.bpf),
  };
};
