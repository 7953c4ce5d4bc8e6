// What every knob of our nft table has in common: what the host must have, its fragment, and the ports its owner needs.
import type { Finding } from '../model/finding.ts';
import type { KnobContext, KnobResult } from '../model/knob.ts';
import type { Entry, NftPart } from '../resources/nft/entries.ts';
import type { Lack } from './unavailable.ts';
import { unavailable } from './unavailable.ts';

const lackOf = ({ snapshot }: KnobContext, conntrack: boolean): Lack | undefined => {
  const { features } = snapshot;
  if (features.binaries['nft'] === null) {
    return {
      code: 'missing_binary',
      message: 'the program nft is not installed',
      hint: 'Install it: apt-get install nftables.',
    };
  }
  if (!features.nftables) {
    return {
      code: 'missing_kernel_feature',
      message: 'this kernel has no nftables',
      hint: 'Load or build it: modprobe nf_tables.',
    };
  }
  if (conntrack && !features.conntrack) {
    return {
      code: 'missing_kernel_feature',
      message: 'this kernel has no connection tracking',
      hint: 'Load or build it: modprobe nf_conntrack.',
    };
  }
  return undefined;
};

/** The knob's fragment with its findings; without the fragment where the host cannot have it: an error by name, a warning from a profile. */
export const nftResult = (
  path: string,
  context: KnobContext,
  entries: Entry[],
  findings: Finding[],
  needs: { conntrack: boolean },
): KnobResult => {
  const lack = entries.length === 0 ? undefined : lackOf(context, needs.conntrack);
  if (lack !== undefined) {
    return { fragments: [], findings: [...findings, unavailable(path, context, lack)] };
  }
  const part: NftPart = { entries };
  return { fragments: [{ resource: 'nft', target: 'netmcp', part }], findings };
};

/** TCP ports by which this host is managed: where sshd listens, and those of limits.yaml. Ascending. */
export const managementPorts = ({ snapshot, policy }: KnobContext): number[] =>
  [...new Set([...snapshot.management_ports, ...policy.limits.protected_ports])].sort((a, b) => a - b);
