// Which chains a packet passes on its way through a hook: those of the hook itself, and those before and after it that may stop it.
import type { Chain, PacketFamily, Table } from './model.ts';

export type FilterHook = 'input' | 'forward' | 'output';

export interface Passed {
  table: Table;
  chain: Chain;
  /** A chain of the hook itself, for all packets of the family. */
  own: boolean;
  /** `devices`: only packets of its devices; `bridged`: only those that pass a bridge; `switched`: only frames that a bridge forwards itself. */
  scope: 'all' | 'devices' | 'bridged' | 'switched';
}

const around: Readonly<Record<FilterHook, readonly string[]>> = {
  input: ['ingress', 'prerouting'],
  forward: ['ingress', 'prerouting', 'postrouting', 'egress'],
  output: ['postrouting', 'egress'],
};
const ofBridges: Readonly<Record<FilterHook, readonly string[]>> = {
  input: ['prerouting', 'input'],
  forward: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
  output: ['output', 'postrouting'],
};

const isOfFamily = ({ family }: Table, packets: PacketFamily): boolean =>
  family === 'inet' || family === (packets === 'ipv4' ? 'ip' : 'ip6');

/** Dormant tables see no packet. A netdev chain sees both families. */
export const chainsOnWay = (tables: readonly Table[], packets: PacketFamily, hook: FilterHook): Passed[] =>
  tables
    .filter(({ dormant }) => !dormant)
    .flatMap((table) =>
      table.chains.flatMap((chain): Passed[] => {
        const at = chain.hook ?? '';
        const near = around[hook].includes(at);
        if (at === 'ingress' || at === 'egress') {
          const sees = table.family === 'netdev' || isOfFamily(table, packets);
          return sees && near ? [{ table, chain, own: false, scope: 'devices' }] : [];
        }
        if (table.family === 'bridge') {
          const scope = at === 'forward' ? 'switched' : 'bridged';
          return ofBridges[hook].includes(at) ? [{ table, chain, own: false, scope }] : [];
        }
        return isOfFamily(table, packets) && (at === hook || near)
          ? [{ table, chain, own: at === hook, scope: 'all' }]
          : [];
      }),
    );
