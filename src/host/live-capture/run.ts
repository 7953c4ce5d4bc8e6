// One running capture: the child that writes the file, how it is ended, and what became of it.
import { type ChildProcess, spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { errnoOf } from '../../model/errors.ts';
import type { CaptureEnding, LiveCapture, LiveCaptureRequest } from '../../model/live-capture.ts';
import { binaryDirectories } from '../allowlist.ts';
import { graceSeconds } from './command.ts';
import { complaintIn } from './failures.ts';
import { type Counted, countRecords, nothingCounted } from './records.ts';
import { notListening, untilListening } from './start.ts';

/** tcpdump's words kept. */
const maxSaid = 16_384;

export interface Started {
  id: string;
  path: string;
  file: FileHandle;
  request: LiveCaptureRequest;
}

export class RunningCapture {
  readonly started: Started;
  /** Resolves once the child is gone and the file complete. */
  readonly over: Promise<void>;
  ending: CaptureEnding | undefined;
  private readonly child: ChildProcess;
  private readonly startedAt = performance.now();
  private counted: Counted = nothingCounted;
  private counting: Promise<unknown> = Promise.resolve();
  private said = '';
  private stopping = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(prlimit: string, args: readonly string[], started: Started) {
    this.started = started;
    this.child = spawn(prlimit, args, {
      cwd: '/',
      env: { LC_ALL: 'C', PATH: binaryDirectories.join(':') },
      // A group of its own, so that prlimit, timeout and tcpdump end together.
      detached: true,
      stdio: ['ignore', started.file.fd, 'pipe'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      if (this.said.length < maxSaid) this.said += chunk.toString('utf8');
    });
    this.over = this.whenOver();
    // Awaited by whoever stops or waits; until then a failure is not unhandled.
    this.over.catch(() => undefined);
    // This process may end while it runs: the exit hook of live-capture.ts ends the child then.
    this.child.unref();
    const { stderr } = this.child;
    if (stderr instanceof Socket) stderr.unref();
  }

  /** Resolves once packets are being taken. Throws why they are not. */
  async ready(signal: AbortSignal): Promise<void> {
    const { stderr } = this.child;
    const first = await untilListening({ stderr, said: () => this.said, over: this.over }, signal);
    if (first === 'listening') {
      this.limit();
      return;
    }
    this.end('SIGKILL');
    await this.over;
    throw notListening(first, this.said, this.started.request);
  }

  /** Ends it in order and waits until it is over. */
  async stop(): Promise<void> {
    if (this.ending === undefined) this.stopping = true;
    this.endInOrder();
    await this.wait();
  }

  /** Until it is over; the process stays alive meanwhile. */
  async wait(): Promise<void> {
    const awake = setInterval(() => undefined, 60_000);
    try {
      await this.over;
    } finally {
      clearInterval(awake);
    }
  }

  /** At once, without waiting. */
  end(signal: 'SIGINT' | 'SIGKILL'): void {
    if (this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }

  async view(): Promise<LiveCapture> {
    await this.count();
    const { id, path, request } = this.started;
    const left = request.durationSeconds - (performance.now() - this.startedAt) / 1000;
    return {
      id,
      path,
      request,
      ending: this.ending,
      packets: this.counted.packets,
      bytes: this.counted.at,
      secondsLeft: this.ending === undefined ? Math.max(0, Math.round(left * 10) / 10) : 0,
      dropped: this.numberSaid(/^(\d+) packets? dropped by kernel/m),
      lost: this.lost(),
      message: this.ending === 'ended' ? complaintIn(this.said) : undefined,
    };
  }

  /** tcpdump goes on when a write fails: only its own count at the end tells. */
  private lost(): number | undefined {
    const taken = this.numberSaid(/^(\d+) packets? captured/m);
    return taken === undefined ? undefined : Math.max(0, taken - this.counted.packets);
  }

  private numberSaid(line: RegExp): number | undefined {
    const found = line.exec(this.said)?.[1];
    return found === undefined ? undefined : Number(found);
  }

  /** Our own watch beside the child's own bounds. */
  private limit(): void {
    const { durationSeconds } = this.started.request;
    this.after(durationSeconds * 1000, () => {
      this.endInOrder();
    });
  }

  private endInOrder(): void {
    this.end('SIGINT');
    this.after(graceSeconds * 1000, () => {
      this.end('SIGKILL');
    });
  }

  private after(ms: number, act: () => void): void {
    const timer = setTimeout(act, ms);
    timer.unref();
    this.timers.push(timer);
  }

  /** One count at a time; the file is closed once it is over. */
  private async count(): Promise<void> {
    const next = this.counting.then(async () => {
      if (this.ending === undefined) this.counted = await countRecords(this.started.file, this.counted);
    });
    this.counting = next.catch(() => undefined);
    await next;
  }

  private async whenOver(): Promise<void> {
    const failure = await new Promise<Error | undefined>((resolve) => {
      this.child.once('error', resolve);
      this.child.once('close', () => {
        resolve(undefined);
      });
    });
    for (const timer of this.timers) clearTimeout(timer);
    if (failure !== undefined) this.said = `tcpdump: ${failure.message}`;
    // Behind the counts that were asked for before: one that is asked for now finds it over and the file closed.
    const last = this.counting.then(() => this.settle());
    this.counting = last.catch(() => undefined);
    await last;
  }

  private async settle(): Promise<void> {
    this.counted = await countRecords(this.started.file, this.counted);
    const { size } = await this.started.file.stat();
    this.ending = this.endingOf(size);
    // A record that the size limit cut would make the file unreadable for some readers.
    if (this.counted.at < size) await this.started.file.truncate(this.counted.at);
    await this.started.file.close();
  }

  private endingOf(size: number): CaptureEnding {
    const { durationSeconds, maxPackets, maxBytes } = this.started.request;
    if (this.stopping) return 'stopped';
    if (maxPackets !== undefined && this.counted.packets >= maxPackets) return 'max_packets';
    if (size >= maxBytes) return 'max_size';
    return performance.now() - this.startedAt >= durationSeconds * 1000 - 100 ? 'duration' : 'ended';
  }
}
