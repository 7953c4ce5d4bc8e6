// Packets around application messages, and messages that no public capture has.
import { createCipheriv, createHmac } from 'node:crypto';
import type { PacketBytes } from '../../src/capture/decode.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const named = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
/** A domain name without compression. */
export const domain = (name: string): Buffer => Buffer.concat([...name.split('.').map(named), Buffer.from([0])]);

const ipv4 = (protocol: number, payload: Buffer): PacketBytes => {
  const header = hex('02000000000102000000000208004500000000004000400000000a0000010a000002');
  header.writeUInt16BE(20 + payload.length, 16);
  header[23] = protocol;
  const bytes = Buffer.concat([header, payload]);
  return { bytes, link: 1, original: bytes.length };
};

export const udp = (ports: readonly [number, number], payload: Buffer): PacketBytes =>
  ipv4(17, Buffer.concat([u16(ports[0]), u16(ports[1]), u16(8 + payload.length), u16(0), payload]));

export const tcp = (ports: readonly [number, number], payload: Buffer): PacketBytes =>
  ipv4(6, Buffer.concat([u16(ports[0]), u16(ports[1]), hex('00000001 00000001 5018 ffff 0000 0000'), payload]));

const question = (name: string, type: number, kind = 1): Buffer => Buffer.concat([domain(name), u16(type), u16(kind)]);

const record = (name: string, type: number, data: Buffer, kind = 1): Buffer =>
  Buffer.concat([domain(name), u16(type), u16(kind), hex('00000e10'), u16(data.length), data]);

const dnsMessage = (flags: number, questions: readonly Buffer[], records: readonly Buffer[]): Buffer =>
  Buffer.concat([...[0x1234, flags, questions.length, records.length, 0, 0].map(u16), ...questions, ...records]);

const svcb = Buffer.concat([
  u16(1),
  domain('svc.example.net'),
  hex('0001 0006 026832 026833 0003 0002 01bb 0004 0004 c0000201 0006 0010 20010db8000000000000000000000001'),
]);

export const dnsPackets = (): PacketBytes[] => [
  udp(
    [53, 4000],
    dnsMessage(
      0x8180,
      [question('example.net', 255)],
      [
        record('example.net', 65, svcb),
        record('_sip._tcp.example.net', 33, Buffer.concat([hex('000a 0014 13c4'), domain('sip.example.net')])),
        record('example.net', 257, Buffer.concat([hex('00 05'), Buffer.from('issueca.example')])),
        record('example.net', 16, Buffer.concat([named('v=spf1 -all'), named('second')])),
        record('example.net', 15, Buffer.concat([u16(10), domain('mx.example.net')])),
        record('example.net', 28, hex('20010db8000000000000000000000002')),
        record('www.example.net', 5, domain('example.net')),
        record('1.2.0.192.in-addr.arpa', 12, domain('host.example.net')),
        record('example.net', 43, hex('1234 08 02 aabbccdd')),
        record('example.net', 39, domain('other.example')),
      ],
    ),
  ),
  // A dynamic update.
  udp([4001, 53], dnsMessage(0x2800, [question('example.net', 6)], [record('a.example.net', 1, hex('c0000205'))])),
  udp([5353, 5353], dnsMessage(0, [question('_http._tcp.local', 12, 0x8001)], [])),
  udp([5353, 5353], dnsMessage(0x8400, [], [record('printer.local', 1, hex('c0000207'), 0x8001)])),
  udp([4002, 5355], dnsMessage(0, [question('server', 1)], [])),
];

/** A relayed Solicit, and a Reply with an address, a prefix, DNS servers and a search list. */
export const dhcpv6Packets = (): PacketBytes[] => {
  const option = (type: number, data: Buffer): Buffer => Buffer.concat([u16(type), u16(data.length), data]);
  const duid = hex('0001 0001 2a000000 020000000001');
  const solicit = Buffer.concat([hex('01 abcdef'), option(1, duid), option(8, u16(100)), option(6, hex('00170018'))]);
  const address = option(5, hex('20010db8000000000000000000000010 00000e10 00001c20'));
  const prefix = option(26, hex('00000e10 00001c20 38 20010db8000100000000000000000000'));
  const reply = Buffer.concat([
    hex('07 abcdef'),
    option(2, hex('0003 0001 020000000002')),
    option(3, Buffer.concat([hex('00000001 00000708 00000b40'), address])),
    option(25, Buffer.concat([hex('00000002 00000708 00000b40'), prefix])),
    option(23, hex('20010db8000000000000000000000053')),
    option(24, domain('example.net')),
    option(13, Buffer.concat([u16(0), Buffer.from('all well')])),
    option(39, Buffer.concat([hex('01'), domain('host.example.net')])),
  ]);
  const relayed = Buffer.concat([hex(`0c 00 20010db8${'00'.repeat(12)} fe80${'00'.repeat(14)}`), option(9, solicit)]);
  return [udp([546, 547], solicit), udp([547, 546], reply), udp([547, 547], relayed)];
};

export const ntpPackets = (): PacketBytes[] => {
  const times = hex('e9000000 00000000 e9000001 80000000 e9000002 40000000 e9000003 20000000');
  const header = hex('240206ec 00000010 00000020 c0000201');
  return [
    udp([123, 123], Buffer.concat([hex('e3'), Buffer.alloc(47)])),
    udp([123, 4000], Buffer.concat([header, times])),
    udp([123, 123], Buffer.concat([header, times, hex('00000001'), Buffer.alloc(16, 7)])),
  ];
};

export const tlsPackets = (): PacketBytes[] => [
  tcp([4000, 443], hex('1503030002 0228')),
  tcp([443, 4000], hex('1403030001 01 1503030012 000102030405060708090a0b0c0d0e0f1011')),
];

/** RFC 9001 A.2: the CRYPTO frame with the ClientHello. */
export const clientHelloFrame = hex(`
  060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868
  04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578
  616d706c652e636f6dff01000100000a00080006001d00170018001000070005
  04616c706e000500050100000000003300260024001d00209370b2c9caa47fba
  baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400
  0d0010000e0403050306030203080408050806002d00020101001c0002400100
  3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
  75300901100f088394c8f03e51570806048000ffff`);

const expandLabel = (secret: Buffer, label: string, length: number): Buffer => {
  const info = Buffer.concat([u16(length), named(`tls13 ${label}`), Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
};

const versions = {
  1: { number: '00000001', salt: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', label: 'quic', first: 0xc3 },
  2: { number: '6b3343cf', salt: '0dede3def700a6db819381be6e269dcbf9bd2ed9', label: 'quicv2', first: 0xd3 },
} as const;

/** A client's Initial packet with the connection ID of RFC 9001 A.1, packet number 2, and frames padded to 1,162 bytes. */
export const quicInitial = (version: 1 | 2, frames: Buffer): Buffer => {
  const { number, salt, label, first } = versions[version];
  const connectionId = hex('8394c8f03e515708');
  const header = Buffer.concat([
    Buffer.from([first]),
    hex(number),
    hex('08'),
    connectionId,
    hex('00 00 449e 00000002'),
  ]);
  const payload = Buffer.concat([frames, Buffer.alloc(1162 - frames.length)]);
  const secret = expandLabel(createHmac('sha256', hex(salt)).update(connectionId).digest(), 'client in', 32);
  const nonce = expandLabel(secret, `${label} iv`, 12);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ 2) >>> 0, 8);
  const cipher = createCipheriv('aes-128-gcm', expandLabel(secret, `${label} key`, 16), nonce);
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  const mask = createCipheriv('aes-128-ecb', expandLabel(secret, `${label} hp`, 16), null).update(
    sealed.subarray(0, 16),
  );
  header[0] = first ^ ((mask[0] ?? 0) & 0x0f);
  for (let index = 0; index < 4; index += 1) header[18 + index] = (header[18 + index] ?? 0) ^ (mask[index + 1] ?? 0);
  return Buffer.concat([header, sealed]);
};

/** The same ClientHello in three CRYPTO frames out of order, as browsers send it. */
export const scrambledHello = (): Buffer => {
  const hello = clientHelloFrame.subarray(4);
  const piece = (from: number, to: number): Buffer =>
    Buffer.concat([hex('06'), u16(0x4000 + from), u16(0x4000 + to - from), hello.subarray(from, to)]);
  return Buffer.concat([piece(100, hello.length), hex('01'), piece(0, 40), hex('0000'), piece(40, 100)]);
};

export const quicPackets = (): PacketBytes[] => [
  udp([4000, 443], quicInitial(1, clientHelloFrame)),
  udp([4001, 4433], quicInitial(2, clientHelloFrame)),
  udp([4002, 443], quicInitial(1, scrambledHello())),
  // Version negotiation and Retry (RFC 9001 A.4).
  udp([443, 4003], hex('80 00000000 00 08 f067a5502a4262b5 00000001 6b3343cf')),
  udp([443, 4004], hex('ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba')),
];
