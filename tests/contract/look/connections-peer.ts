// Runs inside a test's namespace and holds sockets open until its standard input ends: `sockets PAIRS`, `receive ADDRESS PORT HOW`, `send ADDRESS PORT HOW`.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

const [what = '', first = '', second = '', how = ''] = process.argv.slice(2);

/** Said over standard output once everything is in place. */
const ready = (): void => {
  process.stdout.write('ready\n');
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
};

/** Accepted connections are kept; those that are closed by the other side stay half open. */
const listen = async (options: { host: string; port: number; ipv6Only?: boolean }): Promise<Server> => {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen({ ...options, backlog: 511 });
  await once(server, 'listening');
  return server;
};

const open = async (port: number, host: string): Promise<Socket> => {
  const socket = connect({ port, host });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};

const udp = async (type: 'udp4' | 'udp6', address: string, port: number): Promise<void> => {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  socket.bind(port, address);
  await once(socket, 'listening');
  if (port !== 5002) return;
  socket.connect(5001, address);
  await once(socket, 'connect');
};

const holdSockets = async (pairs: number): Promise<void> => {
  await listen({ host: '127.0.0.1', port: 4001 });
  await listen({ host: '::1', port: 4002 });
  await listen({ host: '::', port: 4003 });
  await listen({ host: '::', port: 4004, ipv6Only: true });
  // The namespace's rules drop what this one answers.
  await listen({ host: '127.0.0.1', port: 4005 });
  await udp('udp4', '127.0.0.1', 5001);
  await udp('udp4', '127.0.0.1', 5002);
  await udp('udp6', '::1', 5003);
  for (let done = 0; done < pairs; done += 50) {
    const batch = Array.from({ length: Math.min(50, pairs - done) }, (_, index) =>
      index % 2 === 0 ? open(4001, '127.0.0.1') : open(4002, '::1'),
    );
    await Promise.all(batch);
  }
  // To the dual-stack listener by IPv4: its side is an IPv4-mapped socket.
  await open(4003, '127.0.0.1');
  // This side closes and the other does not: FIN_WAIT_2 and CLOSE_WAIT.
  (await open(4004, '::1')).end();
  // SYN_SENT and SYN_RECEIVED.
  connect({ port: 4005, host: '127.0.0.1' }).on('error', () => undefined);
  // Both close: TIME_WAIT.
  const closing = createServer((socket) => socket.end());
  closing.listen(4006, '127.0.0.1');
  await once(closing, 'listening');
  const last = await open(4006, '127.0.0.1');
  last.resume();
  await once(last, 'close');
};

const receive = async (): Promise<void> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (how === 'read') socket.resume();
    else socket.pause();
  });
  server.listen(Number(second), first);
  await once(server, 'listening');
};

const send = async (): Promise<void> => {
  const socket = await open(Number(second), first);
  const block = Buffer.alloc(how === 'trickle' ? 100 : 256 * 1024);
  const write = (): void => {
    while (socket.write(block));
  };
  if (how === 'trickle') setInterval(() => socket.write(block), 20);
  else {
    socket.on('drain', write);
    write();
  }
};

if (what === 'named') writeFileSync('/proc/self/comm', first);
if (what === 'sockets') await holdSockets(Number(first));
else if (what === 'named') await listen({ host: '127.0.0.1', port: Number(second) });
else if (what === 'receive') await receive();
else await send();
ready();
