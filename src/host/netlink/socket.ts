// A NETLINK_ROUTE socket of this process's network namespace: dumps, requests, and requests that a kill cannot part.
import { NetError } from '../../model/errors.ts';
import { netlinkCalls } from './calls.ts';
import {
  encodeRequest,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  readAnswer,
  readMessages,
  type KernelAnswer,
  type NetlinkMessage,
  type Request,
} from './messages.ts';

export interface Dump {
  messages: NetlinkMessage[];
  /** Something came or went meanwhile (NLM_F_DUMP_INTR): an object may be missing or twice. */
  interrupted: boolean;
}

export interface NetlinkSocket {
  /** Everything a dump request gives. Throws RouteError. */
  dump(type: number, body: readonly Buffer[]): Promise<Dump>;
  /** What the request answers with before its acknowledgement. Throws RouteError. */
  request(request: Request): Promise<NetlinkMessage[]>;
  /**
   * Several requests by one call of the kernel, which goes through all of them before it looks at a signal: a process that is killed has made all
   * or none. One that is refused does not stop the next. Each request's refusal, undefined where it was done.
   */
  requestAll(requests: readonly Request[]): Promise<(RouteError | undefined)[]>;
  close(): void;
}

/** The kernel refused a request. */
export class RouteError extends Error {
  readonly errno: number;
  /** In the kernel's words; empty where it gave none. */
  readonly reason: string;

  constructor({ errno, text }: KernelAnswer) {
    super(`the kernel answered errno ${errno}${text === '' ? '' : `: ${text}`}`);
    this.name = 'RouteError';
    this.errno = errno;
    this.reason = text;
  }
}

/** The kernel fills a dump's datagrams up to 32 KiB when the receiver offers that. */
const datagramBytes = 65_536;

/** Throws missing_kernel_feature where no such socket can be had. Its owner closes it. */
export const openNetlink = async (): Promise<NetlinkSocket> => {
  const libc = netlinkCalls();
  const fd = libc.open();
  const buffer = Buffer.alloc(datagramBytes);
  let sequence = 0;
  let closed = false;
  // One request at a time: answers of two would come mixed.
  let last: Promise<unknown> = Promise.resolve();

  /** The sequence number of the first one. */
  const send = async (requests: readonly Request[]): Promise<number> => {
    if (closed) throw new NetError('internal', 'The netlink socket is closed.', 'Report it as a bug.');
    const first = sequence + 1;
    sequence += requests.length;
    await libc.send(fd, Buffer.concat(requests.map((request, index) => encodeRequest(request, first + index))));
    return first;
  };

  /** Copied, since the buffer is filled again. */
  const receive = async (): Promise<NetlinkMessage[]> =>
    readMessages(Buffer.from(buffer.subarray(0, await libc.receive(fd, buffer))));

  const exchange = async (request: Request): Promise<Dump> => {
    const mine = await send([request]);
    const messages: NetlinkMessage[] = [];
    let interrupted = false;
    for (;;) {
      for (const message of await receive()) {
        if (message.sequence !== mine) continue;
        interrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0;
        if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) {
          messages.push(message);
          continue;
        }
        const answer = readAnswer(message);
        if (answer.errno !== 0) throw new RouteError(answer);
        return { messages, interrupted };
      }
    }
  };

  const exchangeAll = async (requests: readonly Request[]): Promise<(RouteError | undefined)[]> => {
    const first = await send(requests);
    const answers = new Map<number, KernelAnswer>();
    while (answers.size < requests.length) {
      for (const message of await receive()) {
        const index = message.sequence - first;
        if (message.type === NLMSG_ERROR && requests[index] !== undefined) answers.set(index, readAnswer(message));
      }
    }
    return requests.map((_, index) => {
      const answer = answers.get(index);
      return answer === undefined || answer.errno === 0 ? undefined : new RouteError(answer);
    });
  };

  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  const acknowledged = ({ type, flags, body }: Request): Request => ({
    type,
    flags: flags | NLM_F_REQUEST | NLM_F_ACK,
    body,
  });

  return {
    dump: (type, body) => inTurn(() => exchange({ type, flags: NLM_F_REQUEST | NLM_F_DUMP, body })),
    request: async (request) => (await inTurn(() => exchange(acknowledged(request)))).messages,
    requestAll: (requests) => inTurn(() => exchangeAll(requests.map(acknowledged))),
    close() {
      if (closed) return;
      closed = true;
      // A call under way keeps its descriptor until it has returned.
      void last.then(() => {
        libc.close(fd);
      });
    },
  };
};
