// Expressions of other languages are recognised, and told how they are written here.
import type { NetError } from '../../model/errors.ts';
import { filterFault } from './fault.ts';
import { maxCharacters } from './limits.ts';

const scapy =
  /\b(?:pkt|packet|p)\s*\[|\bin\s+(?:pkt|packet|p)\b|\bhaslayer\s*\(|\bgetlayer\s*\(|\blambda\b|^\s*[A-Z]+\s+in\b/;
const bpf =
  /^\s*(?:not\s+|!\s*)?(?:(?:tcp|udp|ip|ip6|ether|icmp6)\s+)?(?:(?:src|dst)\s+)?(?:host|net|port|portrange|proto)\s+[\w.:/-]+/;

/** Without what stands in quotes, which may be any text; places stay the same. */
const unquoted = (source: string): string =>
  source.replaceAll(/"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?/gs, (text) => `"${' '.repeat(text.length - 1)}`);

/** Undefined when it looks like a display filter. */
export const foreignLanguage = (source: string): NetError | undefined => {
  const start = unquoted(source.slice(0, maxCharacters));
  const python = scapy.exec(start);
  if (python !== null)
    return filterFault(
      'this is a Scapy expression; filters are Wireshark display filters.',
      python.index,
      'Write "TCP in pkt and pkt[TCP].dport == 443" as tcp.dstport == 443, pkt[IP].src == "10.0.0.1" as ip.src == 10.0.0.1, pkt.haslayer(DNS) as dns.',
    );
  const capture = bpf.exec(start);
  return capture === null
    ? undefined
    : filterFault(
        'this is a capture filter (as of tcpdump); filters are Wireshark display filters.',
        capture.index,
        'Write "host 10.0.0.1" as ip.addr == 10.0.0.1, "net 10.0.0.0/8" as ip.addr == 10.0.0.0/8, "tcp port 443" as tcp.port == 443.',
      );
};
