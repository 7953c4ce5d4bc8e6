// Filters of live captures, before tcpdump compiles them: a name of a host or a network in one would be looked up by tcpdump itself, past the
// target guard, so only names that this machine's own files explain (ports, protocols) pass. Words as in pcap-filter(7); reading ends at what is unknown.
import { parseAddress } from './address.ts';

export interface FilterFault {
  kind: 'name' | 'text';
  /** Word or character at which it stands. */
  found: string;
}

/** After these a name is looked up in /etc/services, /etc/protocols or in the filter language itself. */
const port = new Set(['port', 'portrange']);
const protocol = new Set(['proto', 'protochain']);
/** After these, one word of the filter language. */
const kinds = new Set(['type', 'subtype', 'dir', 'llc']);
/** What carries the kind of name over: `tcp port http or ftp`. */
const joining = new Set(['and', 'or', 'not', '&&', '||', '!', '(', ')']);

const words = new Set(
  [
    'host net gateway mask src dst inbound outbound broadcast multicast less greater len',
    'ether fddi tr wlan link ppp slip radio ip ip6 arp rarp tcp udp sctp icmp icmp6 igmp igrp pim vrrp carp ah esp',
    'atalk aarp decnet iso stp ipx netbeui lat moprc mopdl sca clnp esis isis l1 l2 iih lsp snp csnp psnp',
    'ra ta addr1 addr2 addr3 addr4 address1 address2 address3 address4 vlan mpls pppoed pppoes geneve vpi vci lane',
    'oamf4s oamf4e oamf4 oam metac bcc sc ilmic connectmsg metaconnect',
    'icmptype icmpcode icmp6type icmp6code tcpflags',
    'icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo icmp-routeradvert icmp-routersolicit',
    'icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply icmp-ireq icmp-ireqreply icmp-maskreq icmp-maskreply',
    'icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded icmp6-parameterproblem icmp6-echo icmp6-echoreply',
    'icmp6-routersolicit icmp6-routeradvert icmp6-neighborsolicit icmp6-neighboradvert icmp6-redirect icmp6-routerrenum',
    'icmp6-multicastlistenerquery icmp6-multicastlistenerreportv1 icmp6-multicastlistenerdone',
    'icmp6-multicastlistenerreportv2 icmp6-nodeinformationquery icmp6-nodeinformationresponse',
    'tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr',
  ].flatMap((line) => line.split(' ')),
);

const number = /^(?:[0-9]+|0[xX][0-9A-Fa-f]+)$/;
/** An IPv4 address, or the beginning of one that names a network; a DECnet address. */
const dotted = /^[0-9]+(?:\.[0-9]+){1,3}$/;
const hardware =
  /^(?:[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5}|[0-9A-Fa-f]{2}([-.])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2})$/;
const localName = /^[A-Za-z0-9-]{1,40}$/;

/** Hyphens at the ends of a word are operators to tcpdump too. */
const token = /\s+|&&|\|\||\\[^ !()\n\t]+|[A-Za-z0-9_.:](?:[A-Za-z0-9_.:-]*[A-Za-z0-9_.:])?|[!<>()[\]+\-*/%&|^=]/y;
const tokenInside = /\s+|[A-Za-z0-9_.](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|[<>()[\]+\-*/%&|^=:]/y;

const isAddress = (text: string): boolean =>
  number.test(text) ||
  dotted.test(text) ||
  hardware.test(text) ||
  (text.includes(':') && /^[0-9A-Fa-f:.]+$/.test(text) && parseAddress(text) !== undefined);

type Expected = 'local' | 'kind' | 'address';

const expectedAfter = (word: string): Expected =>
  port.has(word) || protocol.has(word) ? 'local' : kinds.has(word) ? 'kind' : 'address';

/** Undefined: tcpdump may compile it without asking anybody. Whether it makes sense is tcpdump's to say. */
export const filterFault = (filter: string): FilterFault | undefined => {
  let expected: Expected = 'address';
  let brackets = 0;
  for (let at = 0; at < filter.length;) {
    const pattern = brackets > 0 ? tokenInside : token;
    pattern.lastIndex = at;
    const [text] = pattern.exec(filter) ?? [];
    if (text === undefined || /[^\t\n\r -~]/.test(text)) return { kind: 'text', found: filter.charAt(at) };
    at += text.length;
    if (/^\s/.test(text) || joining.has(text)) continue;
    if (/^[A-Za-z0-9_.:\\]/.test(text) && text !== ':') {
      const word = text.replace(/^\\/, '');
      const escaped = word !== text;
      const known = !escaped && (words.has(text) || expectedAfter(text) !== 'address');
      if (known) expected = expectedAfter(text);
      else if (brackets === 0 && expected !== 'address' && localName.test(word)) {
        if (expected === 'kind') expected = 'address';
      } else if (escaped || !isAddress(text)) return { kind: 'name', found: text };
    } else {
      if (text === '[') brackets += 1;
      if (text === ']') brackets = Math.max(0, brackets - 1);
      expected = 'address';
    }
  }
  return undefined;
};
