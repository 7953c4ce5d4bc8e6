// All layers by name, and all fields: the only file that knows them all.
import { arp } from './arp.ts';
import { data } from './data.ts';
import { dhcp } from './dhcp.ts';
import { dhcpv6 } from './dhcpv6.ts';
import { dns, llmnr, mdns } from './dns.ts';
import { erspan } from './erspan.ts';
import { eth } from './eth.ts';
import { analysisFields, frameFields } from './frame.ts';
import { geneve } from './geneve.ts';
import { gre } from './gre.ts';
import { gtp } from './gtp.ts';
import { http } from './http.ts';
import { icmp } from './icmp.ts';
import { icmpv6 } from './icmpv6.ts';
import { igmp } from './igmp.ts';
import { ip } from './ip.ts';
import { ah, esp } from './ipsec.ts';
import { destinationOptions, fragment, hopByHop, routing } from './ipv6-extensions.ts';
import { ipv6 } from './ipv6.ts';
import type { FieldSpec, Layer } from './layer.ts';
import { llc } from './llc.ts';
import { mpls } from './mpls.ts';
import { ntp } from './ntp.ts';
import { loopback } from './null.ts';
import { ppp } from './ppp.ts';
import { pppoed, pppoes } from './pppoe.ts';
import { prism } from './prism.ts';
import { quic } from './quic.ts';
import { radiotap } from './radiotap.ts';
import { raw } from './raw.ts';
import { ospf, vrrp } from './routing-protocols.ts';
import { sctp } from './sctp.ts';
import { sll } from './sll.ts';
import { tcp } from './tcp.ts';
import { teredo } from './teredo.ts';
import { tls } from './tls.ts';
import { udp } from './udp.ts';
import { ieee8021ad, vlan } from './vlan.ts';
import { vxlan } from './vxlan.ts';
import { wg } from './wg.ts';
import { wlan } from './wlan.ts';

/** Tunnels and applications are asked in this order whether a TCP or UDP payload is theirs. */
const layers: readonly Layer[] = [
  eth,
  sll,
  loopback,
  raw,
  ppp,
  prism,
  radiotap,
  wlan,
  llc,
  vlan,
  ieee8021ad,
  mpls,
  pppoed,
  pppoes,
  arp,
  ip,
  ipv6,
  hopByHop,
  routing,
  fragment,
  destinationOptions,
  ah,
  esp,
  gre,
  erspan,
  vxlan,
  geneve,
  gtp,
  teredo,
  icmp,
  icmpv6,
  igmp,
  ospf,
  vrrp,
  tcp,
  udp,
  sctp,
  // Applications.
  dns,
  mdns,
  llmnr,
  dhcp,
  dhcpv6,
  ntp,
  quic,
  tls,
  http,
  // Last: by its looks only.
  wg,
  data,
];

export const layersByName: ReadonlyMap<string, Layer> = new Map(layers.map((layer) => [layer.name, layer]));

/** Those that a port or their looks announce. */
export const claimants = layers.flatMap((layer) =>
  layer.claims === undefined ? [] : [{ layer, claims: layer.claims }],
);

/** Every field there is, those of the record and of the TCP analysis included. */
export const fieldsByName: ReadonlyMap<string, FieldSpec> = new Map([
  ...Object.entries(frameFields),
  ...layers.flatMap((layer) => Object.entries(layer.fields)),
  ...Object.entries(analysisFields),
]);

/** The layers that give a field; of the record's and the analysis' fields none do. */
export const layersOfField: ReadonlyMap<string, readonly string[]> = layers.reduce((byField, { name, fields }) => {
  for (const field of Object.keys(fields)) byField.set(field, [...(byField.get(field) ?? []), name]);
  return byField;
}, new Map<string, string[]>());
