// One open probe socket: sends, and passes on what the kernel queues for it.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import type { ProbeAnswer, ProbePacket, ProbeSocket } from '../../model/probe.ts';
import { decodeAddress, encodeAddress, type SocketAddress, zoneOf } from './address.ts';
import { createHearing, type OpenedSocket } from './hearing.ts';
import { buildEcho, buildPayload, cookieBytes, type EchoRules } from './packets.ts';

const { EADDRNOTAVAIL, ENODEV } = constants.errno;
const defaultPayloadBytes = 56;
/** A sending may be refused for the error of an earlier packet, which lies in the queue then. */
const maxAttempts = 4;
/** Kept, since all packets of a call mostly have one size; a search for the path MTU uses each size once. */
const maxPayloads = 16;

const options = {
  4: { level: 0, hopLimit: 2, pathMtu: 10, fragment: 0 },
  6: { level: 41, hopLimit: 16, pathMtu: 23, fragment: 1 },
} as const;
/** IP_PMTUDISC_PROBE, the same for IPv6. */
const pathMtuProbe = 3;

interface Sent {
  atMs: number;
  errno: number;
  mtu?: number | undefined;
}

export const createSocket = (opened: OpenedSocket): ProbeSocket => {
  const { calls, fd, family, method } = opened;
  const option = options[family];
  const raw = method === 'icmp_raw';
  const id = raw ? randomBytes(2).readUInt16BE(0) : 0;
  const cookie = randomBytes(cookieBytes);
  const payloads = new Map<number, Buffer>();
  const zones = new Map<number, string>();
  // By token, so 65,536 at most.
  const destinations = new Map<number, SocketAddress>();
  let smallestPayload = cookieBytes;
  let hopLimit = -1;
  let fragments = true;
  let listener: (answer: ProbeAnswer) => void = () => undefined;
  let unwatch: (() => void) | undefined;
  let open = true;
  let waiting: ProbeAnswer[] = [];

  const rules = (): EchoRules => ({
    family,
    id: raw ? id : undefined,
    cookie: cookie.subarray(0, smallestPayload),
    withIpHeader: raw && family === 4,
  });
  const hearing = createHearing(opened, { rules, zones, sentTo: (token) => destinations.get(token) });

  const deliver = (answers: readonly ProbeAnswer[]): void => {
    for (const answer of answers) if (open) listener(answer);
  };

  const onReady = (): void => {
    if (open) deliver([...hearing.errors().answers, ...hearing.replies()]);
  };

  /** Later, so that the sender has noted what it sent before it hears of it. */
  const deliverSoon = (answers: readonly ProbeAnswer[]): void => {
    if (answers.length === 0) return;
    if (waiting.length === 0) {
      setImmediate(() => {
        const now = waiting;
        waiting = [];
        deliver(now);
      });
    }
    waiting.push(...answers);
  };

  const payloadOf = (bytes: number): Buffer => {
    smallestPayload = Math.min(smallestPayload, bytes);
    const payload = payloads.get(bytes) ?? buildPayload(bytes, cookie);
    if (payloads.size >= maxPayloads) payloads.clear();
    payloads.set(bytes, payload);
    return payload;
  };

  /** 0, or the errno. */
  const configure = (packet: ProbePacket): number => {
    const wantedHops = packet.hopLimit ?? -1;
    if (wantedHops !== hopLimit) {
      const errno = calls.setOption(fd, option.level, option.hopLimit, wantedHops);
      if (errno !== 0) return errno;
      hopLimit = wantedHops;
    }
    const wantedFragments = packet.dontFragment !== true;
    if (wantedFragments !== fragments) {
      const mode = wantedFragments ? option.fragment : pathMtuProbe;
      const errno = calls.setOption(fd, option.level, option.pathMtu, mode);
      if (errno !== 0) return errno;
      fragments = wantedFragments;
    }
    return 0;
  };

  /** The socket address, or the errno. */
  const destination = ({ address, token }: ProbePacket): Buffer | number => {
    const zone = zoneOf(address);
    let scope = 0;
    if (zone !== undefined) {
      scope = /^\d{1,9}$/.test(zone) ? Number(zone) : calls.interfaceIndex(zone);
      if (scope === 0) return ENODEV;
      zones.set(scope, zone);
    }
    return encodeAddress(family, { address, port: method === 'udp' ? token : 0, scope }) ?? EADDRNOTAVAIL;
  };

  const transmit = (bytes: Buffer, to: Buffer): Sent => {
    for (let attempt = 1; ; attempt += 1) {
      const atMs = calls.nowMs();
      const errno = calls.sendTo(fd, bytes, to);
      if (errno === 0) return { atMs, errno };
      const { answers, localMtu } = hearing.errors();
      deliverSoon(answers);
      // Refused again without an error of another packet in the queue: the refusal is this packet's own.
      if (attempt >= 2 && (answers.length === 0 || attempt >= maxAttempts)) return { atMs, errno, mtu: localMtu };
    }
  };

  const sendPacket = (packet: ProbePacket): Sent => {
    const to = destination(packet);
    if (typeof to === 'number') return { atMs: calls.nowMs(), errno: to };
    const sentTo = decodeAddress(to);
    if (sentTo !== undefined) destinations.set(packet.token, sentTo);
    const errno = configure(packet);
    if (errno !== 0) return { atMs: calls.nowMs(), errno };
    const payload = payloadOf(packet.payloadBytes ?? defaultPayloadBytes);
    return transmit(method === 'udp' ? payload : buildEcho(family, id, packet.token, payload), to);
  };

  return {
    family,
    method,
    send(packet) {
      if (!open) throw new Error('a closed probe socket cannot send');
      unwatch ??= calls.watch(fd, onReady);
      const { atMs, errno, mtu = null } = sendPacket(packet);
      if (errno !== 0) {
        deliverSoon([{ token: packet.token, from: null, kind: 'local', code: errno, mtu, hopLimit: null, atMs }]);
      }
      return atMs;
    },
    onAnswer(next) {
      listener = next;
    },
    close() {
      if (!open) return;
      open = false;
      destinations.clear();
      unwatch?.();
      calls.close(fd);
    },
  };
};
