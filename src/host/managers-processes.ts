// Which daemons run on this host, by the kernel's names of processes; a name alone proves nothing, so its user must be the system's.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../model/errors.ts';

/** Below it are the system's users (login.defs, SYS_UID_MAX); dynamic users of systemd are 61184 to 65519. */
const firstPersonUid = 1000;
const isSystemUser = (uid: number): boolean => uid < firstPersonUid || (uid >= 61_184 && uid <= 65_519);

/** In memory and quick to read: the pool of threads would take ten times as long for a few hundred of them. */
const readNow = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // It ended since it was listed (ENOENT, ESRCH), or is hidden from this user.
    if (errnoOf(error) !== undefined) return '';
    throw error;
  }
};

/** In a PID namespace of its own below ours: a container's, which manages its own network. */
const isElsewhere = (status: string): boolean => /^NSpid:[ \t]+\d+[ \t]+\d/m.test(status);

/**
 * Names wanted (of at most 15 characters, as the kernel keeps them) that a system user's process of this PID namespace has, with
 * its pid. `proc` is /proc unless this is a test.
 */
export const runningDaemons = (wanted: ReadonlySet<string>, proc = '/proc'): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const pid of readdirSync(proc)) {
    if (!/^\d{1,10}$/.test(pid)) continue;
    const name = readNow(`${proc}/${pid}/comm`).trimEnd();
    if (!wanted.has(name) || found.has(name)) continue;
    const status = readNow(`${proc}/${pid}/status`);
    const uid = Number(/^Uid:[ \t]+(\d{1,10})/m.exec(status)?.[1] ?? Number.NaN);
    if (isSystemUser(uid) && !isElsewhere(status)) found.set(name, Number(pid));
  }
  return found;
};

/**
 * Whether a process sees the interfaces that we see. What may not be asked (another user's process) is taken to do so; after
 * `ip netns exec` the system's own managers do not.
 */
export const sharesNetns = (pid: number): boolean => {
  try {
    const [theirs, ours] = [pid, 'self'].map((one) => statSync(`/proc/${one}/ns/net`));
    return theirs?.ino === ours?.ino;
  } catch (error) {
    if (errnoOf(error) !== undefined) return true;
    throw error;
  }
};
