// The fixed headers of OSPF (RFC 2328, 5340) and VRRP (RFC 5798).
import type { Layer } from './layer.ts';
import { bytesAt, has, spec, u8, uint } from './read.ts';

export const ospf: Layer = {
  name: 'ospf',
  title: 'Open Shortest Path First',
  leaf: true,
  fields: {
    'ospf.version': uint('Version'),
    'ospf.msg': uint('Message: 1 hello, 2 description, 3 request, 4 update, 5 acknowledgment'),
    'ospf.srcrouter': spec('ipv4', 'Router'),
    'ospf.area_id': spec('ipv4', 'Area'),
  },
  decode: (input, sink) => {
    if (!has(input, 12, sink)) return undefined;
    sink.field('ospf.version', u8(input, 0));
    sink.field('ospf.msg', u8(input, 1));
    sink.field('ospf.srcrouter', bytesAt(input, 4, 4));
    sink.field('ospf.area_id', bytesAt(input, 8, 4));
    return undefined;
  },
};

export const vrrp: Layer = {
  name: 'vrrp',
  title: 'Virtual Router Redundancy Protocol',
  leaf: true,
  fields: {
    'vrrp.version': uint('Version'),
    'vrrp.type': uint('Type'),
    'vrrp.virt_rtr_id': uint('Virtual router'),
    'vrrp.prio': uint('Priority'),
    'vrrp.addr_count': uint('Addresses'),
  },
  decode: (input, sink) => {
    if (!has(input, 4, sink)) return undefined;
    sink.field('vrrp.version', u8(input, 0) >> 4);
    sink.field('vrrp.type', u8(input, 0) & 15);
    sink.field('vrrp.virt_rtr_id', u8(input, 1));
    sink.field('vrrp.prio', u8(input, 2));
    sink.field('vrrp.addr_count', u8(input, 3));
    return undefined;
  },
};
