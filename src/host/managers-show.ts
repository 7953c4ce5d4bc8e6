// One interface as it is shown: who manages it, who holds its configuration, and who else claims it.
import type { Claim, ManagerName } from './managers-claims.ts';

export interface ManagedInterface {
  name: string;
  /** The one that runs and manages it; null: none of those that were looked for. */
  managed_by: ManagerName | null;
  state: string | null;
  connection: string | null;
  /** Who wrote or holds the configuration, also of a manager that does not run. */
  configured_by: ManagerName | null;
  /** Further managers that run and claim it: two that disagree undo each other's work. */
  also_claimed_by: ManagerName[];
  evidence: string;
}

export const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];

/** cloud-init before netplan, whose files it writes; netplan before the manager, whose files that writes. */
const configuredBy = (live: Claim | undefined, config: readonly Claim[]): ManagerName | null => {
  if (config.some(({ origin }) => origin === 'cloud-init')) return 'cloud-init';
  return live?.origin ?? config[0]?.origin ?? config[0]?.manager ?? live?.manager ?? null;
};

const evidenceOf = (name: string, live: readonly Claim[], config: readonly Claim[]): string => {
  const found = unique([...live, ...config].map(({ manager, evidence }) => `${manager}: ${evidence}`));
  if (found.length > 0) return found.slice(0, 4).join('; ');
  return name === 'lo'
    ? 'The kernel’s own loopback.'
    : 'No manager claims it: set up by hand, by a script, or from outside this host.';
};

export const show = (name: string, live: readonly Claim[], config: readonly Claim[]): ManagedInterface => {
  const [first] = live;
  // ifupdown starts dhcpcd as its client: no disagreement.
  const others = live.filter(({ manager }) => !(manager === 'dhcpcd' && first?.manager === 'ifupdown'));
  return {
    name,
    managed_by: first?.manager ?? null,
    state: first?.state ?? null,
    connection: first?.connection ?? config[0]?.connection ?? null,
    configured_by: configuredBy(first, config),
    also_claimed_by: unique(others.map(({ manager }) => manager)).filter((manager) => manager !== first?.manager),
    evidence: evidenceOf(name, live, config),
  };
};
