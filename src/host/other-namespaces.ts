// Where an interface that is not here may be: other network namespaces, as far as this process may see them. Nothing is entered.
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { errnoOf } from '../model/errors.ts';
import type { Exec } from '../model/ports.ts';
import { processName } from './socket-owners.ts';

/** Processes and named namespaces looked at. */
const maxProcesses = 4096;
const maxNames = 32;
const namesFolder = '/run/netns';

/** By its name in /run/netns, else by a process in it. */
export interface OtherNamespace {
  name: string | undefined;
  pid: number | undefined;
  process: string | null;
}

/** What goes away or is closed to us is left aside. */
const seen = <Value>(look: () => Value): Value | undefined => {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
};

const holds = (devices: string | undefined, iface: string): boolean =>
  (devices ?? '').split('\n').some((line) => line.trimStart().startsWith(`${iface}:`));

/** The names that `ip netns` gave, by the namespace's inode. */
const namedByInode = (): Map<string, string> => {
  const names = (seen(() => readdirSync(namesFolder)) ?? []).filter((name) => /^[A-Za-z0-9_][\w.@+-]*$/.test(name));
  return new Map(
    names.slice(0, maxNames).flatMap((name) => {
      const inode = seen(() => statSync(`${namesFolder}/${name}`).ino);
      return inode === undefined ? [] : [[`net:[${inode}]`, name] as const];
    }),
  );
};

/** The first one that has an interface of this name. */
export const findInOtherNamespaces = async (
  iface: string,
  exec: Exec,
  signal: AbortSignal,
): Promise<OtherNamespace | undefined> => {
  const named = namedByInode();
  const looked = new Set([seen(() => readlinkSync('/proc/self/ns/net'))]);
  const pids = (seen(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name));
  for (const pid of pids.slice(0, maxProcesses)) {
    const namespace = seen(() => readlinkSync(`/proc/${pid}/ns/net`));
    if (namespace === undefined || looked.has(namespace)) continue;
    looked.add(namespace);
    if (
      !holds(
        seen(() => readFileSync(`/proc/${pid}/net/dev`, 'utf8')),
        iface,
      )
    )
      continue;
    return { name: named.get(namespace), pid: Number(pid), process: processName(Number(pid)) };
  }
  // ip would take it for an option.
  if (iface.startsWith('-')) return undefined;
  for (const [namespace, name] of named) {
    if (looked.has(namespace)) continue;
    const args = ['-n', name, '-j', 'link', 'show', 'dev', iface];
    const { code } = await exec.run({ binary: 'ip', args, timeoutMs: 2000, signal });
    if (code === 0) return { name, pid: undefined, process: null };
  }
  return undefined;
};
