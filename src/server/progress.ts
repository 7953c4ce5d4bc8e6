// Progress as notifications: only when asked for, always rising, at most ten a second, none after the answer.
import type { ServerContext } from '@modelcontextprotocol/server';
import type { Log } from '../model/ports.ts';
import type { Progress } from '../operations/frame/execution.ts';

const minimumGapMs = 100;

export interface ProgressSender {
  send: (progress: Progress) => void;
  stop: () => void;
}

export const progressSender = (context: ServerContext, log: Log): ProgressSender | undefined => {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let open = true;
  let highest = Number.NEGATIVE_INFINITY;
  let sentAt = Number.NEGATIVE_INFINITY;
  return {
    send: ({ done, total, message }) => {
      const now = performance.now();
      if (!open || done <= highest || now - sentAt < minimumGapMs) return;
      highest = done;
      sentAt = now;
      const params = {
        progressToken,
        progress: done,
        ...(total === null ? {} : { total }),
        ...(message === '' ? {} : { message }),
      };
      context.mcpReq.notify({ method: 'notifications/progress', params }).catch((error: unknown) => {
        log.debug(`progress could not be sent: ${String(error)}`);
      });
    },
    stop: () => {
      open = false;
    },
  };
};
