// BSD loopback (LINKTYPE_NULL in the byte order of the capturing host, LINKTYPE_LOOP in network order): an address family, then IP.
import type { Layer } from './layer.ts';
import { after, has, u32, uint } from './read.ts';

/** AF_INET is 2 everywhere; AF_INET6 is 24, 28 or 30 on the BSDs, 10 on Linux. */
const families: Readonly<Record<number, string>> = { 2: 'ip', 10: 'ipv6', 24: 'ipv6', 28: 'ipv6', 30: 'ipv6' };

const swapped = (value: number): number =>
  ((value & 0xff) * 0x1000000 + ((value >>> 8) & 0xff) * 0x10000 + ((value >>> 16) & 0xff) * 256 + (value >>> 24)) >>>
  0;

export const loopback: Layer = {
  name: 'null',
  title: 'Null/Loopback',
  fields: { 'null.family': uint('Address family') },
  decode: (input, sink) => {
    if (!has(input, 4, sink)) return undefined;
    const written = u32(input, 0);
    const family = written > 0xffff ? swapped(written) : written;
    sink.field('null.family', family);
    return after(input, 4, families[family] ?? 'data', family);
  },
};
