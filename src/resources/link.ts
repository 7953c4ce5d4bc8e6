// Link attributes of one interface: the MTU.
import * as z from 'zod';
import { shellLine } from '../model/command.ts';
import { NetError } from '../model/errors.ts';
import { defineResource } from '../model/resource.ts';

const stateSchema = z.strictObject({ mtu: z.number().int().min(1).max(0x7fffffff) });
type State = z.infer<typeof stateSchema>;
/** Null: there is no such interface. */
const observedSchema = stateSchema.nullable();
type Observed = z.infer<typeof observedSchema>;
export type LinkPart = State;

const noInterface = (iface: string, said: string): NetError =>
  /does not exist|Cannot find device|No such device/i.test(said)
    ? new NetError('not_found', `there is no interface "${iface}"`, 'Name one that get_interfaces lists.')
    : new NetError(
        'step_failed',
        `ip link show dev ${iface} failed: ${said.trim().slice(0, 500)}`,
        'Look at what ip says; its package is iproute2.',
      );

/** What of `ip -j link show` matters here. */
const shownSchema = z.array(z.object({ mtu: z.number() })).length(1);

export const linkResource = defineResource<State, Observed, LinkPart>({
  id: 'link',
  scope: 'interface',
  state: stateSchema,
  observed: observedSchema,
  part: stateSchema,
  order: () => 30,
  async read(iface, ports, signal) {
    const { code, stdout, stderr } = await ports.exec.run({
      binary: 'ip',
      args: ['-j', 'link', 'show', 'dev', iface],
      signal,
    });
    if (code !== 0) throw noInterface(iface, stderr);
    const [shown] = shownSchema.parse(JSON.parse(stdout));
    return shown === undefined ? null : { mtu: shown.mtu };
  },
  current(iface, observed) {
    if (observed !== null) return observed;
    throw noInterface(iface, 'does not exist');
  },
  compose: (_iface, parts, { original }) => ({ state: parts.at(-1)?.part ?? original, findings: [] }),
  differences(iface, state, observed) {
    if (observed?.mtu === state.mtu) return [];
    const current = observed === null ? null : String(observed.mtu);
    return [{ path: `link.${iface}.mtu`, current, desired: String(state.mtu) }];
  },
  expected: (_iface, state, observed) => (observed === null ? null : state),
  commands(iface, observed, to) {
    if (observed === null || observed.mtu === to.mtu) return [];
    const args = ['link', 'set', 'dev', iface, 'mtu', String(to.mtu)];
    return [{ slot: 'ip_link_cmds', text: shellLine(['ip', ...args]), action: { kind: 'exec', binary: 'ip', args } }];
  },
});
