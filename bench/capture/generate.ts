// The captures that the bench measures, the same bytes in every run: ordinary traffic of many kinds, a SYN flood, a DNS flood.
import { arpExchange, datagramStream, dnsExchange } from './datagrams.ts';
import type { Carrier, Endpoint } from './headers.ts';
import { createRandom, type Random } from './random.ts';
import { type Session, tcpSession } from './tcp-session.ts';
import { openWriter } from './writer.ts';

/** Conversations under way at any moment. */
const active = 2000;

const client = (random: Random): Endpoint => ({ host: 1 + random.below(20_000), port: 1024 + random.below(60_000) });
const server = (random: Random, port: number): Endpoint => ({ host: 0x10_0000 + random.below(3000), port });

const resolver = (random: Random): Endpoint => ({ host: 0x10_0000 + random.below(4), port: 53 });

const carriers: readonly Carrier[] = ['ipv4', 'ipv4', 'ipv4', 'ipv4', 'ipv4', 'ipv6', 'ipv6', 'vlan', 'vxlan', 'gre'];

const newSession = (random: Random): Session => {
  const kind = random.below(100);
  const carrier = carriers[random.below(carriers.length)] ?? 'ipv4';
  if (kind < 42) {
    // Most conversations are short, most bytes are in long ones.
    const segments = random.onceIn(45) ? 400 + random.below(1200) : 1 + random.below(40);
    return tcpSession(carrier, [client(random), server(random, random.onceIn(3) ? 80 : 443)], segments, random);
  }
  // A network has few resolvers, and some names are asked for more often than others.
  if (kind < 90) return dnsExchange([client(random), resolver(random)], random.below(1 + random.below(50_000)), random);
  if (kind < 97) return datagramStream(carrier, [client(random), server(random, 4433)], 20 + random.below(200), random);
  return arpExchange(1 + random.below(20_000));
};

/** Ordinary traffic: TCP over IPv4, IPv6, VLAN, VXLAN and GRE with losses, DNS, datagrams, ARP; about 875 bytes a packet. */
export const generateMixed = (path: string, packets: number): void => {
  const random = createRandom(20_261_121);
  const writer = openWriter(path, 50);
  const sessions = Array.from({ length: active }, () => newSession(random));
  while (writer.packets < packets) {
    const turn = random.below(active);
    // A few packets in a row, as they come on a wire.
    for (let burst = 1 + random.below(4); burst > 0 && writer.packets < packets; burst -= 1) {
      const length = sessions[turn]?.next(writer.bytes, writer.at()) ?? 0;
      if (length > 0) writer.commit(length);
      else sessions[turn] = newSession(random);
    }
  }
  writer.close();
};

/** One SYN from each of so many endpoints to one server; nobody answers. */
export const generateSynFlood = (path: string, flows: number): void => {
  const random = createRandom(7);
  const writer = openWriter(path, 1);
  const target = { host: 0x10_0000, port: 443 };
  for (let flow = 0; flow < flows; flow += 1) {
    const from = { host: 0x20_0000 + (flow >>> 4), port: 1024 + (flow & 15) * 4000 + random.below(4000) };
    writer.commit(tcpSession('ipv4', [from, target], 1, random).next(writer.bytes, writer.at()));
  }
  writer.close();
};

/** A question for each of so many names, from a few clients; half of them are answered. */
export const generateDnsFlood = (path: string, names: number): void => {
  const random = createRandom(11);
  const writer = openWriter(path, 1);
  for (let name = 0; name < names; name += 1) {
    const exchange = dnsExchange([client(random), server(random, 53)], name, random);
    writer.commit(exchange.next(writer.bytes, writer.at()));
    if (name % 2 === 0) continue;
    const answer = exchange.next(writer.bytes, writer.at());
    if (answer > 0) writer.commit(answer);
  }
  writer.close();
};
