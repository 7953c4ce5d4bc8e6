// The protocols of a capture by name, each with the packets that have it anywhere in them: tunnels and what is inside count both.
import type { EngineExports } from '../engine/engine.ts';
import * as protocol from '../engine/protocols.ts';
import { protocolName } from '../protocol-names.ts';

/** For people, where Wireshark's name in capitals is not it. */
const labels: ReadonlyMap<number, string> = new Map([
  [protocol.ETHERNET, 'Ethernet'],
  [protocol.SLL, 'Linux cooked'],
  [protocol.SLL2, 'Linux cooked'],
  [protocol.NULL_LOOPBACK, 'Loopback'],
  [protocol.RAW_IP, 'Raw IP'],
  [protocol.RADIOTAP, 'Radiotap'],
  [protocol.WLAN, '802.11'],
  [protocol.WLAN_MANAGEMENT, '802.11 management'],
  [protocol.QINQ, 'QinQ'],
  [protocol.PPPOE_DISCOVERY, 'PPPoE discovery'],
  [protocol.PPPOE_SESSION, 'PPPoE'],
  [protocol.IPV4, 'IPv4'],
  [protocol.IPV6, 'IPv6'],
  [protocol.GENEVE, 'Geneve'],
  [protocol.GTP, 'GTP-U'],
  [protocol.WIREGUARD, 'WireGuard'],
  [protocol.TEREDO, 'Teredo'],
  [protocol.ICMPV6, 'ICMPv6'],
  [protocol.MDNS, 'mDNS'],
  [protocol.DHCPV6, 'DHCPv6'],
  [protocol.DROPBOX, 'Dropbox discovery'],
  [protocol.MALFORMED, 'Malformed'],
  [protocol.SHORT, 'Cut short'],
]);

const labelOf = (number: number): string => labels.get(number) ?? protocolName(number).toUpperCase();

/** Every protocol that is told apart: its number, Wireshark's name, and the name that people are shown. */
export const knownProtocols = (): { number: number; name: string; label: string }[] =>
  Object.values(protocol).flatMap((number) => {
    const name = protocolName(number);
    return number === protocol.FRAME || name === `protocol_${number}` ? [] : [{ number, name, label: labelOf(number) }];
  });

/** No protocols of the network: what a radio said of a packet, how a wire is carried. */
const unnamed: ReadonlySet<number> = new Set([
  ...[protocol.FRAME, protocol.DATA, protocol.WLAN_RADIO],
  ...[protocol.PW_HEURISTIC, protocol.PW_CONTROL_WORD, protocol.PW_PLAIN],
]);

/** Protocol numbers from the innermost layer of a node outwards. */
const layersOf = (node: number, exports: EngineExports): number[] => {
  const layers: number[] = [];
  for (let at = node; at !== 0; at = exports.nodeParent(at)) layers.push(exports.nodeProtocol(at));
  return layers;
};

/** Packets with each protocol in them, most first. */
export const packetsByProtocol = (exports: EngineExports): Record<string, number> => {
  const packets = new Map<string, number>();
  for (let node = 1; node < exports.nodeCount(); node++) {
    const own = exports.nodePackets(node) >>> 0;
    if (own === 0) continue;
    const named = layersOf(node, exports).filter((layer) => !unnamed.has(layer));
    const inside = new Set(named.map(labelOf));
    for (const label of inside) packets.set(label, (packets.get(label) ?? 0) + own);
  }
  return Object.fromEntries([...packets].sort(([, ones], [, others]) => others - ones));
};
