// The calls of libc that every socket outside Node's own needs, declared once.
import { loadKoffi } from './koffi.ts';

export const libcSockets = () => {
  const koffi = loadKoffi();
  const libc = koffi.load(null);
  return {
    koffi,
    libc,
    socket: libc.func('int socket(int domain, int type, int protocol)'),
    close: libc.func('int close(int fd)'),
    setsockopt: libc.func('int setsockopt(int fd, int level, int name, void *value, uint32_t length)'),
    sendto: libc.func('int64_t sendto(int fd, void *data, size_t length, int flags, void *to, uint32_t toLength)'),
  };
};
