// Live captures of this process: started, watched and ended through tcpdump, into files of our own directory.
import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { NetError } from '../model/errors.ts';
import type { LiveCapture, LiveCaptureRequest, LiveCaptures, StartedCapture } from '../model/live-capture.ts';
import type { HostPorts } from '../model/ports.ts';
import { checkAllowed, missingBinary } from './allowlist.ts';
import { captureArguments } from './live-capture/command.ts';
import { captureFiles, createFile, makeRoom } from './live-capture/files.ts';
import { RunningCapture } from './live-capture/run.ts';

/** At the same time. */
const maxRunning = 4;
/** Captures remembered, those that are over included. */
const maxRemembered = 32;

/** `ownDirectory`: where they lie, verified to be ours. */
export const createLiveCaptures = (host: HostPorts, ownDirectory: () => Promise<string>): LiveCaptures => {
  const captures = new Map<string, RunningCapture>();
  const running = (): RunningCapture[] => [...captures.values()].filter(({ ending }) => ending === undefined);
  let hooked = false;
  // One start at a time, so that two cannot take the same room.
  let queue: Promise<unknown> = Promise.resolve();

  const remember = (capture: RunningCapture): void => {
    captures.set(capture.started.id, capture);
    for (const [id, { ending }] of captures) {
      if (captures.size > maxRemembered && ending !== undefined) captures.delete(id);
    }
    if (hooked) return;
    hooked = true;
    process.once('exit', () => {
      for (const each of running()) each.end('SIGINT');
    });
  };

  const launch = async (request: LiveCaptureRequest, signal: AbortSignal): Promise<StartedCapture> => {
    if (running().length >= maxRunning) {
      throw new NetError(
        'limit_exceeded',
        `${maxRunning} captures are running already.`,
        `Stop one of them: ${running()
          .map(({ started }) => started.id)
          .join(', ')}.`,
      );
    }
    if ((await host.exec.find('tcpdump')) === undefined) throw missingBinary('tcpdump');
    const prlimit = await host.exec.find('prlimit');
    if (prlimit === undefined) throw missingBinary('prlimit');
    const args = captureArguments(request);
    checkAllowed('prlimit', args, undefined);
    const directory = await ownDirectory();
    const views = await Promise.all(running().map((each) => each.view()));
    const reserved = views.reduce((sum, view) => sum + Math.max(0, view.request.maxBytes - view.bytes), 0);
    const removed = await makeRoom(directory, request.maxBytes, reserved);
    const id = randomBytes(6).toString('hex');
    const { path, file } = await createFile(directory, id, host.clock.now());
    const capture = new RunningCapture(prlimit, args, { id, path, file, request });
    remember(capture);
    try {
      await capture.ready(signal);
    } catch (error) {
      captures.delete(id);
      await unlink(path);
      throw error;
    }
    return { ...(await capture.view()), removed };
  };

  return {
    start: (request, signal) => {
      const started = queue.then(() => launch(request, signal));
      queue = started.catch(() => undefined);
      return started;
    },
    list: () => Promise.all([...captures.values()].map((capture): Promise<LiveCapture> => capture.view())),
    files: async () => captureFiles(await ownDirectory()),
    stop: async (id) => {
      const capture = captures.get(id);
      await capture?.stop();
      return capture?.view();
    },
    wait: async (id, signal) => {
      const capture = captures.get(id);
      if (capture === undefined) return;
      const cancelled = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
        if (signal.aborted) resolve();
      });
      await Promise.race([capture.wait(), cancelled]);
    },
  };
};
