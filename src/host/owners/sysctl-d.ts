// sysctl.d: every assignment of a net key in the order sysctl --system makes them; of one key the last is active.
import type { Owner } from '../../model/owner.ts';
import { isShipped, sysctlKey, type OwnerContext } from './context.ts';

const folders = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d', '/lib/sysctl.d'];
const oldFile = '/etc/sysctl.conf';

interface Assignment {
  key: string;
  value: string;
  path: string;
  line: number;
}

/** `key = value`, `-key = value` (errors ignored), comments with # and ;. */
const parse = (text: string, path: string): Assignment[] =>
  text.split(/\r?\n/).flatMap((raw, index) => {
    const line = raw.trim();
    const equals = line.indexOf('=');
    if (equals <= 0 || /^[#;]/.test(line)) return [];
    const key = sysctlKey(line.slice(0, equals).replace(/^-/, ''));
    return key === undefined ? [] : [{ key, value: line.slice(equals + 1).trim(), path, line: index + 1 }];
  });

const lastOf = (assignments: readonly Assignment[]): Map<string, Assignment> =>
  new Map(assignments.map((assignment) => [assignment.key, assignment]));

/** /etc/sysctl.conf is read by sysctl --system, after all others; systemd-sysctl reads it at boot only where sysctl.d links to it. */
const effectOf = (path: string, isLinked: boolean, isLastInFolders: boolean, isLast: boolean): string => {
  if (path === oldFile) {
    return isLinked
      ? 'at boot, in the order of the link in sysctl.d, and with sysctl --system and sysctl -p'
      : 'with sysctl --system and sysctl -p; at boot only where systemd-sysctl does not do it';
  }
  if (isLast) return 'at boot and with sysctl --system';
  return isLastInFolders
    ? `at boot by systemd-sysctl; with sysctl --system ${oldFile} overrides it`
    : 'never: a later line overrides it';
};

export const readSysctlD = ({ files }: OwnerContext): Owner[] => {
  const paths = files.layered(folders, '.conf');
  const linked = files.exists(oldFile) ? paths.filter((path) => files.same(path, oldFile)) : [];
  const parsed = (path: string): Assignment[] => parse(files.read(path) ?? '', path);
  const inFolders = paths.filter((path) => !linked.includes(path)).flatMap(parsed);
  const all = [...inFolders, ...parsed(oldFile)];
  const lastInFolders = lastOf(inFolders);
  const last = lastOf(all);
  return all.map((assignment): Owner => {
    const { key, value, path, line } = assignment;
    const isLast = last.get(key) === assignment;
    return {
      manager: 'sysctl.d',
      claim: { kind: 'sysctl', key },
      value,
      source: `${path}:${line}`,
      shipped: isShipped(path),
      active: isLast,
      effect: effectOf(path, linked.length > 0, lastInFolders.get(key) === assignment, isLast),
    };
  });
};
