// TCP headers that ICMP errors quote: neither tshark nor the engine judges them, or has them change what is said of others.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tcpIssuesOf } from '../../src/capture/reports/tcp-issues.ts';
import * as craft from './craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';
import { differences, judgedByEngine, judgedByTshark } from './tcp-reference.ts';

let folder: CaptureFolder;
beforeAll(async () => {
  folder = await captureFolder();
});
afterAll(() => folder.remove());

const ends = { 4: ['10.0.0.1', '10.0.0.2', '10.0.0.254'], 6: ['fd00::1', 'fd00::2', 'fd00::ff'] } as const;
type Family = keyof typeof ends;

/** IP packets of a client: SYN, handshake's ACK, and two segments of 400 bytes; and of the server. */
const conversation = (family: Family, port: number) => {
  const [client, server] = ends[family];
  const from = { sourcePort: port, destinationPort: 80 };
  const to = { sourcePort: 80, destinationPort: port };
  const payload = new Uint8Array(400).fill(65);
  const sent = (header: craft.TcpHeader) => craft.ip(client, server, 6, craft.tcp(header));
  const answered = (header: craft.TcpHeader) => craft.ip(server, client, 6, craft.tcp(header));
  return {
    syn: sent({ ...from, seq: 100, flags: 'S' }),
    synAck: answered({ ...to, seq: 900, ack: 101, flags: 'SA' }),
    ack: sent({ ...from, seq: 101, ack: 901, flags: 'A' }),
    first: sent({ ...from, seq: 101, ack: 901, flags: 'PA', payload }),
    second: sent({ ...from, seq: 501, ack: 901, flags: 'PA', payload }),
    acked: answered({ ...to, seq: 901, ack: 901, flags: 'A' }),
  };
};

/** The error about a packet, with the bytes of it that are quoted. */
const quoting = (family: Family, packet: Uint8Array, type: number, code: number, bytes: number): Uint8Array => {
  const [client, , router] = ends[family];
  const body = craft.join(Uint8Array.from([type, code, 0, 0, 0, 0, 5, 0xdc]), packet.subarray(0, bytes));
  return craft.ip(router, client, family === 4 ? 1 : 58, body);
};

const fileOf = (packets: readonly Uint8Array[]): Uint8Array =>
  craft.pcap(
    packets.map((packet, at) => ({
      time: 1_700_000_000_000_000_000n + BigInt(at) * 30_000_000n,
      bytes: craft.frame(packet),
    })),
  );

const sizes: readonly (readonly [name: string, family: Family, bytes: number])[] = [
  ['the first 8 bytes of TCP', 4, 28],
  ['the TCP header', 4, 40],
  ['a part of the data', 4, 140],
  ['everything', 4, 440],
  ['the TCP header', 6, 60],
  ['everything', 6, 460],
];

const errorsOf = (family: Family) =>
  family === 4
    ? ([
        ['too big', 3, 4],
        ['unreachable', 3, 1],
        ['time exceeded', 11, 0],
      ] as const)
    : ([
        ['too big', 2, 0],
        ['unreachable', 1, 0],
        ['time exceeded', 3, 0],
      ] as const);

test.each(sizes.flatMap((size) => errorsOf(size[1]).map((error) => [...size, ...error] as const)))(
  'quoting %s of IPv%i (%i bytes): %s',
  async (_, family, bytes, _error, type, code) => {
    const { syn, synAck, ack, first, second, acked } = conversation(family, 4000);
    const again = conversation(family, 4001);
    const quote = (packet: Uint8Array): Uint8Array => quoting(family, packet, type, code, bytes);
    const file = fileOf([
      ...[syn, quote(syn), synAck, ack, first, quote(first), second, acked, quote(second)],
      ...[again.syn, again.synAck, again.ack, quote(again.first), again.first],
    ]);
    const engine = await judgedByEngine(file);
    const tshark = await judgedByTshark(await folder.write('quoted.pcap', file));
    expect(differences(tshark.verdicts, engine.verdicts)).toEqual([]);
  },
);

test('what is quoted is no segment and has no verdict', async () => {
  const { syn, synAck, ack, first } = conversation(4, 4000);
  const { engine } = await judgedByEngine(fileOf([syn, synAck, ack, first, quoting(4, first, 3, 4, 440)]));
  const { has_issues, notes, total_tcp_packets } = tcpIssuesOf(engine, undefined);
  expect({ has_issues, total_tcp_packets }).toEqual({ has_issues: false, total_tcp_packets: 4 });
  expect(notes).toEqual(['1 TCP headers quoted by ICMP errors were not analysed: they were sent elsewhere or before.']);
});
