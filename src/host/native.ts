// The libc calls that Node lacks: flock(2), pipe2(2), and SO_NETNS_COOKIE of a socket. Loaded on first use.
import { NetError } from '../model/errors.ts';

export interface Native {
  /** Takes the lock without waiting; false when somebody else holds it. Closing the last copy of the descriptor frees it. */
  tryLock: (fd: number) => boolean;
  /** Both ends of a new pipe, closed in every program this process starts unless passed on. The caller closes them. */
  pipe: () => { readFd: number; writeFd: number };
  /** Cookie of this process's network namespace, never reused within a boot; 0 before Linux 5.14. */
  netnsCookie: () => bigint;
}

// The generic values, valid on x64 and arm64.
const LOCK_EX = 2;
const LOCK_NB = 4;
const AF_UNIX = 1;
const O_CLOEXEC = 0o2000000;
const SOCK_DGRAM_CLOEXEC = 2 | O_CLOEXEC;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;

const load = async (): Promise<Native> => {
  const koffi = (await import('./koffi.ts')).loadKoffi();
  const libc = koffi.load(null);
  const flock = libc.func('int flock(int fd, int operation)');
  const socket = libc.func('int socket(int domain, int type, int protocol)');
  const pipe2 = libc.func('int pipe2(_Out_ int *fds, int flags)');
  const close = libc.func('int close(int fd)');
  const getsockopt = libc.func(
    'int getsockopt(int fd, int level, int name, _Out_ uint64_t *value, _Inout_ uint32_t *length)',
  );
  const { EAGAIN, EINTR, ENOPROTOOPT } = koffi.os.errno;
  const failed = (call: string): NetError =>
    new NetError('internal', `${call} failed with errno ${koffi.errno()}.`, 'Report it with the kernel version.');

  return {
    tryLock(fd) {
      for (;;) {
        if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
        const errno = koffi.errno();
        if (errno === EAGAIN) return false;
        if (errno !== EINTR) throw failed('flock');
      }
    },
    pipe() {
      const ends: unknown[] = [-1, -1];
      if (pipe2(ends, O_CLOEXEC) !== 0) throw failed('pipe2');
      const [readFd, writeFd] = ends;
      if (typeof readFd !== 'number' || typeof writeFd !== 'number') throw failed('pipe2');
      return { readFd, writeFd };
    },
    netnsCookie() {
      const fd: unknown = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
      if (typeof fd !== 'number' || fd < 0) throw failed('socket');
      try {
        const value: unknown[] = [0];
        if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, value, [8]) === 0) return BigInt(String(value[0]));
        if (koffi.errno() === ENOPROTOOPT) return 0n;
        throw failed('getsockopt(SO_NETNS_COOKIE)');
      } finally {
        close(fd);
      }
    },
  };
};

let loaded: Promise<Native> | undefined;

export const native = (): Promise<Native> => (loaded ??= load());
