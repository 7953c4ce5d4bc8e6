// Opens a probe socket in the namespace it was started in, sends packets one after the other, and prints every answer as JSON. Run by the tests.
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { createProbeSockets } from '../../src/host/probe-sockets.ts';
import { fromUnknown } from '../../src/model/errors.ts';
import { probeAnswerKinds } from '../../src/model/probe.ts';
import { countOpenSockets } from './open-sockets.ts';

const requestSchema = z.strictObject({
  family: z.union([z.literal(4), z.literal(6)]),
  methods: z.array(z.enum(['icmp', 'udp'])),
  packets: z.array(
    z.strictObject({
      address: z.string(),
      token: z.number(),
      hopLimit: z.number().default(64),
      payloadBytes: z.number().default(56),
      dontFragment: z.boolean().default(false),
    }),
  ),
  /** Milliseconds to go on listening. */
  listenMs: z.number().default(300),
});
export type SocketRequest = z.input<typeof requestSchema>;

export const socketReplySchema = z.strictObject({
  method: z.string().optional(),
  answers: z.array(
    z.strictObject({
      token: z.number(),
      from: z.string().nullable(),
      kind: z.enum(probeAnswerKinds),
      code: z.number(),
      mtu: z.number().nullable(),
      hopLimit: z.number().nullable(),
      rttMs: z.number(),
    }),
  ),
  error: z.looseObject({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
  /** Sockets more than before, once the socket was closed. */
  leaked: z.number(),
});
export type SocketReply = z.infer<typeof socketReplySchema>;

const serve = async (request: z.output<typeof requestSchema>): Promise<SocketReply> => {
  const before = countOpenSockets();
  const answers: SocketReply['answers'] = [];
  try {
    const socket = await createProbeSockets().open(request.family, request.methods);
    const sentAt = new Map<number, number>();
    socket.onAnswer(({ atMs, ...answer }) => {
      answers.push({ ...answer, rttMs: atMs - (sentAt.get(answer.token) ?? Number.NaN) });
    });
    for (const packet of request.packets) {
      sentAt.set(packet.token, socket.send(packet));
      await sleep(5);
    }
    await sleep(request.listenMs);
    socket.close();
    return { method: socket.method, answers, leaked: countOpenSockets() - before };
  } catch (error) {
    return { answers, error: { ...fromUnknown(error).toReport() }, leaked: countOpenSockets() - before };
  }
};

const [text] = process.argv.slice(2);
if (text?.startsWith('{') === true) {
  console.log(JSON.stringify(await serve(requestSchema.parse(JSON.parse(text)))));
}
