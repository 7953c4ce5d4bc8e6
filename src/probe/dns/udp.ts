// A question over UDP from a connected socket with a random port: only the server's own datagrams are heard, and of these only the answer.
import { createSocket } from 'node:dgram';
import { exchange, failureOf, judge, type Ask, type Exchanged } from './exchange.ts';

/** The question is repeated twice; an answer to any of the three counts, however late within the time. */
const sends = 3;

export const askUdp = (ask: Ask): Promise<Exchanged> =>
  exchange(ask, (finish, tally) => {
    const { server, query, timeoutMs } = ask;
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    const timers: NodeJS.Timeout[] = [];
    let open = true;
    const fail = (error: Error): void => {
      finish(failureOf(error));
    };
    socket.on('error', fail);
    socket.on('message', (bytes) => {
      const ending = judge(bytes, ask);
      if (ending === undefined) tally.ignored += 1;
      else finish(ending);
    });
    const send = (): void => {
      tally.sent += 1;
      socket.send(query, (error) => {
        if (error !== null) fail(error);
      });
    };
    socket.once('connect', () => {
      if (!open) return;
      send();
      for (let index = 1; index < sends; index += 1) timers.push(setTimeout(send, (timeoutMs * index) / sends));
    });
    socket.connect(server.port, server.address);
    return () => {
      if (!open) return;
      open = false;
      timers.forEach(clearTimeout);
      socket.close();
    };
  });
