// render: compiled steps as the commands a person could paste, the diff, and the undo lines. Same input, same bytes.
import type { ResourceCommand, Slot } from '../model/command.ts';
import type { DiffEntry, Rendered } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { addressOf } from '../model/snapshot.ts';
import type { Compiled, CompiledStep } from './compile.ts';
import { digest } from './digest.ts';

const textsIn = (commands: readonly ResourceCommand[], slot: Slot): string[] =>
  commands.filter((command) => command.slot === slot).map((command) => command.text);

export const renderCommands = (commands: readonly ResourceCommand[]): Rendered => ({
  sysctl_cmds: textsIn(commands, 'sysctl_cmds'),
  tc_script: textsIn(commands, 'tc_script').join('\n'),
  nft_script: textsIn(commands, 'nft_script').join('\n'),
  ethtool_cmds: textsIn(commands, 'ethtool_cmds'),
  ip_link_cmds: textsIn(commands, 'ip_link_cmds'),
});

export const renderSteps = (steps: readonly CompiledStep[]): Rendered =>
  renderCommands(steps.flatMap((step) => step.commands));

/** How to undo by hand: the steps backwards; an nft script is a here-document for nft. */
export const undoLines = (steps: readonly CompiledStep[]): string[] =>
  [...steps].reverse().flatMap((step) => step.undo.flatMap(pasteable));

/** One command as a person would paste it into a shell. */
export const pasteable = (command: ResourceCommand): string[] =>
  command.slot === 'nft_script' ? [`nft -f - <<'NETMCP'\n${command.text}\nNETMCP`] : command.text.split('\n');

export const diffOf = (compiled: Compiled): DiffEntry[] => compiled.steps.flatMap((step) => step.diff);

/** What is committed, as far as this plan builds on it: wishes of its interface, and everybody's parts of what it touches. */
const committedIn = ({ committed }: Snapshot, { readSet }: Compiled, iface: string): unknown => {
  const touched = (record: Readonly<Record<string, unknown>>) =>
    Object.entries(record).filter(([address]) => readSet.includes(address));
  return {
    wishes: committed.wishes.filter((entry) => entry.iface === iface).map(({ knob, wish }) => ({ knob, wish })),
    fragments: committed.fragments.filter(({ resource, target }) => readSet.includes(addressOf(resource, target))),
    originals: Object.fromEntries(touched(committed.originals)),
    states: Object.fromEntries(touched(committed.states)),
  };
};

/**
 * Digest of what the plan rests on: the values it reads or writes, what is committed for them, which boot and namespace.
 * `host_changed` means exactly that this moved.
 */
export const readSetDigest = (snapshot: Snapshot, compiled: Compiled, iface: string): string => {
  const facts = snapshot.interfaces[iface];
  return digest({
    boot_id: snapshot.boot_id,
    netns: snapshot.netns,
    features: snapshot.features,
    committed: committedIn(snapshot, compiled, iface),
    iface:
      facts === undefined
        ? null
        : { ifindex: facts.ifindex, kind: facts.kind, mtu: facts.mtu, min_mtu: facts.min_mtu, max_mtu: facts.max_mtu },
    observed: Object.fromEntries(compiled.readSet.map((address) => [address, snapshot.observed[address] ?? null])),
  });
};
