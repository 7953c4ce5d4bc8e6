// The extension headers of IPv6 (RFC 8200), each a layer: hop-by-hop and destination options, routing, fragment.
import type { FieldSink, Layer, LayerInput, Next } from './layer.ts';
import { nextHeaderLayer } from './numbers.ts';
import { after, bytesAt, flag, has, spec, u16, u32, u8, uint } from './read.ts';

const jumbo = 0xc2;
const routerAlert = 5;
const encapsulationLimit = 4;

const options = (input: LayerInput, end: number, sink: FieldSink): void => {
  for (let at = 2; at < end;) {
    const type = u8(input, at);
    sink.field('ipv6.opt.type', type);
    if (type === 0) {
      at += 1;
      continue;
    }
    const length = at + 1 < end ? u8(input, at + 1) : 255;
    if (at + 2 + length > end) {
      sink.note(`Option ${type} is longer than its header.`);
      return;
    }
    sink.field('ipv6.opt.length', length);
    if (type === jumbo && length === 4) sink.field('ipv6.opt.jumbo', u32(input, at + 2));
    if (type === routerAlert && length === 2) sink.field('ipv6.opt.router_alert', u16(input, at + 2));
    if (type === encapsulationLimit && length === 1) sink.field('ipv6.opt.tel', u8(input, at + 2));
    at += 2 + length;
  }
};

const follow = (input: LayerInput, length: number): Next => {
  const next = u8(input, 0);
  return after(input, length, nextHeaderLayer(next), next);
};

const optionFields = {
  'ipv6.opt.type': uint('Option'),
  'ipv6.opt.length': uint('Option length'),
  'ipv6.opt.jumbo': uint('Payload length of a jumbogram'),
  'ipv6.opt.router_alert': uint('Router alert'),
  'ipv6.opt.tel': uint('Tunnels that may follow'),
};

const optionsHeader = (name: string, title: string): Layer => ({
  name,
  title,
  fields: { [`${name}.nxt`]: uint('Next header'), [`${name}.len`]: uint('Length, 8 bytes less 8'), ...optionFields },
  decode: (input, sink) => {
    if (!has(input, 2, sink)) return undefined;
    const length = 8 + u8(input, 1) * 8;
    sink.field(`${name}.nxt`, u8(input, 0));
    sink.field(`${name}.len`, u8(input, 1));
    if (!has(input, length, sink)) return undefined;
    if (!input.brief) options(input, length, sink);
    return follow(input, length);
  },
});

export const hopByHop = optionsHeader('ipv6.hopopts', 'IPv6 Hop-by-Hop Option');
export const destinationOptions = optionsHeader('ipv6.dstopts', 'IPv6 Destination Option');

/** Addresses of a source route (type 0, RFC 5095 forbids it) and of a segment list (type 4, RFC 8754). */
const routingAddresses = (input: LayerInput, length: number, sink: FieldSink): void => {
  const names: Readonly<Record<number, string>> = { 0: 'ipv6.routing.src.addr', 4: 'ipv6.routing.srh.addr' };
  const name = names[u8(input, 2)];
  if (name === undefined) return;
  for (let at = 8; at + 16 <= length; at += 16) sink.field(name, bytesAt(input, at, 16));
};

export const routing: Layer = {
  name: 'ipv6.routing',
  title: 'IPv6 Routing Header',
  fields: {
    'ipv6.routing.nxt': uint('Next header'),
    'ipv6.routing.len': uint('Length, 8 bytes less 8'),
    'ipv6.routing.type': uint('Type'),
    'ipv6.routing.segleft': uint('Stops left'),
    'ipv6.routing.src.addr': spec('ipv6', 'Stop'),
    'ipv6.routing.srh.addr': spec('ipv6', 'Segment'),
  },
  decode: (input, sink) => {
    if (!has(input, 4, sink)) return undefined;
    const length = 8 + u8(input, 1) * 8;
    sink.field('ipv6.routing.nxt', u8(input, 0));
    sink.field('ipv6.routing.len', u8(input, 1));
    sink.field('ipv6.routing.type', u8(input, 2));
    sink.field('ipv6.routing.segleft', u8(input, 3));
    if (!has(input, length, sink)) return undefined;
    routingAddresses(input, length, sink);
    // Checksums are made with the last stop's address, not with the next one's.
    if (u8(input, 3) > 0) input.context.destination = undefined;
    return follow(input, length);
  },
};

export const fragment: Layer = {
  name: 'ipv6.fraghdr',
  title: 'IPv6 Fragment Header',
  fields: {
    'ipv6.fraghdr.nxt': uint('Next header'),
    'ipv6.fraghdr.offset': uint('Offset in units of 8 bytes'),
    'ipv6.fraghdr.more': flag('More fragments'),
    'ipv6.fraghdr.ident': uint('Identification'),
  },
  decode: (input, sink) => {
    if (!has(input, 8, sink)) return undefined;
    const place = u16(input, 2);
    sink.field('ipv6.fraghdr.nxt', u8(input, 0));
    sink.field('ipv6.fraghdr.offset', place >> 3);
    sink.field('ipv6.fraghdr.more', (place & 1) !== 0);
    sink.field('ipv6.fraghdr.ident', u32(input, 4));
    // A whole packet in one fragment ("atomic", RFC 6946) can be looked into.
    if ((place & 0xfff9) === 0) return follow(input, 8);
    sink.note('A fragment: what it carries is not put together.');
    return after(input, 8, 'data', u8(input, 0));
  },
};
