// Data of SVCB and HTTPS records (RFC 9460) and the options of EDNS (RFC 6891).
import { nameField } from './dns-name.ts';
import type { FieldReader } from './field-reader.ts';

const parameter = (key: number, value: FieldReader): void => {
  if (key === 1) {
    while (value.left > 0) value.text('dns.svcb.svcparam.alpn', value.uint('dns.svcb.svcparam.alpn.length', 1));
  } else if (key === 3) value.uint('dns.svcb.svcparam.port', 2);
  else if (key === 4) while (value.left >= 4) value.raw('dns.svcb.svcparam.ipv4hint.ip', 4);
  else if (key === 6) while (value.left >= 16) value.raw('dns.svcb.svcparam.ipv6hint.ip', 16);
  else value.raw('dns.svcb.svcparam.value', value.left);
};

export const svcbData = (reader: FieldReader, base: number): void => {
  reader.uint('dns.svcb.svcpriority', 2);
  nameField(reader, 'dns.svcb.targetname', base);
  while (reader.left > 0) {
    const key = reader.uint('dns.svcb.svcparam.key', 2);
    const length = reader.uint('dns.svcb.svcparam.value.length', 2);
    if (!reader.short) parameter(key, reader.part(length));
  }
};

/** RFC 7871: only as many bytes of the address as the prefix needs are sent. */
const clientSubnet = (value: FieldReader): void => {
  const family = value.uint('dns.opt.client.family', 2);
  value.uint('dns.opt.client.netmask', 1);
  value.uint('dns.opt.client.scope', 1);
  if (value.short || (family !== 1 && family !== 2)) return;
  const address = new Uint8Array(family === 1 ? 4 : 16);
  address.set(value.take(Math.min(value.left, address.length)));
  value.field(family === 1 ? 'dns.opt.client.addr4' : 'dns.opt.client.addr6', address);
};

const option = (code: number, value: FieldReader): void => {
  if (value.left > 0) value.field('dns.opt.data', value.bytes.subarray(value.at, value.end));
  if (code === 8) clientSubnet(value);
  else if (code === 10) {
    value.raw('dns.opt.cookie.client', 8);
    if (value.left > 0) value.raw('dns.opt.cookie.server', value.left);
  } else if (code === 15) {
    value.uint('dns.opt.ext_error.info_code', 2);
    if (value.left > 0) value.text('dns.opt.ext_error.extra_text', value.left);
  }
};

/** What stands behind the name of an OPT record. */
export const optRecord = (reader: FieldReader): void => {
  reader.uint('dns.rr.udp_payload_size', 2);
  reader.uint('dns.resp.ext_rcode', 1);
  reader.uint('dns.resp.edns0_version', 1);
  const z = reader.uint('dns.resp.z', 2);
  reader.field('dns.resp.z.do', (z & 0x8000) !== 0);
  const length = reader.uint('dns.resp.len', 2);
  const options = reader.part(length);
  while (options.left > 0) {
    const code = options.uint('dns.opt.code', 2);
    const size = options.uint('dns.opt.len', 2);
    if (!options.short) option(code, options.part(size));
  }
};
