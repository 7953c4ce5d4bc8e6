// A running `nft -i` that owns tables: they live as long as it does, and it lives as long as the pipe to it is open.
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { errnoOf } from '../../model/errors.ts';
import { binaryDirectories } from '../allowlist.ts';

/** Bytes of its complaints kept. */
const maxSaid = 16_384;
/** Milliseconds it has to end in order. */
const graceMs = 2000;

export class NftProcess {
  private readonly child: ChildProcess;
  private said = '';
  private ended = false;
  private readonly over: Promise<void>;

  /** `path`: of nft. The lines are our own, made of checked names only. */
  constructor(path: string) {
    this.child = spawn(path, ['-i'], {
      cwd: '/',
      // It keeps a history of its lines in $HOME, where there must be no place for it.
      env: { LC_ALL: 'C', HOME: '/dev/null', PATH: binaryDirectories.join(':') },
      // The terminal's signals are for netmcp alone: it decides when counting ends.
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      if (this.said.length < maxSaid) this.said += chunk.toString('utf8');
    });
    // When it is gone `isOver` says so.
    this.child.stdin?.on('error', () => undefined);
    this.over = new Promise((resolve) => {
      const end = (): void => {
        this.ended = true;
        resolve();
      };
      this.child.once('error', (error) => {
        this.said += error.message;
        end();
      });
      this.child.once('exit', end);
    });
    // netmcp may end while it runs: the pipe then closes, and so it ends too.
    this.child.unref();
    for (const stream of [this.child.stdin, this.child.stderr]) if (stream instanceof Socket) stream.unref();
  }

  complaints(): string {
    return this.said.trim();
  }

  isOver(): boolean {
    return this.ended;
  }

  tell(lines: readonly string[]): void {
    this.child.stdin?.write(`${lines.join('\n')}\n`);
  }

  /** At once: its netlink socket closes with it, and the kernel removes what it owns. */
  async kill(): Promise<void> {
    const { pid } = this.child;
    if (!this.ended && pid !== undefined) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (errnoOf(error) !== 'ESRCH') throw error;
      }
    }
    await this.awaited();
  }

  /** After what it was told. */
  async finish(): Promise<void> {
    this.child.stdin?.end();
    const timer = setTimeout(() => void this.kill(), graceMs);
    await this.awaited();
    clearTimeout(timer);
  }

  /** The child does not keep this process alive, so something else must while its end is waited for. */
  private async awaited(): Promise<void> {
    const awake = setInterval(() => undefined, 1000);
    await this.over;
    clearInterval(awake);
  }
}
