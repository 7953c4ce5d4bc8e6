// Interrupt coalescing of one interface. Compared exactly, for the reason that rings.ts gives.
import type * as z from 'zod';
import {
  type CoalescingName,
  type CoalescingObserved,
  type CoalescingPart,
  coalescingNames,
  coalescingObservedSchema,
  coalescingPartSchema,
} from '../model/coalescing.ts';
import { type ResourceCommand, shellLine } from '../model/command.ts';
import { defineResource } from '../model/resource.ts';
import { readEthtool } from './ethtool-text.ts';
import { composeSettings, onOff, settingDifferences } from './settings.ts';

/** Null: nothing could be read, so there is nothing to go back to. */
const stateSchema = coalescingPartSchema.nullable();
type State = z.infer<typeof stateSchema>;

const countIn = (text: string, word: string): number | null => {
  const [, digits] = new RegExp(`^${word}:[ \\t]*([0-9]{1,10})[ \\t]*$`, 'm').exec(text) ?? [];
  return digits === undefined || Number(digits) > 0xffffffff ? null : Number(digits);
};

const flagOf = (word: string | undefined): boolean | null => (word === 'on' ? true : word === 'off' ? false : null);

/** Reads the text of `ethtool -c`. `n/a` is what the driver lacks; ethtool before 5.9 prints 0 for it, and setting it then fails. */
export const parseCoalescing = (text: string): CoalescingObserved => {
  const [, rx, tx] = /^Adaptive RX: *(on|off|n\/a) +TX: *(on|off|n\/a)[ \t]*$/m.exec(text) ?? [];
  const observed = {
    adaptive_rx: flagOf(rx),
    adaptive_tx: flagOf(tx),
    rx_usecs: countIn(text, 'rx-usecs'),
    tx_usecs: countIn(text, 'tx-usecs'),
    rx_frames: countIn(text, 'rx-frames'),
    tx_frames: countIn(text, 'tx-frames'),
  };
  return coalescingNames.every((name) => observed[name] === null) ? null : observed;
};

const wordsFor = (name: CoalescingName, value: number | boolean): string[] => [
  name.replace('_', '-'),
  typeof value === 'boolean' ? onOff(value) : String(value),
];

const command = (iface: string, words: readonly string[]): ResourceCommand[] => {
  if (words.length === 0) return [];
  const args = ['-C', iface, ...words];
  const text = shellLine(['ethtool', ...args]);
  return [{ slot: 'ethtool_cmds', text, action: { kind: 'exec', binary: 'ethtool', args } }];
};

/** Adaptive moderation goes off with the numbers and on after them: some drivers refuse numbers while it is on. */
const commands = (iface: string, observed: CoalescingObserved, to: State): ResourceCommand[] => {
  const first: string[] = [];
  const last: string[] = [];
  for (const name of coalescingNames) {
    const [there, wanted] = [observed?.[name] ?? null, to?.[name]];
    if (there === null || wanted === undefined || there === wanted) continue;
    (wanted === true ? last : first).push(...wordsFor(name, wanted));
  }
  return [...command(iface, first), ...command(iface, last)];
};

export const coalescingResource = defineResource<State, CoalescingObserved, CoalescingPart>({
  id: 'coalescing',
  scope: 'interface',
  state: stateSchema,
  observed: coalescingObservedSchema,
  part: coalescingPartSchema,
  // After the rings: some drivers set coalescing anew when they make new rings.
  order: () => 24,
  async read(iface, ports, signal) {
    const text = await readEthtool('-c', iface, ports, signal);
    return text === null ? null : parseCoalescing(text);
  },
  current(_iface, observed) {
    if (observed === null) return null;
    return coalescingPartSchema.parse(
      Object.fromEntries(Object.entries(observed).filter(([, value]) => value !== null)),
    );
  },
  compose: (iface, parts, context) => ({
    state: stateSchema.parse(composeSettings(`coalescing:${iface}`, parts, context)),
    findings: [],
  }),
  differences: (iface, state, observed) => settingDifferences('coalescing', iface, state, observed),
  expected(_iface, state, observed) {
    if (observed === null || state === null) return observed;
    return coalescingObservedSchema.parse({ ...observed, ...state });
  },
  commands,
});
