// What the list of tools says about the fields of a plan. It has few bytes: where name, type and unit tell enough it says nothing; a refusal's hint has the whole text.
import type { JsonSchema } from '../frame/json-schema.ts';
import { mapInner } from '../frame/simple-schema.ts';

/** Paths below a plan; lists count as what is in them. An empty text takes the knob's own away. */
const wording: Readonly<Record<string, string>> = {
  iface: '"auto": the default route\'s',
  profile: 'See list_policy',
  inherit: "The profile's values too; default: true without changes",
  changes: 'Absent: stays. null or []: removed.',
  'changes.sysctl': 'Several numbers: one string',
  'changes.qdisc.params': 'Man page names with the unit: limit, target_ms, bandwidth_mbit, ...',
  'changes.shaper.egress_mbit': '',
  'changes.shaper.ingress_mbit': '',
  'changes.shaper.ceil_mbit': '',
  'changes.netem.distribution': '',
  'changes.netem.reorder_pct': '',
  'changes.netem.limit': '',
  'changes.htb_classes': '',
  'changes.htb_classes.classid': 'Such as 1:10',
  'changes.htb_classes.parent': '',
  'changes.htb_classes.rate_mbit': '',
  'changes.htb_classes.ceil_mbit': '',
  'changes.htb_classes.priority': '0 first',
  'changes.htb_classes.burst': '',
  'changes.htb_classes.match': '',
  'changes.dscp': 'First match counts',
  'changes.dscp.match': '{}: every packet',
  'changes.dscp.match.dports': 'Or ranges: 5000-5100',
  'changes.dscp.dscp': 'EF, AF41, 0-63',
  'changes.connection_limits': 'Per source',
  'changes.connection_limits.limit': '',
  'changes.connection_limits.mask': '',
  'changes.connection_limits.mask6': '',
  'changes.connection_limits.action': '',
  'changes.rate_limits': 'Incoming',
  'changes.rate_limits.rate': '1000/second',
  'changes.rate_limits.burst': 'Packets',
  'changes.rate_limits.scope': '',
  'changes.rate_limits.port': 'Needs protocol',
  'changes.rate_limits.mask': '',
  'changes.rate_limits.mask6': '',
  'changes.connection_tracking.max_connections': '',
  'changes.connection_tracking.tcp_timeout_established': '',
  'changes.connection_tracking.tcp_timeout_close_wait': '',
  'changes.nat_rules': '',
  'changes.nat_rules.iface': '',
  'changes.nat_rules.dport': '',
  'changes.offloads.gro': '',
  'changes.offloads.gso': '',
  'changes.offloads.tso': '',
  'changes.offloads.lro': '',
  'changes.offloads.rx': '',
  'changes.offloads.tx': '',
  'changes.mtu': '',
  'changes.txqueuelen': '',
  'changes.rings.rx': '',
  'changes.rings.tx': '',
  'changes.coalescing.adaptive_rx': '',
  'changes.coalescing.adaptive_tx': '',
  'changes.coalescing.rx_usecs': '',
  'changes.coalescing.tx_usecs': '',
  'changes.coalescing.rx_frames': '',
  'changes.coalescing.tx_frames': '',
  'changes.packet_steering.rps_cpus': '0-3,8; "": off',
  'changes.packet_steering.xps_cpus': '',
  'changes.packet_steering.rps_flow_count': '0: off',
  'changes.routes.destination': 'Of an existing route',
  'changes.routes.initcwnd': '',
  'changes.routes.initrwnd': '',
  'changes.routes.congestion_control': '',
  validate: '',
  rationale: '',
  takeover: 'Replace a foreign root qdisc',
  emulate: 'Needed for netem',
};

/** Throws where a path of the table is not in the plan, so that the table cannot outlive a field. */
export const describeAt = (plan: JsonSchema): JsonSchema => {
  const unused = new Set(Object.keys(wording));
  const visit = (schema: JsonSchema, path: string, isField: boolean): JsonSchema => {
    if (isField) unused.delete(path);
    const { description, ...rest } = mapInner(schema, (inner, name) => {
      const below = [path, name].filter((part) => part !== undefined && part !== '').join('.');
      return visit(inner, below, name !== undefined);
    });
    const shown = (isField ? wording[path] : undefined) ?? description;
    return shown === undefined || shown === '' ? rest : { ...rest, description: shown };
  };
  const described = visit(plan, '', false);
  if (unused.size > 0) throw new Error(`no such field of a plan: ${[...unused].join(', ')}`);
  return described;
};
