// What the list of tools says about the fields of a plan. It has few bytes: where name, type and unit tell enough it says nothing; a refusal's hint has the whole text.
import type { JsonSchema } from '../frame/json-schema.ts';
import { mapInner } from '../frame/simple-schema.ts';

/** Paths below a plan; lists count as what is in them. An empty text takes the knob's own away. */
const wording: Readonly<Record<string, string>> = {
  iface: '"auto": the one of the default route',
  profile: 'See list_policy',
  inherit: "Take the profile's values too; default: true without changes",
  changes: 'Left out: stays as committed. null or []: removed.',
  'changes.sysctl': 'key -> value; several numbers as one string',
  'changes.qdisc.params':
    'Names of the man page, unit in the name: limit, flows, target_ms, bandwidth_mbit, rtt_ms, diffserv, default, ...',
  'changes.shaper.egress_mbit': '',
  'changes.shaper.ingress_mbit': '',
  'changes.shaper.ceil_mbit': 'Hard limit of sending; egress_mbit unless given',
  'changes.netem.distribution': '',
  'changes.netem.reorder_pct': 'Needs delay_ms',
  'changes.netem.limit': 'Packets held; 1000',
  'changes.htb_classes': '',
  'changes.htb_classes.classid': 'Such as 1:10',
  'changes.htb_classes.parent': 'The top class unless given',
  'changes.htb_classes.rate_mbit': 'Guaranteed',
  'changes.htb_classes.ceil_mbit': 'With borrowing; rate_mbit unless given',
  'changes.htb_classes.priority': '0 first; 4 unless given',
  'changes.htb_classes.burst': 'Bytes, or 15k',
  'changes.htb_classes.match': '',
  'changes.dscp': 'Marks what leaves; the first match counts',
  'changes.dscp.match': 'All of them must match; {}: every packet',
  'changes.dscp.match.dports': 'Ports, or ranges such as 5000-5100',
  'changes.dscp.dscp': 'EF, AF41, ... or 0 to 63',
  'changes.connection_limits': 'Per source, to a port of this host',
  'changes.connection_limits.limit': '',
  'changes.connection_limits.mask': 'IPv4 prefix length of one source; 32',
  'changes.connection_limits.mask6': '64',
  'changes.connection_limits.action': 'reject unless given',
  'changes.rate_limits': 'Packets to this host',
  'changes.rate_limits.rate': 'Such as 1000/second',
  'changes.rate_limits.burst': 'Packets',
  'changes.rate_limits.scope': 'per_source unless given',
  'changes.rate_limits.port': 'Destination; needs protocol',
  'changes.rate_limits.mask': '',
  'changes.rate_limits.mask6': '',
  'changes.connection_tracking.max_connections': '',
  'changes.connection_tracking.tcp_timeout_established': 'Seconds',
  'changes.connection_tracking.tcp_timeout_close_wait': 'Seconds',
  'changes.nat_rules': 'The first match counts',
  'changes.nat_rules.iface': "Where packets leave (dnat: come in); the plan's",
  'changes.nat_rules.dport': 'Before translation',
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
  'changes.packet_steering.rps_cpus': 'Such as 0-3,8; "": off',
  'changes.packet_steering.xps_cpus': 'Such as 0-3',
  'changes.packet_steering.rps_flow_count': 'Per receive queue; 0: off',
  'changes.routes.destination': 'An existing route: default, or a prefix',
  'changes.routes.initcwnd': '',
  'changes.routes.initrwnd': '',
  'changes.routes.congestion_control': '',
  validate: 'To hold afterwards',
  rationale: 'For the record',
  takeover: "Replace somebody else's root qdisc, if restorable exactly",
  emulate: 'Needed for netem: worse on purpose',
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
