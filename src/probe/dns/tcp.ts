// A question over TCP (RFC 7766): two bytes of length and the message, so an answer has at most 65,535 bytes.
import { createConnection } from 'node:net';
import { inDecodeTurn } from './decode-turns.ts';
import { exchange, failureOf, judge, type Ask, type Ending, type Exchanged } from './exchange.ts';

const closedEarly: Ending = { outcome: 'closed', detail: 'The server closed the connection without an answer.' };

export const askTcp = (ask: Ask): Promise<Exchanged> =>
  exchange(ask, (finish, tally) => {
    const { server, query } = ask;
    const socket = createConnection({ host: server.address, port: server.port });
    const chunks: Buffer[] = [];
    let received = 0;
    /** Once all bytes are there, what happens to the connection no longer matters. */
    let forget: (() => void) | undefined;
    socket.on('error', (error) => {
      if (forget === undefined) finish(failureOf(error));
    });
    socket.once('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      tally.sent = 1;
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk: Buffer) => {
      if (forget !== undefined) return;
      chunks.push(chunk);
      received += chunk.length;
      if (received < 2) return;
      const head = chunks[0]?.length === 1 ? Buffer.concat(chunks) : chunks[0];
      const wanted = 2 + (head?.readUInt16BE(0) ?? 0);
      if (received < wanted) return;
      const bytes = Buffer.concat(chunks.splice(0)).subarray(2, wanted);
      socket.pause();
      forget = inDecodeTurn(() => {
        finish(judge(bytes, ask) ?? { outcome: 'malformed', detail: 'The answer does not belong to the question.' });
      });
    });
    socket.once('close', () => {
      if (forget === undefined) finish(closedEarly);
    });
    return () => {
      forget?.();
      socket.destroy();
    };
  });
