// Which resources a snapshot must read before a plan for an interface can be judged.
import type { Target } from '../model/operation-ports.ts';
import type { Policy } from '../model/policy.ts';
import type { Committed } from '../model/snapshot.ts';

/** The resources that knobs of an interface may need. */
const ofInterface = ['tc', 'ethtool', 'rings', 'coalescing', 'link', 'steering', 'route_metrics'];

/** Every sysctl with a card (reading them all costs about a millisecond), the interface's own resources, our table, and whatever is committed. */
export const targetsFor = (iface: string | undefined, policy: Policy, committed: Committed): Target[] => {
  const list: Target[] = [...policy.cardsByKey.keys()].map((target) => ({ resource: 'sysctl', target }));
  if (iface !== undefined) for (const resource of ofInterface) list.push({ resource, target: iface });
  list.push({ resource: 'nft', target: 'netmcp' });
  for (const fragment of committed.fragments) {
    const known = list.some((entry) => entry.resource === fragment.resource && entry.target === fragment.target);
    // Another interface's own resources are not part of this plan.
    if (!known && fragment.iface === iface) list.push({ resource: fragment.resource, target: fragment.target });
  }
  return list;
};
