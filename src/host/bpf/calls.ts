// The calls of the kernel that BPF needs and Node lacks: bpf(2), membarrier(2), the memlock limit. Loaded on first use.
import { type NetError, NetError as Failure } from '../../model/errors.ts';
import { loadKoffi } from '../koffi.ts';

export interface BpfCalls {
  /**
   * What bpf(2) answers (a descriptor, closed in programs this process starts, or 0), or the errno negated. `attributes` is union bpf_attr,
   * `pointedTo` the buffers whose addresses are in it, so that they are alive until the call is over.
   */
  bpf(command: number, attributes: Buffer, ...pointedTo: Buffer[]): number;
  /** The same in another thread, for what takes the kernel milliseconds. */
  bpfAside(command: number, attributes: Buffer, ...pointedTo: Buffer[]): Promise<number>;
  /** Where a buffer is, for a pointer in `attributes`. */
  address(buffer: Buffer): bigint;
  close(fd: number): void;
  /** Resolves once every program that ran when it was called is over (RCU); false where the kernel cannot tell. Blocks nothing. */
  allProgramsOver(): Promise<boolean>;
  /** Raises this process's own limit of locked memory as far as it may, which kernels before 5.11 count maps against. */
  raiseMemoryLimit(): void;
  /** `ARPHRD_` of an interface of this network namespace (linux/if_arp.h), and its name; undefined when there is none. */
  interfaceType(index: number): { name: string; type: number } | undefined;
}

/** bpf and membarrier, by process.arch. */
const numbers: Readonly<Record<string, { bpf: number; membarrier: number }>> = {
  x64: { bpf: 321, membarrier: 324 },
  arm64: { bpf: 280, membarrier: 283 },
};

const MEMBARRIER_CMD_GLOBAL = 1;
const RLIMIT_MEMLOCK = 8;
const wantedMemory = 512n * 1024n * 1024n;
const SIOCGIFNAME = 0x8910;
const SIOCGIFHWADDR = 0x8927;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const ifreqBytes = 40;
const nameBytes = 16;

const unsupported = (): NetError =>
  new Failure(
    'missing_kernel_feature',
    `This processor (${process.arch}) is none that netmcp counts by BPF on.`,
    'BPF works on x64 and arm64; the other ways of counting work here too.',
  );

const load = (): BpfCalls => {
  const number = numbers[process.arch];
  if (number === undefined || process.platform !== 'linux') throw unsupported();
  const koffi = loadKoffi();
  const libc = koffi.load(null);
  const bpf = libc.func('int64_t syscall(int64_t number, int command, void *attributes, uint64_t size)');
  const membarrier = libc.func('int64_t syscall(int64_t number, int command, uint32_t flags, int cpu)');
  const close = libc.func('int close(int fd)');
  const getrlimit = libc.func('int getrlimit(int resource, void *limit)');
  const setrlimit = libc.func('int setrlimit(int resource, void *limit)');
  const socket = libc.func('int socket(int domain, int type, int protocol)');
  const ioctl = libc.func('int ioctl(int fd, uint64_t request, void *argument)');

  const alive: { buffers: readonly Buffer[] } = { buffers: [] };

  return {
    bpf(command, attributes, ...pointedTo) {
      const answer = Number(bpf(number.bpf, command, attributes, attributes.length));
      alive.buffers = pointedTo;
      return answer < 0 ? -koffi.errno() : answer;
    },
    bpfAside: (command, attributes, ...pointedTo) =>
      new Promise((resolve, reject) => {
        bpf.async(number.bpf, command, attributes, attributes.length, (error: unknown, answer: unknown) => {
          // First of all: it is the call's errno only until something else is called.
          const errno = koffi.errno();
          alive.buffers = [attributes, ...pointedTo];
          if (error instanceof Error) reject(error);
          else resolve(Number(answer) < 0 ? -errno : Number(answer));
        });
      }),
    address: (buffer) => koffi.address(buffer),
    close(fd) {
      close(fd);
    },
    allProgramsOver: () =>
      new Promise((resolve, reject) => {
        membarrier.async(number.membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0, (error: unknown, answer: unknown) => {
          if (error instanceof Error) reject(error);
          else resolve(Number(answer) === 0);
        });
      }),
    raiseMemoryLimit() {
      const limit = Buffer.alloc(16);
      if (getrlimit(RLIMIT_MEMLOCK, limit) !== 0) return;
      const hard = limit.readBigUInt64LE(8);
      // What may not be raised is raised to what is allowed.
      for (const most of hard < wantedMemory ? [wantedMemory, hard] : [hard]) {
        limit.writeBigUInt64LE(most, 0);
        limit.writeBigUInt64LE(most, 8);
        if (setrlimit(RLIMIT_MEMLOCK, limit) === 0) return;
      }
    },
    interfaceType(index) {
      const fd = Number(socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0));
      if (fd < 0) return undefined;
      try {
        const request = Buffer.alloc(ifreqBytes);
        request.writeInt32LE(index, nameBytes);
        if (ioctl(fd, SIOCGIFNAME, request) !== 0) return undefined;
        const name = request.toString('latin1', 0, request.indexOf(0));
        if (ioctl(fd, SIOCGIFHWADDR, request) !== 0) return undefined;
        return { name, type: request.readUInt16LE(nameBytes) };
      } finally {
        close(fd);
      }
    },
  };
};

let loaded: BpfCalls | undefined;

export const bpfCalls = async (): Promise<BpfCalls> => (loaded ??= load());
