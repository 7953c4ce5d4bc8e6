// What part a host plays: told by the caller, by the goal, or by what the host forwards.
import { ownersOf } from '../model/owner.ts';
import { type Snapshot, addressOf } from '../model/snapshot.ts';
import { sysctlObservedSchema } from '../model/sysctl.ts';
import type { Role } from './facts.ts';

interface RoleInput {
  role?: Role | undefined;
  goal: string;
  snapshot: Snapshot;
}

/** Forwarding that Docker switched on, or that a host with one link inherited, makes no router. */
export const roleOf = ({ role, goal, snapshot }: RoleInput): Role => {
  if (role !== undefined) return role;
  if (goal === 'server' || goal === 'router') return goal;
  const key = 'net.ipv4.ip_forward';
  const forwarding = sysctlObservedSchema.safeParse(snapshot.observed[addressOf('sysctl', key)]).data?.value === '1';
  const dockers = ownersOf(snapshot.owners ?? [], { kind: 'sysctl', key }).some(
    ({ manager, active }) => manager === 'Docker' && active,
  );
  const links = Object.values(snapshot.interfaces).filter(
    ({ name, ipv4, ipv6 }) => name !== 'lo' && ipv4.length + ipv6.length > 0,
  );
  return forwarding && !dockers && links.length > 1 ? 'router' : 'client';
};
