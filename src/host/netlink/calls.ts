// The libc calls behind a NETLINK_ROUTE socket, run beside the event loop, since the kernel may have to wait for its routing lock. koffi is loaded on
// first use.
import { NetError } from '../../model/errors.ts';
import { libcSockets } from '../libc-sockets.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const EINTR = 4;
const ENOBUFS = 105;
/** An answer is there when the request returns; this only ends what would wait for ever. */
const receiveTimeoutS = 5n;

type Asynchronous = (...args: unknown[]) => void;

export interface NetlinkCalls {
  /** A socket of this process's network namespace. */
  open(): number;
  close(fd: number): void;
  send(fd: number, bytes: Buffer): Promise<void>;
  receive(fd: number, into: Buffer): Promise<number>;
}

const failed = (call: string, errno: number): NetError =>
  new NetError(
    'missing_kernel_feature',
    `The kernel’s routing interface (rtnetlink) is out of reach: ${call} failed with errno ${errno}.`,
    'Allow AF_NETLINK sockets in the sandbox that netmcp runs in (systemd: RestrictAddressFamilies=).',
    { details: { errno } },
  );

const load = (): NetlinkCalls => {
  const { koffi, libc, socket, close, setsockopt, sendto } = libcSockets();
  const recv = libc.func('int64_t recv(int fd, void *into, size_t length, int flags)');
  const kernel = Buffer.alloc(12);
  kernel.writeUInt16LE(AF_NETLINK, 0);

  /** The result, or the errno negated. */
  const beside = (call: { async: Asynchronous }, ...args: unknown[]): Promise<number> =>
    new Promise((resolve, reject) => {
      call.async(...args, (error: unknown, value: unknown) => {
        if (error instanceof Error) reject(error);
        else resolve(Number(value) < 0 ? -koffi.errno() : Number(value));
      });
    });

  return {
    open() {
      const fd = Number(socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE));
      if (fd < 0) throw failed('socket', koffi.errno());
      const timeout = Buffer.alloc(16);
      timeout.writeBigInt64LE(receiveTimeoutS);
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length);
      const on = Buffer.from([1, 0, 0, 0]);
      // Kernels without them work too, with answers that say less.
      for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) {
        setsockopt(fd, SOL_NETLINK, option, on, on.length);
      }
      return fd;
    },
    close(fd) {
      close(fd);
    },
    async send(fd, bytes) {
      for (;;) {
        const sent = await beside(sendto, fd, bytes, bytes.length, 0, kernel, kernel.length);
        if (sent >= 0) return;
        if (sent !== -EINTR) throw failed('sendto', -sent);
      }
    },
    async receive(fd, into) {
      for (;;) {
        const got = await beside(recv, fd, into, into.length, 0);
        if (got > 0) return got;
        // 0 is no answer that netlink gives.
        if (got !== -EINTR && got !== -ENOBUFS) throw failed('recv', -got);
      }
    },
  };
};

let loaded: NetlinkCalls | undefined;
export const netlinkCalls = (): NetlinkCalls => (loaded ??= load());
