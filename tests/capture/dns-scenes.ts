// Crafted DNS traffic that is compared with tshark.
import {
  client,
  cutTo,
  framed,
  portUnreachable,
  query,
  resolver,
  response,
  tcp,
  udp,
  type CraftedPacket,
  type Endpoint,
} from './dns-craft.ts';

const ask = (time: number, id: number, name = 'a.test', from = client, to = resolver): CraftedPacket =>
  udp(time, from, to, query(id, name));
const reply = (time: number, id: number, name = 'a.test', code = 0, from = resolver, to = client): CraftedPacket =>
  udp(time, from, to, response(id, name, code));

const six: Endpoint = { address: '2001:db8::1', port: 5000 };
const sixServer: Endpoint = { address: '2001:db8::53', port: 53 };
const multicast: Endpoint = { address: '224.0.0.251', port: 5353 };
const linkLocal: Endpoint = { address: '224.0.0.252', port: 5355 };
const onPort = (port: number): Endpoint => ({ ...client, port });

const stream = Buffer.concat([framed(query(3, 'first.test')), framed(query(4, 'second.test', 'AAAA'))]);
const answers = Buffer.concat([framed(response(4, 'second.test', 0, 'AAAA')), framed(response(3, 'first.test'))]);
const bytewise = (from: Endpoint, to: Endpoint, start: number, bytes: Buffer): CraftedPacket[] =>
  [...bytes].map((byte, index) => tcp(start + index / 1000, from, to, 1000 + index, Buffer.from([byte])));
const headers = 14 + 20 + 20;
const long = framed(query(6, 'a-longer-name.test'));

export const dnsScenes: Readonly<Record<string, readonly CraftedPacket[]>> = {
  'answers and retries': [
    ...[ask(0, 1), ask(1, 1), reply(2, 1), reply(2.5, 1)],
    ...[ask(10, 2), ask(16, 2), reply(16.5, 2)],
    ...[ask(20, 3), reply(20.1, 3), ask(21, 3), reply(21.1, 3)],
    ...[ask(30, 4), ask(34, 4), ask(38, 4), ask(42, 4), reply(43, 4), reply(47, 4), reply(51, 4)],
    ...[reply(60, 5), ask(60.5, 5)],
    ...[ask(70, 6), ask(75, 6), ask(80, 7), ask(84.999999, 7), ask(90, 8), ask(95.000001, 8)],
  ],
  'every response code': Array.from({ length: 16 }, (_, code) => [
    ask(code, code, `n${code}.test`),
    reply(code + 0.01 * code + 0.001, code, `n${code}.test`, code),
  ]).flat(),
  'two clients with one id over both families': [
    ...[
      ask(1, 9),
      ask(1.1, 9, 'a.test', six, sixServer),
      ask(1.2, 9, 'a.test', onPort(7001)),
      ask(1.3, 9, 'a.test', resolver),
    ],
    ...[reply(2, 9, 'a.test', 0, sixServer, six), reply(2.1, 9), reply(2.3, 9, 'a.test', 3, resolver, onPort(7001))],
  ],
  'mDNS and LLMNR': [
    udp(1, onPort(5353), multicast, query(0, 'a.local', 'PTR')),
    udp(1.2, { address: '10.0.0.2', port: 5353 }, multicast, response(0, 'a.local', 0, 'PTR')),
    udp(2, client, linkLocal, query(7, 'printer')),
    udp(2.1, { address: '10.0.0.2', port: 5355 }, client, response(7, 'printer')),
  ],
  'over TCP': [
    tcp(1, client, resolver, 100, stream),
    tcp(1.5, resolver, client, 500, answers),
    ...bytewise(onPort(2), resolver, 2, stream),
    ...bytewise(resolver, onPort(2), 3, answers),
    tcp(4, onPort(3), resolver, 0xffff_fff8, stream.subarray(0, 20)),
    tcp(4.1, onPort(3), resolver, 12, stream.subarray(20)),
    tcp(4.2, onPort(3), resolver, 12, stream.subarray(20)),
  ],
  'over TCP with gaps and cuts': [
    tcp(1, onPort(4), resolver, 100, long.subarray(0, 10)),
    tcp(1.1, onPort(4), resolver, 100 + long.length, framed(query(5, 'e.test'))),
    cutTo(tcp(2, onPort(5), resolver, 100, long), headers + 20),
    tcp(2.1, onPort(5), resolver, 100 + long.length, framed(query(7, 'e.test'))),
    cutTo(tcp(3, onPort(6), resolver, 100, long), headers + 1),
    tcp(3.1, onPort(6), resolver, 100 + long.length, framed(query(8, 'e.test'))),
    cutTo(tcp(4, onPort(7), resolver, 100, long), headers),
    tcp(5, onPort(8), resolver, 100, Buffer.concat([Buffer.alloc(2), framed(query(9, 'e.test'))])),
  ],
  'short and cut messages': [
    ...[0, 1, 2, 3, 4, 8, 11, 12, 14].map((bytes) =>
      udp(1 + bytes / 100, onPort(100 + bytes), resolver, query(1, 'a.test').subarray(0, bytes)),
    ),
    ...[0, 1, 2, 4, 8, 12, 14, 20].map((bytes) =>
      cutTo(ask(2 + bytes / 100, 2, 'abcdef.test', onPort(200 + bytes)), 42 + bytes),
    ),
    ...[4, 12, 16].map((bytes) =>
      cutTo(reply(2.5 + bytes / 100, 2, 'abcdef.test', 0, resolver, onPort(200 + bytes)), 42 + bytes),
    ),
  ],
  'one id for two names': [ask(1, 1), ask(1.1, 1, 'b.test'), reply(1.2, 1), reply(1.3, 1, 'b.test')],
  'answers that the capture cut': [
    ...[ask(1, 1, 'abcdef.test'), cutTo(reply(1.1, 1, 'abcdef.test'), 42 + 28)],
    ...[cutTo(ask(2, 2, 'abcdef.test'), 42 + 20), reply(2.1, 2, 'abcdef.test')],
  ],
  'a query quoted by an ICMP error': [ask(1, 1), portUnreachable(1.1, ask(1, 1), resolver, client)],
  'an answer to another question': [ask(1, 1), reply(1.1, 1, 'evil.test'), reply(1.4, 1)],
};
