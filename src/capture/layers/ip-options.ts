// The options of an IPv4 header (RFC 791, RFC 2113).
import type { FieldSink, LayerInput } from './layer.ts';
import { bytesAt, optionLength, u16, u8 } from './read.ts';

const recordRoute = 7;
const routes: ReadonlySet<number> = new Set([recordRoute, 131, 137]);
const routerAlert = 148;

const routeOption = (input: LayerInput, at: number, length: number, sink: FieldSink): void => {
  sink.field('ip.opt.ptr', u8(input, at + 2));
  for (let hop = at + 3; hop + 4 <= at + length; hop += 4)
    sink.field(u8(input, at) === recordRoute ? 'ip.rec_rt' : 'ip.src_rt', bytesAt(input, hop, 4));
};

/** The header's bytes up to `headerLength` must be there. */
export const ipOptions = (input: LayerInput, headerLength: number, sink: FieldSink): void => {
  for (let at = 20; at < headerLength;) {
    const type = u8(input, at);
    sink.field('ip.opt.type', type);
    if (type === 0) return;
    if (type === 1) {
      at += 1;
      continue;
    }
    const length = optionLength(input, { offset: at, end: headerLength, name: 'IP' }, sink);
    if (length === 0) return;
    sink.field('ip.opt.len', length);
    if (routes.has(type) && length >= 3) routeOption(input, at, length, sink);
    if (type === routerAlert && length === 4) sink.field('ip.opt.ra', u16(input, at + 2));
    at += length;
  }
};
