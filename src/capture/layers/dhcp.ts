// DHCP for IPv4: the fixed header and the options people look for, as names (RFC 2131, 2132).
import { ether, FieldReader, flag, ipv4, noteShort, raw, text, textOf, uint, usesPort } from './field-reader.ts';
import type { FieldSink, Layer } from './layer.ts';

/** Enough for every option there is. */
const maxOptions = 512;
const ethernet = 1;
const cookie = 0x63825363;

const addresses: ReadonlyMap<number, string> = new Map([
  [1, 'dhcp.option.subnet_mask'],
  [3, 'dhcp.option.router'],
  [6, 'dhcp.option.domain_name_server'],
  [28, 'dhcp.option.broadcast_address'],
  [42, 'dhcp.option.ntp_server'],
  [44, 'dhcp.option.netbios_over_tcpip_name_server'],
  [50, 'dhcp.option.requested_ip_address'],
  [54, 'dhcp.option.dhcp_server_id'],
]);

const texts: ReadonlyMap<number, string> = new Map([
  [12, 'dhcp.option.hostname'],
  [15, 'dhcp.option.domain_name'],
  [56, 'dhcp.option.message'],
  [60, 'dhcp.option.vendor_class_id'],
  [66, 'dhcp.option.tftp_server_name'],
  [67, 'dhcp.option.bootfile_name'],
]);

const numbers: ReadonlyMap<number, readonly [string, number]> = new Map<number, readonly [string, number]>([
  [26, ['dhcp.option.interface_mtu', 2]],
  [51, ['dhcp.option.ip_address_lease_time', 4]],
  [53, ['dhcp.option.dhcp', 1]],
  [57, ['dhcp.option.dhcp_max_message_size', 2]],
  [58, ['dhcp.option.renewal_time_value', 4]],
  [59, ['dhcp.option.rebinding_time_value', 4]],
]);

const option = (type: number, value: FieldReader): void => {
  value.field('dhcp.option.value', value.bytes.subarray(value.at, value.end));
  const address = addresses.get(type);
  const string = texts.get(type);
  const number = numbers.get(type);
  if (address !== undefined) while (value.left >= 4) value.raw(address, 4);
  else if (string !== undefined) value.field(string, zeroEnded(value.take(value.left)));
  else if (number !== undefined) value.uint(...number);
  else if (type === 55) while (value.left > 0) value.uint('dhcp.option.request_list_item', 1);
  else if (type === 61 && value.left === 7 && value.bytes[value.at] === ethernet) {
    value.uint('dhcp.hw.type', 1);
    value.raw('dhcp.hw.mac_addr', 6);
  } else if (type === 121) classlessRoutes(value);
};

/** RFC 3442: a prefix length, as many bytes of the prefix as it needs, and the router. */
const classlessRoutes = (value: FieldReader): void => {
  while (value.left > 0) {
    const prefix = value.number(1);
    if (prefix > 32) return;
    value.at -= 1;
    value.raw('dhcp.option.classless_static_route', 5 + Math.ceil(prefix / 8));
  }
};

const zeroEnded = (bytes: Uint8Array): string => {
  const zero = bytes.indexOf(0);
  return textOf(zero === -1 ? bytes : bytes.subarray(0, zero));
};

const zeroEndedField = (reader: FieldReader, name: string, size: number): void => {
  const value = zeroEnded(reader.take(size));
  if (value !== '') reader.field(name, value);
};

const header = (reader: FieldReader): void => {
  reader.uint('dhcp.type', 1);
  const hardware = reader.uint('dhcp.hw.type', 1);
  const length = reader.uint('dhcp.hw.len', 1);
  reader.uint('dhcp.hops', 1);
  reader.uint('dhcp.id', 4);
  reader.uint('dhcp.secs', 2);
  const flags = reader.uint('dhcp.flags', 2);
  reader.field('dhcp.flags.bc', (flags & 0x8000) !== 0);
  for (const name of ['client', 'your', 'server', 'relay']) reader.raw(`dhcp.ip.${name}`, 4);
  const address = reader.take(16);
  if (hardware === ethernet && length === 6) reader.field('dhcp.hw.mac_addr', address.subarray(0, 6));
  else if (length > 0) reader.field('dhcp.hw.addr', address.subarray(0, Math.min(length, 16)));
  zeroEndedField(reader, 'dhcp.server', 64);
  zeroEndedField(reader, 'dhcp.file', 128);
};

const options = (reader: FieldReader, sink: FieldSink): void => {
  for (let count = 0; reader.left > 0; count += 1) {
    const type = reader.number(1);
    if (type === 0) continue;
    reader.field('dhcp.option.type', type);
    if (type === 255) return;
    const length = reader.uint('dhcp.option.length', 1);
    const part = reader.part(length);
    option(type, part);
    if (count >= maxOptions) return;
  }
  sink.note('The options have no end.');
};

export const dhcp: Layer = {
  name: 'dhcp',
  title: 'Dynamic Host Configuration Protocol',
  leaf: true,
  fields: {
    'dhcp.type': uint('Message type: 1 request, 2 reply'),
    'dhcp.hw.type': uint('Hardware type'),
    'dhcp.hw.len': uint('Hardware address length'),
    'dhcp.hw.mac_addr': ether('Client MAC address'),
    'dhcp.hw.addr': raw('Client hardware address'),
    'dhcp.hops': uint('Hops'),
    'dhcp.id': uint('Transaction ID'),
    'dhcp.secs': uint('Seconds elapsed'),
    'dhcp.flags': uint('Flags'),
    'dhcp.flags.bc': flag('Broadcast'),
    'dhcp.ip.client': ipv4('Client IP address'),
    'dhcp.ip.your': ipv4('Your (client) IP address'),
    'dhcp.ip.server': ipv4('Next server IP address'),
    'dhcp.ip.relay': ipv4('Relay agent IP address'),
    'dhcp.server': text('Server host name'),
    'dhcp.file': text('Boot file name'),
    'dhcp.cookie': ipv4('Magic cookie'),
    'dhcp.option.type': uint('Option'),
    'dhcp.option.length': uint('Option length'),
    'dhcp.option.value': raw('Option value'),
    'dhcp.option.dhcp': uint('DHCP message type'),
    'dhcp.option.subnet_mask': ipv4('Subnet mask'),
    'dhcp.option.router': ipv4('Router'),
    'dhcp.option.domain_name_server': ipv4('Domain name server'),
    'dhcp.option.broadcast_address': ipv4('Broadcast address'),
    'dhcp.option.ntp_server': ipv4('NTP server'),
    'dhcp.option.netbios_over_tcpip_name_server': ipv4('NetBIOS name server'),
    'dhcp.option.requested_ip_address': ipv4('Requested IP address'),
    'dhcp.option.dhcp_server_id': ipv4('DHCP server identifier'),
    'dhcp.option.hostname': text('Host name'),
    'dhcp.option.domain_name': text('Domain name'),
    'dhcp.option.message': text('Message'),
    'dhcp.option.vendor_class_id': text('Vendor class identifier'),
    'dhcp.option.tftp_server_name': text('TFTP server name'),
    'dhcp.option.bootfile_name': text('Boot file name'),
    'dhcp.option.interface_mtu': uint('Interface MTU'),
    'dhcp.option.ip_address_lease_time': uint('Lease time (s)'),
    'dhcp.option.dhcp_max_message_size': uint('Maximum message size'),
    'dhcp.option.renewal_time_value': uint('Renewal time (s)'),
    'dhcp.option.rebinding_time_value': uint('Rebinding time (s)'),
    'dhcp.option.request_list_item': uint('Requested option'),
    'dhcp.option.classless_static_route': raw('Classless static route: prefix length, prefix, router'),
  },
  claims: (transport, { context }) => transport === 'udp' && usesPort(context, 67, 68),
  decode(input, sink) {
    const { bytes, at, end } = input;
    const reader = new FieldReader(bytes, at, end, sink);
    header(reader);
    if (reader.left >= 4) {
      const magic = reader.raw('dhcp.cookie', 4);
      if (new DataView(magic.buffer, magic.byteOffset, 4).getUint32(0) === cookie) options(reader, sink);
    }
    noteShort(reader, input, sink);
    return undefined;
  },
};
