// A server that writes bytes of its own choice as HTTP answers, by the path asked for. Run with an address and a port; prints `ready`.
import { createServer, type Socket } from 'node:net';

const [host = '', port = ''] = process.argv.slice(2);

/** The same head again and again, as long as anybody reads. */
const flood = (socket: Socket, head: string): void => {
  const write = (): void => {
    while (!socket.destroyed && socket.write(head.repeat(100)));
  };
  socket.on('drain', write);
  write();
};

const text = 'HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n203.0.113.42';
const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

const answers: Readonly<Record<string, (socket: Socket) => void>> = {
  '/upgrade': (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
  '/upgrade-bare': (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  '/continue': (socket) => {
    flood(socket, goOn);
  },
  '/processing': (socket) => {
    flood(socket, 'HTTP/1.1 102 Processing\r\n\r\n');
  },
  '/hints': (socket) => {
    flood(socket, 'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n');
  },
  '/nothing': (socket) => socket.end(),
  '/two-continues': (socket) => socket.write(goOn + goOn + text),
  '/half-head': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-'),
  '/silent': () => undefined,
};

const server = createServer((socket) => {
  socket.on('error', () => {
    socket.destroy();
  });
  socket.once('data', (bytes) => {
    answers[/^GET (\S+)/.exec(bytes.toString('latin1'))?.[1] ?? '']?.(socket);
  });
});
server.listen(Number(port), host, () => process.stdout.write('ready\n'));
