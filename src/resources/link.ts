// Link attributes of one interface: the MTU and the length of the transmit queue. Each is its own wish; none touches the other.
import * as z from 'zod';
import { shellLine } from '../model/command.ts';
import { NetError } from '../model/errors.ts';
import { warning } from '../model/finding.ts';
import { defineResource } from '../model/resource.ts';
import { composeSettings, settingDifferences } from './settings.ts';

const mtu = z.number().int().min(1).max(0x7fffffff);
const txqueuelen = z.number().int().min(0).max(0xffffffff);
/** What is wished, or was read. Journals and standing records of versions that knew only the MTU hold only the MTU. */
const stateSchema = z.strictObject({ mtu: mtu.optional(), txqueuelen: txqueuelen.optional() });
type State = z.infer<typeof stateSchema>;
/** Reading gives both. Null: there is no such interface. */
const observedSchema = z.strictObject({ mtu, txqueuelen: txqueuelen.optional() }).nullable();
type Observed = z.infer<typeof observedSchema>;
export type LinkPart = State;

const attributes = ['mtu', 'txqueuelen'] as const;

const noInterface = (iface: string, said: string): NetError =>
  /does not exist|Cannot find device|No such device/i.test(said)
    ? new NetError('not_found', `there is no interface "${iface}"`, 'Name one that get_interfaces lists.')
    : new NetError(
        'step_failed',
        `ip link show dev ${iface} failed: ${said.trim().slice(0, 500)}`,
        'Look at what ip says; its package is iproute2.',
      );

/** What of `ip -j link show` matters here; a queue of length 0 is not printed. */
const shownSchema = z.array(z.object({ mtu: z.number(), txqlen: z.number().optional() })).length(1);

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
    return shown === undefined ? null : { mtu: shown.mtu, txqueuelen: shown.txqlen ?? 0 };
  },
  current(iface, observed) {
    if (observed !== null) return observed;
    throw noInterface(iface, 'does not exist');
  },
  compose(iface, parts, context) {
    const { original } = context;
    const unknown = parts.filter(({ part }) =>
      attributes.some((name) => part[name] !== undefined && original[name] === undefined),
    );
    const findings = unknown.map(({ knob }) => {
      const message = `what ${knob} of ${iface} was at first is not on record, so removing this wish later leaves its value as it is`;
      return warning(`changes.${knob}`, 'no_original', message, 'Undoing this change itself restores it exactly.');
    });
    return { state: stateSchema.parse(composeSettings(`link:${iface}`, parts, context)), findings };
  },
  differences: (iface, state, observed) => settingDifferences('link', iface, state, observed),
  expected: (_iface, state, observed) => (observed === null ? null : observedSchema.parse({ ...observed, ...state })),
  commands(iface, observed, to) {
    if (observed === null) return [];
    const words = attributes.flatMap((name) => {
      const wanted = to[name];
      return wanted === undefined || wanted === observed[name] ? [] : [name, String(wanted)];
    });
    if (words.length === 0) return [];
    const args = ['link', 'set', 'dev', iface, ...words];
    return [{ slot: 'ip_link_cmds', text: shellLine(['ip', ...args]), action: { kind: 'exec', binary: 'ip', args } }];
  },
});
