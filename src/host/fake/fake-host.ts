// A whole host in memory for unit tests: kernel files, commands and clock behind the real ports, printable as sorted text.
import type { Binary } from '../../model/command.ts';
import type { Clock, HostPorts } from '../../model/ports.ts';
import { createFakeExec, type FakeExec, type FakeHandler } from './fake-exec.ts';
import { createFakeFiles, type FakeFiles } from './fake-files.ts';

export interface FakeClock extends Clock {
  /** Moves both clocks. */
  advance(ms: number): void;
}

export interface FakeHost {
  ports: HostPorts;
  files: FakeFiles;
  exec: FakeExec;
  clock: FakeClock;
  /** Lines logged, each with its level. */
  logged: string[];
  /** The whole state as sorted lines: equal text means equal hosts. */
  dump(): string;
}

export interface FakeHostOptions {
  /** Kernel files by path. */
  files?: Readonly<Record<string, string>>;
  /** Handlers of the binaries that are installed. */
  handlers?: Partial<Record<Binary, FakeHandler>>;
  /** Further lines of the state, such as those a handler keeps. */
  state?: () => readonly string[];
}

/** 2026-01-01T00:00:00Z, one hour after boot. */
const createFakeClock = (): FakeClock => {
  let passed = 0;
  return {
    now: () => Date.UTC(2026, 0, 1) + passed,
    bootTimeMs: () => 3_600_000 + passed,
    advance(ms) {
      passed += ms;
    },
  };
};

export const createFakeHost = ({ files, handlers, state }: FakeHostOptions = {}): FakeHost => {
  const fakeFiles = createFakeFiles(files);
  const exec = createFakeExec(handlers);
  const clock = createFakeClock();
  const logged: string[] = [];
  const logAt = (level: string) => (message: string) => {
    logged.push(`${level} ${message}`);
  };
  return {
    ports: {
      exec,
      kernel: fakeFiles,
      clock,
      log: { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn') },
    },
    files: fakeFiles,
    exec,
    clock,
    logged,
    dump: () =>
      [...[...fakeFiles.content].map(([path, text]) => `${path} = ${text.trimEnd()}`), ...(state?.() ?? [])]
        .sort()
        .join('\n'),
  };
};
