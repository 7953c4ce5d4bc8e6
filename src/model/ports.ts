// The interfaces to the world. Operations, resources and the change engine see the host only through these.
import type { Binary } from './command.ts';

export interface ExecRequest {
  binary: Binary;
  args: readonly string[];
  stdin?: string;
  /** Milliseconds before the process group is killed; 10,000 unless told. */
  timeoutMs?: number;
  /** Bytes of stdout kept; more is `limit_exceeded`. 16 MiB unless told. */
  maxOutputBytes?: number;
  signal?: AbortSignal;
  /** Called once the child exists and before it gets its standard input, so that its identity can be journaled first. */
  onSpawn?: (child: ChildIdentity) => Promise<void>;
  /** An open file descriptor the child inherits: the change lock stays held while an orphaned child still runs. */
  keepFd?: number;
}

/** A process that cannot be mistaken for a later one with the same pid: `start_ticks` is field 22 of /proc/PID/stat. */
export interface ChildIdentity {
  pid: number;
  start_ticks: number;
}

export interface ExecResult {
  /** Exit code, or null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs allowlisted binaries by absolute path with a clean environment (LC_ALL=C) in a process group of their own.
 * Throws missing_binary, not_permitted (sub-command not allowed), timeout, cancelled, limit_exceeded; a non-zero exit is a result.
 */
export interface Exec {
  run(request: ExecRequest): Promise<ExecResult>;
  /** Absolute path, or undefined when the binary is not installed. */
  find(binary: Binary): Promise<string | undefined>;
}

/** The kernel's own files: /proc and /sys. Reading what is not there gives undefined; other failures throw. */
export interface KernelFiles {
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  list(path: string): Promise<string[]>;
  /** Whether the file could be opened for writing by this process. */
  writable(path: string): Promise<boolean>;
}

/**
 * Text files of other programs (/etc, /run, /usr/lib): only regular files of bounded size. Nothing here throws for what is on
 * the disk; what could not be read becomes a warning. Opened for one look and then dropped, since it counts what it has read.
 */
export interface ConfigFiles {
  /** What could not be read, and so may hide something. */
  readonly warnings: readonly string[];
  warn(message: string): void;
  /** Undefined: not there, or skipped with a warning. A file that is masked by /dev/null is empty. */
  read(path: string): string | undefined;
  /** Paths in a folder, sorted by name. */
  list(folder: string, suffix: string): string[];
  /** Paths sorted by name over several folders; a name in an earlier folder hides it in the later ones. */
  layered(folders: readonly string[], suffix: string): string[];
  exists(path: string): boolean;
  /** Both are the same file, by whatever links. */
  same(one: string, other: string): boolean;
}

export interface Clock {
  /** Wall clock, milliseconds since the epoch; for people only. */
  now(): number;
  /** CLOCK_BOOTTIME in milliseconds: runs on in suspend, is not set back by anyone. */
  bootTimeMs(): number;
}

/** Which boot and which network namespace this process is in; a record of another one is never acted upon. */
export interface Identity {
  boot_id: string;
  /** `net:<inode>:<cookie>`; the cookie (SO_NETNS_COOKIE, Linux 5.14) is never reused within a boot, 0 where the kernel has none. */
  netns: string;
  /** The namespace of PID 1 as far as this process can see. */
  initial_netns: boolean;
}

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** What resources need to read the host. */
export interface HostPorts {
  exec: Exec;
  kernel: KernelFiles;
  clock: Clock;
  log: Log;
}

/** A change's guard: a process of its own session that holds every inverse. */
export interface Guard extends ChildIdentity {
  /** Closes the pipe to it: the guard then reads from the journal whether the change was applied, ended, or left half done. */
  letGo(): void;
}

/** Processes, told apart from later ones with the same pid. */
export interface Processes {
  self(): ChildIdentity;
  isAlive(process: ChildIdentity): boolean;
  /** Ends a whole process group at once; one that is gone already is no error. */
  endGroup(pid: number): void;
  /** Starts the guard of a change and waits until it has answered that it holds every inverse. */
  startGuard(journalPath: string, runtimeDir: string): Promise<Guard>;
}

/** Which targets a probe may be pointed at; what is blocked stays blocked, whatever allows it. For patterns see target-pattern.ts. */
export interface Security {
  /** Empty: everything that is not blocked. */
  allowedTargets: readonly string[];
  blockedTargets: readonly string[];
  /** Private, loopback, link-local, shared and unique-local addresses of both families. */
  blockPrivate: boolean;
  /** Metadata services of the cloud providers, in every notation. */
  blockCloudMetadata: boolean;
}

/** Which captures may be read, and how much of them. */
export interface CaptureSettings {
  /** Most packets read of a file; undefined: all. */
  maxPackets: number | undefined;
  allowCustomFilters: boolean;
  /** Absolute directories; without any, no file may be read. */
  allowedPaths: readonly string[];
}

/** A capture opened for reading: a regular file under an allowed root, held by its descriptor. */
export interface CaptureSource {
  /** As resolved. */
  path: string;
  sizeBytes: number;
  /** Changes when the file does: device, inode, size and modification time. */
  identity: string;
  /** Fills `into` with what stands at `position`; the number of bytes, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

export interface Captures {
  /** Throws path_refused (outside the allowed roots, a link out of them, no regular file), not_found, not_permitted, empty_capture. */
  open(filePath: string): Promise<CaptureSource>;
}

/** Services on the internet that some probes ask; an operator may name others. */
export interface Endpoints {
  /** URLs that answer with the caller's address as text or `{"ip": ...}`; asked in this order until one answers. */
  publicIp: readonly string[];
  /** Base URL to which `ip/ADDRESS` or `domain/NAME` is added (RFC 9082). */
  rdap: string;
  /** DNS zones of the origin service: IPv4, IPv6, and descriptions of an AS. */
  asnZones: { ipv4: string; ipv6: string; name: string };
  /** `address` or `address:port` of the DNS server asked for them; undefined: the system's. */
  asnNameserver: string | undefined;
}

/** The settings in force, after files, variables and flags. Further areas add their own keys. */
export interface Settings {
  stateDir: string;
  runtimeRoot: string;
  policyDir: string | undefined;
  /** A site policy may also loosen: only ever said on the command line. */
  allowLoosen: boolean;
  toolsets: readonly string[];
  readOnly: boolean;
  security: Security;
  captures: CaptureSettings;
  endpoints: Endpoints;
  /** Whether a server keeps the rates of the last hour, and of which interfaces; undefined: all that are up and no loopback. */
  history: { on: boolean; interfaces: readonly string[] | undefined };
  /** Files read, in ascending precedence, and what was ignored and why. */
  sources: readonly string[];
  warnings: readonly string[];
}

export interface JobView {
  job_id: string;
  operation: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  /** Progress as last reported. */
  done: number;
  total: number | null;
  message: string;
  /** The operation's result once done, its error report once failed. */
  result: unknown;
}

/** Jobs of this process: bounded in number, kept for an hour after their end. */
export interface Jobs {
  get(jobId: string): JobView | undefined;
  /** Resolves when the job ends or after waitMs, whichever is first. */
  wait(jobId: string, waitMs: number, signal: AbortSignal): Promise<JobView | undefined>;
  cancel(jobId: string): boolean;
}
