// VXLAN (RFC 7348) with the group policy of draft-smith-vxlan-group-policy, and the generic extension, which says what follows.
import type { Layer } from './layer.ts';
import { after, flag, has, u16, u24, u8, uint } from './read.ts';

/** IANA's, that of the generic extension, and the one Linux used before there was any. */
const ports: ReadonlySet<number> = new Set([4789, 4790, 8472]);
/** What the generic extension can announce. */
const nextProtocols: Readonly<Record<number, string>> = { 1: 'ip', 2: 'ipv6', 3: 'eth' };

export const vxlan: Layer = {
  name: 'vxlan',
  title: 'Virtual eXtensible Local Area Network',
  fields: {
    'vxlan.flags': uint('Flags'),
    'vxlan.flag_g': flag('Has a group policy'),
    'vxlan.flag_i': flag('Has a network identifier'),
    'vxlan.gbp': uint('Group policy'),
    'vxlan.next_proto': uint('What follows (generic extension)'),
    'vxlan.vni': uint('Network identifier'),
  },
  claims: (transport, { context }) =>
    transport === 'udp' && (ports.has(context.destinationPort) || ports.has(context.sourcePort)),
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const flags = u16(input, 0);
    sink.field('vxlan.flags', flags);
    sink.field('vxlan.flag_g', (flags & 0x8000) !== 0);
    sink.field('vxlan.flag_i', (flags & 0x0800) !== 0);
    sink.field('vxlan.gbp', u16(input, 2));
    sink.field('vxlan.vni', u24(input, 4));
    if ((u8(input, 0) & 4) === 0) return after(input, 8, 'eth');
    sink.field('vxlan.next_proto', u8(input, 3));
    return after(input, 8, nextProtocols[u8(input, 3)] ?? 'data');
  },
};
