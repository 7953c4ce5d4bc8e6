// Sockets that send probes and hear echoes and ICMP errors; the libc calls are loaded on first use.
import { constants } from 'node:os';
import { NetError } from '../model/errors.ts';
import type { IpVersion, ProbeSocket, ProbeSockets } from '../model/probe.ts';
import type { SocketCalls } from './probe-sockets/libc.ts';

const { EACCES, EPERM, EMFILE, ENFILE, ENOBUFS, ENOMEM } = constants.errno;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SO_TIMESTAMPNS = 35;
/** Holds a few thousand small packets: answers to a batch, and requests that wait for a neighbour's address. */
const bufferBytes = 2 * 1024 * 1024;

/** Where these numbers and struct layouts hold: the kernel's generic ones, 64 bits, little endian. */
const architectures = new Set(['x64', 'arm64', 'riscv64', 'loong64']);

const families = {
  4: { domain: 2, icmp: 1, level: 0, receiveErrors: 11, receiveHopLimit: 12, pathMtu: [10, 0], name: 'IPv4' },
  6: { domain: 10, icmp: 58, level: 41, receiveErrors: 25, receiveHopLimit: 51, pathMtu: [23, 1], name: 'IPv6' },
} as const;

type Method = ProbeSocket['method'];

const kinds: Readonly<Record<'icmp' | 'udp', readonly Method[]>> = {
  icmp: ['icmp_datagram', 'icmp_raw'],
  udp: ['udp'],
};

/** Only echo replies pass: type 0 of ICMP (ICMP_FILTER of SOL_RAW), 129 of ICMPv6 (ICMP6_FILTER). */
const filterEchoReplies = (calls: SocketCalls, fd: number, family: IpVersion): void => {
  if (family === 4) {
    calls.setOption(fd, 255, 1, ~1);
    return;
  }
  const blocked = Buffer.alloc(32, 0xff);
  blocked.writeUInt32LE(~(1 << (129 & 31)) >>> 0, (129 >> 5) * 4);
  calls.setOption(fd, families[6].icmp, 1, blocked);
};

const prepare = (calls: SocketCalls, fd: number, family: IpVersion): void => {
  const { level, receiveErrors, receiveHopLimit, pathMtu, name } = families[family];
  const errno = calls.setOption(fd, level, receiveErrors, 1);
  if (errno !== 0) {
    throw new NetError(
      'missing_kernel_feature',
      `The kernel gives no ICMP errors of ${name} to a socket (errno ${errno}).`,
      'Use a Linux kernel with IP_RECVERR; sandboxes such as gVisor may lack it.',
    );
  }
  // Without one of these an answer tells less; nothing else fails.
  calls.setOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  calls.setOption(fd, level, receiveHopLimit, 1);
  calls.setOption(fd, level, pathMtu[0], pathMtu[1]);
  if (calls.setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, bufferBytes) !== 0) {
    calls.setOption(fd, SOL_SOCKET, SO_RCVBUF, bufferBytes);
  }
  if (calls.setOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, bufferBytes) !== 0) {
    calls.setOption(fd, SOL_SOCKET, SO_SNDBUF, bufferBytes);
  }
};

/** A descriptor, or the errno negated. */
const openOne = (calls: SocketCalls, family: IpVersion, method: Method): number => {
  const { domain, icmp } = families[family];
  const type = (method === 'icmp_raw' ? SOCK_RAW : SOCK_DGRAM) | SOCK_NONBLOCK_CLOEXEC;
  const fd = calls.socket(domain, type, method === 'udp' ? 0 : icmp);
  if (fd < 0) return fd;
  try {
    if (method === 'icmp_raw') filterEchoReplies(calls, fd, family);
    prepare(calls, fd, family);
  } catch (error) {
    calls.close(fd);
    throw error;
  }
  return fd;
};

const refusal = (family: IpVersion, errnos: readonly number[]): NetError => {
  const { name } = families[family];
  if (errnos.some((errno) => errno === EACCES || errno === EPERM)) {
    return new NetError(
      'not_permitted',
      `This user may not open an ${name} ping socket: the group is not in net.ipv4.ping_group_range, and CAP_NET_RAW is missing.`,
      "As root: sysctl -w net.ipv4.ping_group_range='0 2147483647' (for both families), or run netmcp as root, or as a service of systemd with AmbientCapabilities=CAP_NET_RAW.",
    );
  }
  if (errnos.some((errno) => [EMFILE, ENFILE, ENOBUFS, ENOMEM].includes(errno))) {
    return new NetError(
      'limit_exceeded',
      `No ${name} socket could be opened: the process or host is out of files or memory (errno ${errnos.join(', ')}).`,
      'Raise the limit (ulimit -n) or end other calls, then call again.',
    );
  }
  return new NetError(
    'missing_kernel_feature',
    `The kernel has no ${name} sockets of this kind (errno ${errnos.join(', ')}).`,
    `Boot a kernel with ${name}, or use the other address family.`,
  );
};

export const createProbeSockets = (): ProbeSockets => ({
  open: async (family, methods) => {
    if (process.platform !== 'linux' || !architectures.has(process.arch)) {
      throw new NetError(
        'unsupported_platform',
        `Probe sockets are not made on ${process.platform} ${process.arch}.`,
        'Use Linux on x64 or arm64.',
      );
    }
    const [{ socketCalls }, { createSocket }] = await Promise.all([
      import('./probe-sockets/libc.ts'),
      import('./probe-sockets/socket.ts'),
    ]);
    const calls = await socketCalls();
    const errnos: number[] = [];
    for (const method of methods.flatMap((wanted) => kinds[wanted])) {
      const fd = openOne(calls, family, method);
      if (fd >= 0) return createSocket({ calls, fd, family, method });
      errnos.push(-fd);
    }
    throw refusal(family, errnos);
  },
});
