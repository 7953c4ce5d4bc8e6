// What the kernel's refusal of a BPF call means for whoever asked, and what exactly is missing.
import { readFileSync } from 'node:fs';
import { constants, release } from 'node:os';
import { NetError, type ErrorCode } from '../../model/errors.ts';

const { EPERM, EACCES, EBUSY, EEXIST, ENODEV, ENOMEM, EMFILE, ENFILE } = constants.errno;

/**
 * Bits of linux/capability.h. CAP_PERFMON is for reading packets in place. CAP_SYS_ADMIN stands for both of the others, and is the one there was
 * before Linux 5.8.
 */
const wanted = { CAP_BPF: 39n, CAP_NET_ADMIN: 12n, CAP_PERFMON: 38n } as const;
const wantedBefore = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n } as const;
const sysAdmin = 1n << 21n;

/** As `6.18` compares, in numbers. */
export const kernelAtLeast = (major: number, minor: number): boolean => {
  const [haveMajor = 0, haveMinor = 0] = release().split(/[.-]/).map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
};

/** Names of those that this process lacks for counting by BPF. */
export const missingCapabilities = (): string[] => {
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const stands = (name: string): boolean => name !== 'CAP_NET_ADMIN' && (effective & sysAdmin) !== 0n;
  return Object.entries(kernelAtLeast(5, 8) ? wanted : wantedBefore)
    .filter(([name, bit]) => ((effective >> bit) & 1n) === 0n && !stands(name))
    .map(([name]) => name);
};

/** The initial user namespace maps every uid. */
const inUserNamespace = (): boolean => !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));

const notPermitted = (what: string, cause: Error): NetError => {
  const missing = missingCapabilities();
  const hint =
    missing.length > 0
      ? `Give netmcp ${missing.join(', ')} (systemd: AmbientCapabilities=), or run it as root; counting by nft or /proc needs less.`
      : inUserNamespace()
        ? 'BPF takes its capabilities in the initial user namespace, and this process is in another one. Counting by nft works here.'
        : 'The capabilities are there, so a seccomp filter, a security module or kernel lockdown refuses bpf(2). Counting by nft or /proc works.';
  return new NetError('not_permitted', `${what} is not permitted.`, hint, {
    cause,
    details: { missing_capabilities: missing },
  });
};

/** `errno`: positive. `taken` says what holds the place, for a hook where only one program fits. */
export const refused = (what: string, errno: number, taken?: string): NetError => {
  const name = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
  const cause = new Error(`${what}: ${name}`);
  const make = (code: ErrorCode, message: string, hint: string): NetError =>
    new NetError(code, message, hint, { cause, details: { errno: name } });
  switch (errno) {
    case EPERM:
    case EACCES:
      return notPermitted(what, cause);
    case EBUSY:
    case EEXIST:
      return make(
        'rung_taken',
        `${what} is not possible: ${taken ?? 'another program holds the place'}.`,
        'That program is left as it is. Count by another method.',
      );
    case ENODEV:
      return make('not_found', `${what} is not possible: the interface is gone.`, 'List them with get_interfaces.');
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return make(
        'limit_exceeded',
        `${what} is not possible: too little memory or too many open files (${name}).`,
        'End other work, or count by another method.',
      );
    default:
      return make(
        'missing_kernel_feature',
        `This kernel, driver or interface does not support it: ${what} ended with ${name}.`,
        'Count by another method.',
      );
  }
};
