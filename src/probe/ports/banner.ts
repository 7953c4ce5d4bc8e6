// What a server says by itself after a connection: its first bytes within a second, never more than a few.
import type { Socket } from 'node:net';
import { plainText } from '../../model/plain-text.ts';
import { abortReason } from './connect.ts';

const maxBytes = 1024;
const maxCharacters = 300;
/** Milliseconds of silence after which a greeting is taken for whole. */
const quietMs = 100;

/** Line breaks become spaces; what hides or forges text is gone. Null when nothing is left. */
export const bannerText = (bytes: Uint8Array): string | null => {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/[\r\n\t]+/g, ' ');
  const plain = plainText(text, maxCharacters).trim();
  return plain === '' ? null : plain;
};

/** Ends the connection. Resolves early when the server has spoken, closes or fails; rejects only when the signal aborts. */
export const readBanner = (socket: Socket, waitMs: number, signal: AbortSignal): Promise<string | null> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      clearTimeout(quiet);
      signal.removeEventListener('abort', cancel);
      socket.removeListener('data', take);
      socket.destroy();
      finish();
    };
    const end = (): void => {
      settle(() => {
        resolve(bannerText(Buffer.concat(chunks).subarray(0, maxBytes)));
      });
    };
    const cancel = (): void => {
      settle(() => {
        reject(abortReason(signal));
      });
    };
    let quiet: NodeJS.Timeout | undefined;
    const timer = setTimeout(end, waitMs);
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      received += chunk.length;
      clearTimeout(quiet);
      if (received >= maxBytes) end();
      else quiet = setTimeout(end, quietMs);
    };
    if (signal.aborted) {
      cancel();
      return;
    }
    signal.addEventListener('abort', cancel, { once: true });
    socket.on('data', take);
    socket.once('error', end);
    socket.once('close', end);
  });
