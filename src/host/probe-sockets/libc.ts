// The socket calls of libc that Node lacks: datagrams with control messages and the error queue. Loaded on first use.
import { libcSockets } from '../libc-sockets.ts';

/** What one recvmsg gave; valid until the next one. */
export interface Message {
  data: Buffer;
  /** The socket address that came with it, empty when there was none. */
  name: Buffer;
  control: Buffer;
}

export interface SocketCalls {
  /** A descriptor, or the errno negated. */
  socket(domain: number, type: number, protocol: number): number;
  close(fd: number): void;
  /** 0, or the errno. */
  setOption(fd: number, level: number, name: number, value: number | Buffer): number;
  /** 0, or the errno. Never blocks. */
  sendTo(fd: number, data: Buffer, to: Buffer): number;
  /** A message, or the errno. Never blocks. */
  receive(fd: number, queue: 'data' | 'errors'): Message | number;
  /** CLOCK_REALTIME in milliseconds since `baseSeconds`, which keeps fractions of a microsecond. */
  nowMs(): number;
  /** Seconds since the epoch at which `nowMs` is 0. */
  readonly baseSeconds: bigint;
  /** 0 when there is none. */
  interfaceIndex(name: string): number;
  interfaceName(index: number): string | undefined;
  /** Calls when there may be something to receive, errors included; gives what ends it, to be called before `close`. */
  watch(fd: number, ready: () => void): () => void;
}

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_ERRQUEUE = 0x2000;
const CLOCK_REALTIME = 0;

/** The largest IP packet, and more than the control messages asked for ever take. */
const dataBytes = 65_536;
const controlBytes = 512;
const nameBytes = 128;
/** struct msghdr and struct iovec where pointers have 64 bits. */
const headerBytes = 56;
const iovecBytes = 16;

const load = (): SocketCalls => {
  const { koffi, libc, socket, close, setsockopt, sendto } = libcSockets();
  const recvmsg = libc.func('int64_t recvmsg(int fd, void *message, int flags)');
  const clockGettime = libc.func('int clock_gettime(int clock, void *time)');
  const ifNametoindex = libc.func('uint32_t if_nametoindex(const char *name)');
  const ifIndextoname = libc.func('void *if_indextoname(uint32_t index, void *name)');

  // One message at a time, so one set of buffers serves every socket. They do not move: koffi passes their own memory.
  const data = Buffer.alloc(dataBytes);
  const control = Buffer.alloc(controlBytes);
  const name = Buffer.alloc(nameBytes);
  const iovec = Buffer.alloc(iovecBytes);
  const header = Buffer.alloc(headerBytes);
  const time = Buffer.alloc(16);
  const label = Buffer.alloc(16);
  const integer = Buffer.alloc(4);
  iovec.writeBigUInt64LE(koffi.address(data), 0);
  iovec.writeBigUInt64LE(BigInt(dataBytes), 8);

  const prepareHeader = (): void => {
    header.fill(0);
    header.writeBigUInt64LE(koffi.address(name), 0);
    header.writeUInt32LE(nameBytes, 8);
    header.writeBigUInt64LE(koffi.address(iovec), 16);
    header.writeBigUInt64LE(1n, 24);
    header.writeBigUInt64LE(koffi.address(control), 32);
    header.writeBigUInt64LE(BigInt(controlBytes), 40);
  };
  clockGettime(CLOCK_REALTIME, time);
  const baseSeconds = time.readBigInt64LE(0);

  return {
    baseSeconds,
    socket(domain, type, protocol) {
      const fd = Number(socket(domain, type, protocol));
      return fd < 0 ? -koffi.errno() : fd;
    },
    close(fd) {
      close(fd);
    },
    setOption(fd, level, option, value) {
      if (typeof value === 'number') integer.writeInt32LE(value);
      const bytes = typeof value === 'number' ? integer : value;
      return setsockopt(fd, level, option, bytes, bytes.length) === 0 ? 0 : koffi.errno();
    },
    sendTo(fd, bytes, to) {
      const sent = Number(sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length));
      return sent < 0 ? koffi.errno() : 0;
    },
    receive(fd, queue) {
      prepareHeader();
      const flags = queue === 'errors' ? MSG_DONTWAIT | MSG_ERRQUEUE : MSG_DONTWAIT;
      const received = Number(recvmsg(fd, header, flags));
      if (received < 0) return koffi.errno();
      return {
        data: data.subarray(0, Math.min(received, dataBytes)),
        name: name.subarray(0, Math.min(header.readUInt32LE(8), nameBytes)),
        control: control.subarray(0, Math.min(Number(header.readBigUInt64LE(40)), controlBytes)),
      };
    },
    nowMs() {
      clockGettime(CLOCK_REALTIME, time);
      return Number(time.readBigInt64LE(0) - baseSeconds) * 1000 + Number(time.readBigInt64LE(8)) / 1e6;
    },
    interfaceIndex: (wanted) => Number(ifNametoindex(wanted)),
    interfaceName(index) {
      label.fill(0);
      const found: unknown = ifIndextoname(index, label);
      return found === null || found === 0n ? undefined : label.toString('latin1', 0, label.indexOf(0));
    },
    watch(fd, ready) {
      let watching = true;
      const handle = koffi.node.poll(fd, { readable: true }, onReady);
      // libuv stops watching a socket that has errors queued, so it starts again each time.
      function onReady(): void {
        ready();
        if (watching) handle.start({ readable: true }, onReady);
      }
      return () => {
        watching = false;
        handle.close();
      };
    },
  };
};

let loaded: SocketCalls | undefined;

export const socketCalls = async (): Promise<SocketCalls> => (loaded ??= load());
