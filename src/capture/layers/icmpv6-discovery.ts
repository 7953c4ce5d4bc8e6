// The messages of neighbor discovery (RFC 4861, 8106) and multicast listener discovery (RFC 2710, 3810) in ICMPv6.
import type { FieldSink, FieldSpecs, LayerInput } from './layer.ts';
import { bytesAt, flag, left, spec, u16, u32, u8, uint } from './read.ts';

export const discoveryFields: FieldSpecs = {
  'icmpv6.nd.ns.target_address': spec('ipv6', 'Whose link address is asked for'),
  'icmpv6.nd.na.target_address': spec('ipv6', 'Whose link address is told'),
  'icmpv6.nd.na.flag.r': flag('Is a router'),
  'icmpv6.nd.na.flag.s': flag('Was asked for'),
  'icmpv6.nd.na.flag.o': flag('Overrides what is known'),
  'icmpv6.nd.rd.target_address': spec('ipv6', 'Better next hop'),
  'icmpv6.nd.ra.cur_hop_limit': uint('Hop limit to use'),
  'icmpv6.nd.ra.flag.m': flag('Addresses by DHCPv6'),
  'icmpv6.nd.ra.flag.o': flag('Other settings by DHCPv6'),
  'icmpv6.nd.ra.router_lifetime': uint('Default router for so many seconds'),
  'icmpv6.nd.ra.reachable_time': uint('Reachable time, ms'),
  'icmpv6.nd.ra.retrans_timer': uint('Retransmission time, ms'),
  'icmpv6.opt.type': uint('Option'),
  'icmpv6.opt.length': uint('Option length in units of 8 bytes'),
  'icmpv6.opt.linkaddr': spec('bytes', 'Link address'),
  'icmpv6.opt.prefix': spec('ipv6', 'Prefix'),
  'icmpv6.opt.prefix.length': uint('Prefix length'),
  'icmpv6.opt.prefix.valid_lifetime': uint('Prefix valid, seconds'),
  'icmpv6.opt.prefix.preferred_lifetime': uint('Prefix preferred, seconds'),
  'icmpv6.opt.mtu': uint('MTU'),
  'icmpv6.opt.rdnss': spec('ipv6', 'DNS server'),
  'icmpv6.mld.multicast_address': spec('ipv6', 'Group'),
  'icmpv6.mldr.nb_mcast_records': uint('Records'),
  'icmpv6.mldr.mar.record_type': uint('Record type'),
  'icmpv6.mldr.mar.multicast_address': spec('ipv6', 'Group of a record'),
};

const option = (input: LayerInput, at: number, length: number, sink: FieldSink): void => {
  const type = u8(input, at);
  if ((type === 1 || type === 2) && length >= 8) sink.field('icmpv6.opt.linkaddr', bytesAt(input, at + 2, length - 2));
  if (type === 3 && length >= 32) {
    sink.field('icmpv6.opt.prefix.length', u8(input, at + 2));
    sink.field('icmpv6.opt.prefix.valid_lifetime', u32(input, at + 4));
    sink.field('icmpv6.opt.prefix.preferred_lifetime', u32(input, at + 8));
    sink.field('icmpv6.opt.prefix', bytesAt(input, at + 16, 16));
  }
  if (type === 5 && length >= 8) sink.field('icmpv6.opt.mtu', u32(input, at + 4));
  if (type === 25)
    for (let server = at + 8; server + 16 <= at + length; server += 16)
      sink.field('icmpv6.opt.rdnss', bytesAt(input, server, 16));
};

const options = (input: LayerInput, from: number, sink: FieldSink): void => {
  for (let at = from; at + 8 <= left(input);) {
    const units = u8(input, at + 1);
    sink.field('icmpv6.opt.type', u8(input, at));
    sink.field('icmpv6.opt.length', units);
    if (units === 0 || at + units * 8 > left(input)) {
      sink.note(`Option ${u8(input, at)} has an impossible length.`);
      return;
    }
    option(input, at, units * 8, sink);
    at += units * 8;
  }
};

const routerAdvertisement = (input: LayerInput, sink: FieldSink): void => {
  sink.field('icmpv6.nd.ra.cur_hop_limit', u8(input, 4));
  sink.field('icmpv6.nd.ra.flag.m', (u8(input, 5) & 0x80) !== 0);
  sink.field('icmpv6.nd.ra.flag.o', (u8(input, 5) & 0x40) !== 0);
  sink.field('icmpv6.nd.ra.router_lifetime', u16(input, 6));
  sink.field('icmpv6.nd.ra.reachable_time', u32(input, 8));
  sink.field('icmpv6.nd.ra.retrans_timer', u32(input, 12));
};

const targets: Readonly<Record<number, { name: string; length: number }>> = {
  135: { name: 'icmpv6.nd.ns.target_address', length: 24 },
  136: { name: 'icmpv6.nd.na.target_address', length: 24 },
  137: { name: 'icmpv6.nd.rd.target_address', length: 40 },
};

const target = (input: LayerInput, type: number, sink: FieldSink): void => {
  const found = targets[type];
  if (found === undefined || left(input) < found.length) return;
  if (type === 136)
    for (const [name, bit] of [
      ['icmpv6.nd.na.flag.r', 0x80],
      ['icmpv6.nd.na.flag.s', 0x40],
      ['icmpv6.nd.na.flag.o', 0x20],
    ] as const)
      sink.field(name, (u8(input, 4) & bit) !== 0);
  sink.field(found.name, bytesAt(input, 8, 16));
  options(input, found.length, sink);
};

/** Records of a report of version 2: each has its own number of sources, and words of auxiliary data. */
const listenerReport = (input: LayerInput, sink: FieldSink): void => {
  sink.field('icmpv6.mldr.nb_mcast_records', u16(input, 6));
  for (let at = 8; at + 20 <= left(input);) {
    sink.field('icmpv6.mldr.mar.record_type', u8(input, at));
    sink.field('icmpv6.mldr.mar.multicast_address', bytesAt(input, at + 4, 16));
    at += 20 + u16(input, at + 2) * 16 + u8(input, at + 1) * 4;
  }
};

/** The first eight bytes must be there. */
export const discovery = (input: LayerInput, type: number, sink: FieldSink): void => {
  if (type === 133) options(input, 8, sink);
  else if (type === 134 && left(input) >= 16) {
    routerAdvertisement(input, sink);
    options(input, 16, sink);
  } else if (type >= 130 && type <= 132 && left(input) >= 24)
    sink.field('icmpv6.mld.multicast_address', bytesAt(input, 8, 16));
  else if (type === 143) listenerReport(input, sink);
  else target(input, type, sink);
};
