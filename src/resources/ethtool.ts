// The offload features of one interface. What is kept and restored is what was requested, not what happens to be active:
// switching tx off drags tso along, and it comes back by itself.
import * as z from 'zod';
import { type ResourceCommand, shellLine } from '../model/command.ts';
import {
  type EthtoolObserved,
  type Feature,
  type OffloadName,
  ethtoolObservedSchema,
  offloadOf,
} from '../model/offloads.ts';
import { type Difference, defineResource } from '../model/resource.ts';
import { readEthtool } from './ethtool-text.ts';

const featureName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/);
/** By kernel feature name: requested or not. Null: nothing could be read, so there is nothing to go back to. */
const stateSchema = z.strictObject({ features: z.record(featureName, z.boolean()) }).nullable();
type State = z.infer<typeof stateSchema>;
const partSchema = z.strictObject({ features: z.record(featureName, z.boolean()) });
export type EthtoolPart = z.infer<typeof partSchema>;

/** The names ethtool -k prints for what the kernel calls otherwise; for these one feature is the whole group. */
const printedNames: Readonly<Record<string, string>> = {
  'rx-checksumming': 'rx-checksum',
  'generic-segmentation-offload': 'tx-generic-segmentation',
  'generic-receive-offload': 'rx-gro',
  'large-receive-offload': 'rx-lro',
};

/** Reads the text of `ethtool -k`, whose form is the same from 4.x to 6.x (JSON came only with 5.10); sums of groups are left out. */
export const parseFeatures = (text: string): Record<string, Feature> => {
  const features: Record<string, Feature> = {};
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z0-9_-]+): (on|off)(?: \[(fixed|requested on|requested off)\])?/.exec(line);
    const [, printed = '', state = '', mark] = match ?? [];
    const name = printedNames[printed] ?? printed;
    if (offloadOf(name) === undefined) continue;
    const active = state === 'on';
    const requested = mark === 'requested on' || (mark !== 'requested off' && active);
    features[name] = { active, requested, fixed: mark === 'fixed' };
  }
  return features;
};

const onOff = (value: boolean): string => (value ? 'on' : 'off');

const differences = (iface: string, state: State, observed: EthtoolObserved): Difference[] =>
  Object.entries(state?.features ?? {}).flatMap(([name, desired]) => {
    const there = observed?.features[name];
    if (there?.requested === desired) return [];
    const current = there === undefined ? null : onOff(there.requested);
    return [{ path: `ethtool.${iface}.${name}`, current, desired: onOff(desired) }];
  });

/** Short names where they mean exactly the wanted features, else the features' own. */
const settings = (features: Record<string, Feature>, wanted: ReadonlyMap<string, boolean>): string[] => {
  const words: string[] = [];
  const done = new Set<OffloadName>();
  for (const [name, value] of wanted) {
    const group = offloadOf(name);
    if (group === undefined || done.has(group)) continue;
    const changeable = Object.entries(features).filter(([other, { fixed }]) => offloadOf(other) === group && !fixed);
    const whole = changeable.every(([other, { requested }]) => (wanted.get(other) ?? requested) === value);
    if (whole) {
      done.add(group);
      words.push(group, onOff(value));
    } else {
      words.push(name, onOff(value));
    }
  }
  return words;
};

const commands = (iface: string, observed: EthtoolObserved, to: State): ResourceCommand[] => {
  if (observed === null || to === null) return [];
  const wanted = new Map(
    Object.entries(to.features).filter(([name, value]) => {
      const there = observed.features[name];
      return there !== undefined && !there.fixed && there.requested !== value;
    }),
  );
  if (wanted.size === 0) return [];
  const args = ['-K', iface, ...settings(observed.features, wanted)];
  return [
    {
      slot: 'ethtool_cmds',
      text: shellLine(['ethtool', ...args]),
      action: { kind: 'exec', binary: 'ethtool', args },
      // It also exits 1 when the request was noted but nothing active changed.
      optional: true,
    },
  ];
};

export const ethtoolResource = defineResource<State, EthtoolObserved, EthtoolPart>({
  id: 'ethtool',
  scope: 'interface',
  state: stateSchema,
  observed: ethtoolObservedSchema,
  part: partSchema,
  order: () => 20,
  async read(iface, ports, signal) {
    const text = await readEthtool('-k', iface, ports, signal);
    return text === null ? null : { features: parseFeatures(text) };
  },
  current(_iface, observed) {
    if (observed === null) return null;
    const changeable = Object.entries(observed.features).filter(([, feature]) => !feature.fixed);
    return { features: Object.fromEntries(changeable.map(([name, { requested }]) => [name, requested])) };
  },
  compose(_iface, parts, { original }) {
    const wanted = parts.flatMap((entry) => Object.entries(entry.part.features));
    const features = Object.fromEntries([...Object.entries(original?.features ?? {}), ...wanted]);
    return { state: { features }, findings: [] };
  },
  differences,
  expected(_iface, state, observed) {
    if (observed === null || state === null) return observed;
    const features = Object.entries(observed.features).map(([name, feature]) => {
      const value = state.features[name] ?? feature.requested;
      return [name, feature.fixed ? feature : { ...feature, active: value, requested: value }] as const;
    });
    return { features: Object.fromEntries(features) };
  },
  commands,
});
