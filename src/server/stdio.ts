// MCP over stdin and stdout. stdout carries the protocol only; the end of stdin, SIGTERM and SIGINT end the process in order.
import { PassThrough } from 'node:stream';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import type { Log } from '../model/ports.ts';
import type { Invoker } from '../operations/frame/invoke.ts';
import { createServer } from './create-server.ts';
import type { Knowledge } from './knowledge.ts';

/** Milliseconds for answers under way when stdin ends; a shell pipe closes it right after the last request. */
const lastAnswersMs = 500;
/** Milliseconds for operations to end in order (a change rolls back) before the process goes anyway. */
const closingMs = 20_000;

export interface StdioOptions {
  invoker: Invoker;
  version: string;
  log: Log;
  knowledge: Knowledge;
}

const within = async (milliseconds: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
};

const stdinEnded = async (): Promise<void> =>
  new Promise((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    process.stdin.once('error', () => {
      resolve();
    });
  });

const told = async (log: Log): Promise<void> =>
  new Promise((resolve) => {
    let times = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      times += 1;
      // Whoever asks twice does not want to wait.
      if (times > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
      log.info(`${signal}: ending`);
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    process.on('SIGHUP', onSignal);
  });

/** Serves until stdin ends or a signal comes; resolves once everything that ran has ended. */
export const serveOverStdio = async ({ invoker, version, log, knowledge }: StdioOptions): Promise<void> => {
  let open = 0;
  let onIdle = (): void => undefined;
  const busy = (change: 1 | -1): void => {
    open += change;
    if (open === 0) onIdle();
  };
  const idle = async (): Promise<void> =>
    new Promise((resolve) => {
      onIdle = resolve;
      // One turn lets what arrived together with the end of stdin begin.
      setTimeout(() => {
        if (open === 0) resolve();
      }, 20);
    });

  const input = new PassThrough();
  process.stdin.pipe(input, { end: false });
  const handle = serveStdio(() => createServer({ invoker, version, log, busy, knowledge }), {
    transport: new StdioServerTransport(input, process.stdout),
    onerror: (error) => {
      log.warn(`protocol: ${error.message}`);
    },
  });
  const eof = stdinEnded().then(() => within(lastAnswersMs, idle()));
  await Promise.race([eof, told(log)]);
  await handle.close();
  await within(closingMs, invoker.close());
};
