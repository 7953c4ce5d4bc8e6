// One sysctl key as a resource: read whole, written whole, and undone together with the keys the kernel moves along with it.
import * as z from 'zod';
import { normaliseValue } from '../model/card-value.ts';
import { type ResourceCommand, shellLine } from '../model/command.ts';
import { NetError } from '../model/errors.ts';
import { error } from '../model/finding.ts';
import { type Difference, type PartEntry, defineResource } from '../model/resource.ts';
import {
  type SysctlObserved,
  companionKeyPattern,
  sysctlKeyPattern,
  sysctlObservedSchema,
  sysctlPath,
} from '../model/sysctl.ts';
import { companionsAfter, implied, readCompanions } from './sysctl-companions.ts';

const valueSchema = z
  .string()
  .max(1024)
  .regex(/^[A-Za-z0-9_.,:+-]+( [A-Za-z0-9_.,:+-]+)*$/, 'not a sysctl value: words parted by single blanks');

const stateSchema = z
  .strictObject({
    value: valueSchema,
    /** Companions to restore; a wished state has none, so whatever they become is fine. */
    companions: z.record(z.string().regex(companionKeyPattern), valueSchema).optional(),
  })
  /** Null: the key was not there. It cannot be taken away again, so nothing is ever done to reach this state. */
  .nullable();
type State = z.infer<typeof stateSchema>;

const partSchema = z.strictObject({ value: valueSchema });
export type SysctlPart = z.infer<typeof partSchema>;

const checkKey = (key: string): void => {
  if (sysctlKeyPattern.test(key)) return;
  throw new NetError(
    'plan_refused',
    `"${key}" is not a sysctl key that netmcp handles`,
    'Keys start with net. and hold lower-case letters, digits and underscores, such as net.ipv4.tcp_rmem.',
  );
};

const write = (key: string, value: string): ResourceCommand => ({
  slot: 'sysctl_cmds',
  text: shellLine(['sysctl', '-w', `${key}=${value}`]),
  action: { kind: 'write_sysctl', key, value },
});

const pathOf = (knob: string, key: string): string => (knob === 'sysctl' ? `changes.sysctl.${key}` : `changes.${knob}`);

const conflicts = (key: string, parts: readonly PartEntry<SysctlPart>[]) => {
  const last = parts.at(-1);
  const other = parts.find((entry) => entry.part.value !== last?.part.value);
  if (last === undefined || other === undefined) return [];
  return [
    error(
      pathOf(last.knob, key),
      'plan_refused',
      `${key} is one setting for the whole host: ${last.iface} (${last.knob}) wants "${last.part.value}", ${other.iface} (${other.knob}) has "${other.part.value}"`,
      `Use the same value, or first remove it from the knob ${other.knob} of ${other.iface} (null removes it).`,
    ),
  ];
};

/** A key whose value is not the wanted one. */
interface Moved {
  key: string;
  current: string | null;
  desired: string;
}

const movedKeys = (key: string, state: State, observed: SysctlObserved): Moved[] => {
  if (state === null) return [];
  if (observed === null) return [{ key, current: null, desired: state.value }];
  const found: Moved[] = [];
  if (normaliseValue(state.value) !== normaliseValue(observed.value)) {
    found.push({ key, current: observed.value, desired: state.value });
  }
  for (const [companion, desired] of Object.entries(state.companions ?? {})) {
    const there = observed.companions[companion];
    // An interface that has gone takes its keys with it; a read-only list is somebody else's.
    if (there?.writable !== true || there.value === desired) continue;
    found.push({ key: companion, current: there.value, desired });
  }
  return found;
};

const differences = (key: string, state: State, observed: SysctlObserved): Difference[] =>
  movedKeys(key, state, observed).map(({ key: moved, current, desired }) => ({
    path: `sysctl.${moved}`,
    current,
    desired,
  }));

const expected = (key: string, state: State, observed: SysctlObserved): SysctlObserved => {
  if (state === null) return observed;
  if (observed === null) return { value: state.value, writable: true, companions: {} };
  const moved = companionsAfter(key, state.value, observed);
  const restored = Object.entries(moved).map(([companion, entry]) => {
    const desired = state.companions?.[companion];
    return [companion, desired === undefined || !entry.writable ? entry : { ...entry, value: desired }] as const;
  });
  return { ...observed, value: state.value, companions: Object.fromEntries(restored) };
};

const commands = (key: string, observed: SysctlObserved, to: State): ResourceCommand[] => {
  checkKey(key);
  if (to === null) return [];
  const [first] = movedKeys(key, { value: to.value }, observed);
  const list = first === undefined ? [] : [write(key, to.value)];
  if (observed === null) return list;
  const moved = { ...observed, companions: companionsAfter(key, to.value, observed) };
  const left = movedKeys(key, to, { ...moved, value: to.value });
  return [...list, ...left.map((entry) => write(entry.key, entry.desired))];
};

export const sysctlResource = defineResource<State, SysctlObserved, SysctlPart>({
  id: 'sysctl',
  scope: 'namespace',
  state: stateSchema,
  observed: sysctlObservedSchema,
  part: partSchema,
  // Deleting a root qdisc creates the default one: default_qdisc must be restored before that, hence set after it.
  order: (key) => (key === 'net.core.default_qdisc' ? 90 : 10),
  async read(key, ports) {
    checkKey(key);
    const path = sysctlPath(key);
    const text = await ports.kernel.read(path);
    if (text === undefined) return null;
    const value = normaliseValue(text);
    const writable = await ports.kernel.writable(path);
    return { value, writable, companions: await readCompanions(key, writable, ports) };
  },
  current(key, observed) {
    if (observed === null) return null;
    // Only exceptions are kept: what the kernel makes of them by itself need not be written.
    const exceptions = Object.entries(observed.companions).flatMap(([companion, { value, writable }]) =>
      writable && value !== implied(key, companion, observed.value) ? [[companion, value] as const] : [],
    );
    if (exceptions.length === 0) return { value: observed.value };
    return { value: observed.value, companions: Object.fromEntries(exceptions) };
  },
  compose(key, parts, context) {
    const last = parts.at(-1);
    if (last === undefined) return { state: context.original, findings: [] };
    return { state: { value: last.part.value }, findings: conflicts(key, parts) };
  },
  differences,
  expected,
  commands,
});
