// Never replies to probes of its namespace, but sends ICMP errors about them, forged and honest ones: which, the last digit of the probe's
// token says. It sees the probes, so all it has to guess is right. Run by the tests; it prints a line once it listens.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeAddress, encodeAddress } from '../../src/host/probe-sockets/address.ts';
import { socketCalls, type SocketCalls } from '../../src/host/probe-sockets/libc.ts';
import { internetChecksum } from '../../src/host/probe-sockets/packets.ts';
import { ipHeader } from './ip-header.ts';
import { serverAddress } from './routed-network.ts';

const SOCK_RAW_NONBLOCK = 3 | 0o4000;
/** An address that nobody was asked about. */
const elsewhere = { 4: '10.2.0.77', 6: 'fd02::77' } as const;
const protocols = { icmp: { 4: 1, 6: 58 }, udp: { 4: 17, 6: 17 } } as const;
const hostUnreachable = { 4: [3, 1], 6: [1, 3] } as const;
const timeExceeded = { 4: [11, 0], 6: [3, 0] } as const;
const headerBytes = 8;

type Family = 4 | 6;
type Protocol = keyof typeof protocols;

interface Forged {
  destination: string;
  quoted: Buffer;
  says: readonly [number, number];
}

const withOtherCookie = (probe: Buffer): Buffer => {
  const changed = Buffer.from(probe);
  changed.writeUInt8(changed.readUInt8(headerBytes) ^ 0xff, headerBytes);
  return changed;
};

/** Probes with a token that ends in 0, 1 or 2 get a forged error; 3, 4, 5 and 6 get an honest one, however little it quotes. */
const answerTo = (probe: Buffer, token: number, family: Family): Forged | undefined => {
  const own = serverAddress[family];
  const unreachable = hostUnreachable[family];
  const answers: readonly Forged[] = [
    { destination: elsewhere[family], quoted: probe, says: unreachable },
    { destination: elsewhere[family], quoted: probe, says: timeExceeded[family] },
    { destination: own, quoted: withOtherCookie(probe), says: unreachable },
    { destination: own, quoted: probe, says: unreachable },
    { destination: own, quoted: probe, says: timeExceeded[family] },
    { destination: own, quoted: probe.subarray(0, headerBytes), says: unreachable },
    { destination: own, quoted: Buffer.concat([probe.subarray(0, headerBytes), Buffer.alloc(100)]), says: unreachable },
  ];
  return answers[token % 10];
};

const errorPacket = (family: Family, [type, code]: readonly [number, number], quote: Buffer): Buffer => {
  const packet = Buffer.concat([Buffer.from([type, code, 0, 0, 0, 0, 0, 0]), quote]);
  // Of ICMPv6 the kernel makes the checksum.
  if (family === 4) packet.writeUInt16BE(internetChecksum(packet), 2);
  return packet;
};

const openRaw = (calls: SocketCalls, family: Family, protocol: number): number => {
  const fd = calls.socket(family === 4 ? 2 : 10, SOCK_RAW_NONBLOCK, protocol);
  if (fd < 0) throw new Error(`no raw socket: errno ${-fd}`);
  return fd;
};

const listen = (calls: SocketCalls, family: Family, protocol: Protocol): (() => void) => {
  const number = protocols[protocol][family];
  const fd = openRaw(calls, family, number);
  const sender = openRaw(calls, family, protocols.icmp[family]);
  return () => {
    for (let message = calls.receive(fd, 'data'); typeof message !== 'number'; message = calls.receive(fd, 'data')) {
      const bytes = Buffer.from(message.data);
      const probe = family === 4 ? bytes.subarray((bytes.readUInt8(0) & 0xf) * 4) : bytes;
      const client = decodeAddress(Buffer.from(message.name))?.address;
      if (client === undefined || probe.length < headerBytes + 8) continue;
      if (protocol === 'icmp' && probe.readUInt8(0) !== (family === 4 ? 8 : 128)) continue;
      const forged = answerTo(probe, probe.readUInt16BE(protocol === 'icmp' ? 6 : 2), family);
      const to = encodeAddress(family, { address: client, port: 0, scope: 0 });
      if (forged === undefined || to === undefined) continue;
      const header = ipHeader(family, number, [client, forged.destination], probe.length);
      calls.sendTo(sender, errorPacket(family, forged.says, Buffer.concat([header, forged.quoted])), to);
    }
  };
};

/** The line it prints. */
export const listening = 'listening';

const serve = async (): Promise<never> => {
  const calls = await socketCalls();
  const handlers = ([4, 6] as const).flatMap((family) => [listen(calls, family, 'icmp'), listen(calls, family, 'udp')]);
  console.log(listening);
  for (;;) {
    for (const handle of handlers) handle();
    await sleep(1);
  }
};

if (process.argv[2] === 'serve') await serve();
