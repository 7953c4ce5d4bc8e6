// A test is skipped only through here: a probe must show that the feature is absent, and nothing may show that it ought to be there.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Printed by scripts/test.mjs, which takes a skip without it for a failure. */
    skipReason?: string;
  }
}

export interface Feature {
  readonly name: string;
  /** Tries the feature itself: undefined when it works, else why it does not. */
  readonly probe: () => Promise<string | undefined>;
  /** Independent evidence that this machine has the feature, as a sentence; undefined when there is none. */
  readonly evidence: () => string | undefined;
}

const answers = new Map<Feature, Promise<string | undefined>>();

/** Undefined when the feature works, why not when it is absent; an error when it ought to work and does not. For set-up; tests use requireFeature. */
export async function obstacleOf(feature: Feature): Promise<string | undefined> {
  const answer = answers.get(feature) ?? feature.probe();
  answers.set(feature, answer);
  const obstacle = await answer;
  if (obstacle === undefined) return undefined;
  const evidence = feature.evidence();
  if (evidence !== undefined) {
    throw new Error(
      `${feature.name} does not work (${obstacle}), yet it must: ${evidence}. This is no reason to skip.`,
    );
  }
  return `${feature.name}: ${obstacle}`;
}

/** Goes on when the feature works, skips with the reason when it is absent, fails when it ought to work and does not. */
export async function requireFeature(
  { task, skip }: Pick<TestContext, 'task' | 'skip'>,
  feature: Feature,
): Promise<void> {
  const obstacle = await obstacleOf(feature);
  if (obstacle === undefined) return;
  task.meta.skipReason = obstacle;
  skip(obstacle);
}

/** Undefined when argv succeeds, else the last line of what it complained about. */
async function complaint(file: string, ...argv: string[]): Promise<string | undefined> {
  try {
    await promisify(execFile)(file, argv, { timeout: 10_000 });
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? error.message) : String(error);
  }
}

function kernelHas(module: string): string | undefined {
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const folder = join('/lib/modules', release);
  const list = ['modules.dep', 'modules.builtin'].map((name) => join(folder, name)).filter((path) => existsSync(path));
  const file = `/${module}.ko`;
  const found = list.find((path) => readFileSync(path, 'utf8').includes(file));
  // An ordinary user's namespace cannot make the kernel load a module.
  if (found === undefined || (found.endsWith('modules.dep') && !isInitialRoot())) return undefined;
  return `${found} lists ${module}`;
}

/** Root of the initial user namespace: its uid map covers every id. */
function isInitialRoot(): boolean {
  return process.getuid?.() === 0 && /^\s*0\s+0\s+4294967295/.test(readFileSync('/proc/self/uid_map', 'utf8'));
}

/** A queueing discipline that this kernel may lack. */
export function qdiscFeature(kind: string): Feature {
  return {
    name: `qdisc ${kind}`,
    probe: () => complaint('unshare', '-n', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', kind),
    evidence: () => kernelHas(`sch_${kind}`),
  };
}

/** Tap devices: an ordinary user may lack access to /dev/net/tun. */
export const tapDevices: Feature = {
  name: 'tap devices',
  probe: () => complaint('unshare', '-n', 'ip', 'tuntap', 'add', 'dev', 'probe', 'mode', 'tap'),
  evidence: () => (isInitialRoot() && existsSync('/dev/net/tun') ? 'root may open /dev/net/tun' : undefined),
};

/** Uids other than our own, to own files or run a process: an ordinary user's namespace holds a single one. */
export const otherUsers: Feature = {
  name: 'other users',
  probe: () => complaint('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'true'),
  evidence: () => (isInitialRoot() ? 'root may be any user' : undefined),
};

/** Network and mount namespaces of our own, which take root or a user namespace; npm test has seen to either. */
export const ownNamespaces: Feature = {
  name: 'namespaces',
  probe: () => complaint('unshare', '-n', '-m', 'true'),
  evidence: () => (process.getuid?.() === 0 ? 'this runs as root' : undefined),
};
