// The sizes of a NIC's rings. They are compared exactly: where a driver rounds, read-back says so and the change is undone,
// because a size accepted as "close enough" could neither be told from the original nor from somebody else's.
import * as z from 'zod';
import { shellLine } from '../model/command.ts';
import { defineResource } from '../model/resource.ts';
import { type RingName, type RingsObserved, ringNames, ringsObservedSchema } from '../model/rings.ts';
import { readEthtool } from './ethtool-text.ts';
import { composeSettings, settingDifferences } from './settings.ts';

const slots = z.number().int().min(1).max(0x7fffffff).optional();
const partSchema = z.strictObject({ rx: slots, tx: slots });
type RingsPart = z.infer<typeof partSchema>;
/** Null: nothing could be read, so there is nothing to go back to. */
const stateSchema = partSchema.nullable();
type State = z.infer<typeof stateSchema>;

/** A ring of no slots is one the driver does not have: what newer ethtool prints as n/a, older prints as 0. */
const slotsIn = (section: string, name: RingName): number | null => {
  const [, digits] = new RegExp(`^${name.toUpperCase()}:[ \\t]*([0-9]{1,9})[ \\t]*$`, 'm').exec(section) ?? [];
  return digits === undefined || Number(digits) === 0 ? null : Number(digits);
};

const ringsIn = (section: string) => ({ rx: slotsIn(section, 'rx'), tx: slotsIn(section, 'tx') });

/** Reads the text of `ethtool -g`: the maximums first, then the sizes in use (JSON came only with 5.10). */
export const parseRings = (text: string): RingsObserved => {
  const [maximums = '', settings = ''] = text.split(/^Current hardware settings:.*$/m);
  const current = ringsIn(settings);
  return current.rx === null && current.tx === null ? null : { current, maximum: ringsIn(maximums) };
};

export const ringsResource = defineResource<State, RingsObserved, RingsPart>({
  id: 'rings',
  scope: 'interface',
  state: stateSchema,
  observed: ringsObservedSchema,
  part: partSchema,
  order: () => 22,
  async read(iface, ports, signal) {
    const text = await readEthtool('-g', iface, ports, signal);
    return text === null ? null : parseRings(text);
  },
  current(_iface, observed) {
    if (observed === null) return null;
    const { rx, tx } = observed.current;
    return { ...(rx === null ? {} : { rx }), ...(tx === null ? {} : { tx }) };
  },
  compose: (iface, parts, context) => ({
    state: stateSchema.parse(composeSettings(`rings:${iface}`, parts, context)),
    findings: [],
  }),
  differences: (iface, state, observed) => settingDifferences('rings', iface, state, observed?.current ?? null),
  expected(_iface, state, observed) {
    if (observed === null || state === null) return observed;
    const { current, maximum } = observed;
    return { current: { rx: state.rx ?? current.rx, tx: state.tx ?? current.tx }, maximum };
  },
  commands(iface, observed, to) {
    const words = ringNames.flatMap((name) => {
      const [there, wanted] = [observed?.current[name] ?? null, to?.[name]];
      return there === null || wanted === undefined || there === wanted ? [] : [name, String(wanted)];
    });
    if (words.length === 0) return [];
    const args = ['-G', iface, ...words];
    const text = shellLine(['ethtool', ...args]);
    return [{ slot: 'ethtool_cmds', text, action: { kind: 'exec', binary: 'ethtool', args } }];
  },
});
