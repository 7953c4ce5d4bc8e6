// A question over UDP from a connected socket with a random port: only the server's own datagrams are heard, and of these only the answer.
import { createSocket } from 'node:dgram';
import { inDecodeTurn } from './decode-turns.ts';
import { exchange, failureOf, judge, type Ask, type Exchanged } from './exchange.ts';
import { answersQuestion } from './query.ts';

/** The question is repeated twice; an answer to any of the three counts, however late within the time. */
const sends = 3;

/** Larger ones, which were not asked for, are decoded in turn. */
const smallBytes = 4096;

export const askUdp = (ask: Ask): Promise<Exchanged> =>
  exchange(ask, (finish, tally) => {
    const { server, query, timeoutMs } = ask;
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    const timers: NodeJS.Timeout[] = [];
    let open = true;
    let forget: (() => void) | undefined;
    const fail = (error: Error): void => {
      finish(failureOf(error));
    };
    socket.on('error', fail);
    socket.on('message', (bytes) => {
      if (forget !== undefined) return;
      if (!answersQuestion(bytes, ask.id, ask.question)) {
        tally.ignored += 1;
        return;
      }
      const take = (): void => {
        const ending = judge(bytes, ask);
        if (ending !== undefined) finish(ending);
      };
      if (bytes.length <= smallBytes) take();
      else forget = inDecodeTurn(take);
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
      forget?.();
      timers.forEach(clearTimeout);
      socket.close();
    };
  });
