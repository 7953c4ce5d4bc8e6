// Names of link types (tcpdump.org/linktypes.html) that captures of our time have.
import type { EngineExports } from '../engine/engine.ts';
import { linkLayers } from '../link-layers.ts';
import { counted } from './values.ts';

const names: ReadonlyMap<number, string> = new Map([
  [0, 'null/loopback'],
  [1, 'Ethernet'],
  [9, 'PPP'],
  [12, 'raw IP'],
  [14, 'raw IP'],
  [50, 'PPP over HDLC'],
  [51, 'PPPoE'],
  [101, 'raw IP'],
  [105, '802.11'],
  [108, 'OpenBSD loopback'],
  [113, 'Linux cooked v1'],
  [119, '802.11 with Prism header'],
  [127, '802.11 with radiotap'],
  [149, 'Ethernet, Juniper'],
  [187, 'Bluetooth'],
  [189, 'USB'],
  [192, 'PPI'],
  [195, '802.15.4'],
  [201, 'Bluetooth'],
  [220, 'USB'],
  [227, 'CAN'],
  [228, 'raw IPv4'],
  [229, 'raw IPv6'],
  [239, 'NFLOG'],
  [249, 'USB, Windows'],
  [253, 'netlink'],
  [276, 'Linux cooked v2'],
]);

/** `LINKTYPE 147` where we have no name. */
export const linkTypeName = (type: number): string => names.get(type) ?? `LINKTYPE ${type}`;

/** What is said of packets whose link type nobody here decodes: one sentence for each type. */
export const undecodedLinks = (exports: EngineExports): string[] =>
  Array.from({ length: exports.linkCount() }, (_, index) => index).flatMap((index) => {
    const type = exports.linkType(index);
    if (linkLayers.has(type)) return [];
    const name = names.get(type);
    const packets = counted(exports.linkPackets(index), 'packet');
    return [`Link type ${type}${name === undefined ? '' : ` (${name})`} is not decoded: ${packets} only counted.`];
  });
