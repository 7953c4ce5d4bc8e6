// DHCP for IPv6: messages, relayed ones inside them, and the options people look for (RFC 8415).
import { dhcpv6Fields } from './dhcpv6-fields.ts';
import { readName } from './dns-name.ts';
import { FieldReader, noteShort, usesPort } from './field-reader.ts';
import type { Layer } from './layer.ts';

/** Relayed messages and identity associations hold options in turn: RFC 8415 allows 8 relays. */
const maxDepth = 12;
const maxOptions = 1024;
/** Seconds from 1970 to 2000, where the time of a DUID starts. */
const duidEpoch = 946_684_800;
const relayForward = 12;
const relayReply = 13;

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const linkLayer = (value: FieldReader, name: string): void => {
  const address = value.take(value.left);
  value.field(name, address.length === 6 ? (hex(address).match(/../g) ?? []).join(':') : hex(address));
};

const duid = (value: FieldReader): void => {
  value.field('dhcpv6.duid.bytes', value.bytes.subarray(value.at, value.end));
  const type = value.uint('dhcpv6.duid.type', 2);
  if (type === 1) {
    value.uint('dhcpv6.duidllt.hwtype', 2);
    value.field('dhcpv6.duidllt.time', value.number(4) + duidEpoch);
    linkLayer(value, 'dhcpv6.duidllt.link_layer_addr');
  } else if (type === 2) {
    value.uint('dhcpv6.duiden.enterprise', 4);
    value.raw('dhcpv6.duiden.identifier', value.left);
  } else if (type === 3) {
    value.uint('dhcpv6.duidll.hwtype', 2);
    linkLayer(value, 'dhcpv6.duidll.link_layer_addr');
  } else if (type === 4) value.raw('dhcpv6.duiduuid.bytes', value.left);
};

const domainNames = (value: FieldReader, field: string): void => {
  while (value.left > 0) {
    const name = readName(value, value.at);
    if (name !== undefined) value.field(field, `${name.text}.`);
  }
};

/** IA_NA, IA_TA and IA_PD: identity, times, and options inside. */
const association = (value: FieldReader, type: number, budget: Budget, depth: number): void => {
  value.field(type === 4 ? 'dhcpv6.iata' : 'dhcpv6.iaid', hex(value.take(4)));
  if (type !== 4) {
    value.uint('dhcpv6.iaid.t1', 4);
    value.uint('dhcpv6.iaid.t2', 4);
  }
  options(value, budget, depth + 1);
};

const addresses = (value: FieldReader, field: string): void => {
  while (value.left >= 16) value.raw(field, 16);
};

const requested = (value: FieldReader): void => {
  while (value.left >= 2) value.uint('dhcpv6.requested_option_code', 2);
};

/** Sent in hundredths of a second. */
const elapsed = (value: FieldReader): void => {
  value.field('dhcpv6.elapsed_time', value.number(2) * 10);
};

const status = (value: FieldReader): void => {
  value.uint('dhcpv6.status_code', 2);
  if (value.left > 0) value.text('dhcpv6.status_msg', value.left);
};

const fullName = (value: FieldReader): void => {
  value.uint('dhcpv6.client_fqdn_flags', 1);
  domainNames(value, 'dhcpv6.client_domain');
};

/** Options that hold no others. */
const simple: ReadonlyMap<number, (value: FieldReader) => unknown> = new Map<number, (value: FieldReader) => unknown>([
  [1, duid],
  [2, duid],
  [6, requested],
  [7, (value) => value.uint('dhcpv6.option_preference', 1)],
  [8, elapsed],
  [13, status],
  [16, (value) => value.uint('dhcpv6.vendorclass.enterprise', 4)],
  [18, (value) => value.raw('dhcpv6.interface_id', value.left)],
  [
    23,
    (value) => {
      addresses(value, 'dhcpv6.dns_server');
    },
  ],
  [
    24,
    (value) => {
      domainNames(value, 'dhcpv6.search_list_entry');
    },
  ],
  [
    31,
    (value) => {
      addresses(value, 'dhcpv6.sntp_server');
    },
  ],
  [39, fullName],
]);

interface Budget {
  options: number;
}

const option = (type: number, value: FieldReader, budget: Budget, depth: number): void => {
  if (type === 3 || type === 4 || type === 25) association(value, type, budget, depth);
  else if (type === 5) {
    value.raw('dhcpv6.iaaddr.ip', 16);
    value.uint('dhcpv6.iaaddr.pref_lifetime', 4);
    value.uint('dhcpv6.iaaddr.valid_lifetime', 4);
    options(value, budget, depth + 1);
  } else if (type === 9) message(value, budget, depth + 1);
  else if (type === 26) {
    value.uint('dhcpv6.iaprefix.pref_lifetime', 4);
    value.uint('dhcpv6.iaprefix.valid_lifetime', 4);
    value.uint('dhcpv6.iaprefix.pref_len', 1);
    value.raw('dhcpv6.iaprefix.pref_addr', 16);
    options(value, budget, depth + 1);
  } else simple.get(type)?.(value);
};

const options = (reader: FieldReader, budget: Budget, depth: number): void => {
  while (reader.left > 0 && depth <= maxDepth && budget.options > 0) {
    budget.options -= 1;
    const type = reader.uint('dhcpv6.option.type', 2);
    const length = reader.uint('dhcpv6.option.length', 2);
    if (!reader.short) option(type, reader.part(length), budget, depth);
  }
};

const message = (reader: FieldReader, budget: Budget, depth: number): void => {
  const type = reader.uint('dhcpv6.msgtype', 1);
  if (type === relayForward || type === relayReply) {
    reader.uint('dhcpv6.hopcount', 1);
    reader.raw('dhcpv6.linkaddr', 16);
    reader.raw('dhcpv6.peeraddr', 16);
  } else reader.uint('dhcpv6.xid', 3);
  options(reader, budget, depth);
};

export const dhcpv6: Layer = {
  name: 'dhcpv6',
  title: 'DHCPv6',
  leaf: true,
  fields: dhcpv6Fields,
  claims: (transport, { context }) => transport === 'udp' && usesPort(context, 546, 547),
  decode(input, sink) {
    const { bytes, at, end } = input;
    const reader = new FieldReader(bytes, at, end, sink);
    message(reader, { options: maxOptions }, 0);
    noteShort(reader, input, sink);
    return undefined;
  },
};
