// What a well-known port announces (IANA, "Service Name and Transport Protocol Port Number Registry"), looked up without a search.
import {
  DATA,
  DHCP,
  DHCPV6,
  DNS,
  DROPBOX,
  GENEVE,
  GTP,
  HTTP,
  LLMNR,
  MDNS,
  MPLS,
  NBDGM,
  NBNS,
  NTP,
  RIP,
  SNMP,
  SSDP,
  SSH,
  SYSLOG,
  TEREDO,
  TLS,
  VXLAN,
} from '../../protocols.ts';
import { take } from '../memory.ts';

/** Places of a table; each holds a port, and above it the protocol. */
const PLACES: u32 = 256;
const overUdp: usize = take(PLACES << 2);
const overTcp: usize = take(PLACES << 2);

function placeOf(table: usize, port: u32): usize {
  return table + <usize>(((port ^ (port >>> 8)) & (PLACES - 1)) << 2);
}

function announce(table: usize, port: u32, protocol: u32): void {
  const place = placeOf(table, port);
  // Two ports of one table want this place: the sum in placeOf needs another one. The engine does not start like this.
  if (load<u32>(place) !== 0) unreachable();
  store<u32>(place, port | (protocol << 16));
}

function lookup(table: usize, port: u32): u32 {
  const found = load<u32>(placeOf(table, port));
  return (found & 0xffff) === port && found !== 0 ? found >>> 16 : DATA;
}

announce(overUdp, 53, DNS);
announce(overUdp, 67, DHCP);
announce(overUdp, 68, DHCP);
announce(overUdp, 123, NTP);
announce(overUdp, 137, NBNS);
announce(overUdp, 138, NBDGM);
announce(overUdp, 161, SNMP);
announce(overUdp, 162, SNMP);
announce(overUdp, 514, SYSLOG);
announce(overUdp, 520, RIP);
announce(overUdp, 546, DHCPV6);
announce(overUdp, 547, DHCPV6);
announce(overUdp, 1900, SSDP);
announce(overUdp, 2152, GTP);
announce(overUdp, 3544, TEREDO);
announce(overUdp, 4789, VXLAN);
announce(overUdp, 4790, VXLAN);
announce(overUdp, 8472, VXLAN);
announce(overUdp, 5353, MDNS);
announce(overUdp, 5355, LLMNR);
announce(overUdp, 6081, GENEVE);
announce(overUdp, 6635, MPLS);
announce(overUdp, 17500, DROPBOX);

announce(overTcp, 22, SSH);
announce(overTcp, 80, HTTP);
announce(overTcp, 3128, HTTP);
announce(overTcp, 5985, HTTP);
announce(overTcp, 8080, HTTP);
announce(overTcp, 8088, HTTP);
announce(overTcp, 11371, HTTP);
announce(overTcp, 443, TLS);
announce(overTcp, 636, TLS);
announce(overTcp, 853, TLS);
announce(overTcp, 993, TLS);
announce(overTcp, 995, TLS);

/** What stands at either port, the lower one first. */
function atEither(table: usize, source: u32, destination: u32): u32 {
  const low = lookup(table, min(source, destination));
  return low !== DATA ? low : lookup(table, max(source, destination));
}

/** The protocol that UDP between these ports announces; DATA: none that is known. */
export function udpService(source: u32, destination: u32): u32 {
  return atEither(overUdp, source, destination);
}

/** As udpService, of TCP; DNS is known to its caller. */
export function tcpService(source: u32, destination: u32): u32 {
  return atEither(overTcp, source, destination);
}
