// What the kernel has queued for a probe socket, read into answers: replies, and the errors of routers, hosts and this host itself.
import { constants } from 'node:os';
import type { IpVersion, ProbeAnswer, ProbeSocket } from '../../model/probe.ts';
import { decodeAddress, type SocketAddress } from './address.ts';
import { type Control, readControl } from './control.ts';
import type { Message, SocketCalls } from './libc.ts';
import { type EchoRules, mayBeOurs, meaningOf, readEchoReply, readQuotedEcho } from './packets.ts';
import { quotesDestination } from './sent-to.ts';

const { EAGAIN } = constants.errno;
/** Messages taken at once, so that a flood does not keep everything else waiting. */
const maxAtOnce = 512;

export interface OpenedSocket {
  calls: SocketCalls;
  fd: number;
  family: IpVersion;
  method: ProbeSocket['method'];
}

export interface QueuedErrors {
  answers: ProbeAnswer[];
  /** Bytes, where this host refused the latest packet for its size. */
  localMtu: number | undefined;
}

export interface Hearing {
  replies(): ProbeAnswer[];
  errors(): QueuedErrors;
}

export interface Known {
  rules: () => EchoRules;
  /** Names of interfaces by index, as the caller wrote them. */
  zones: ReadonlyMap<number, string>;
  /** Where the packet with this token went. */
  sentTo: (token: number) => SocketAddress | undefined;
}

export const createHearing = ({ calls, fd, method }: OpenedSocket, { rules, zones, sentTo }: Known): Hearing => {
  const textOf = ({ address, scope }: SocketAddress): string => {
    if (scope === 0) return address;
    return `${address}%${zones.get(scope) ?? calls.interfaceName(scope) ?? String(scope)}`;
  };

  const timeOf = ({ received }: Control): number =>
    received === undefined
      ? calls.nowMs()
      : Number(received.seconds - calls.baseSeconds) * 1000 + received.nanoseconds / 1e6;

  const readReply = ({ data, name, control }: Message): ProbeAnswer | undefined => {
    const from = decodeAddress(name);
    if (from === undefined) return undefined;
    const details = readControl(control);
    const echo = method === 'udp' ? { sequence: from.port, hopLimit: undefined } : readEchoReply(data, rules());
    if (echo === undefined) return undefined;
    const answer = { token: echo.sequence, from: textOf(from), kind: 'echo_reply', code: 0, mtu: null } as const;
    return { ...answer, hopLimit: details.hopLimit ?? echo.hopLimit ?? null, atMs: timeOf(details) };
  };

  /** Of our packet that an error quotes. Of UDP the kernel gives what followed the header, and the port apart. */
  const tokenOf = (data: Buffer, quoted: SocketAddress | undefined): number | undefined => {
    if (method !== 'udp') return readQuotedEcho(data, rules());
    return mayBeOurs(data, rules().cookie) ? quoted?.port : undefined;
  };

  const readError = ({ data, name, control }: Message): { answer?: ProbeAnswer; localMtu?: number } => {
    const details = readControl(control);
    const { error } = details;
    if (error === undefined) return {};
    // The sender reports its own refusal itself.
    if (error.origin === 'local') return { localMtu: error.info };
    const told = meaningOf(error);
    // The kernel names the destination of the packet that the error quotes, which anybody can have made up.
    const quoted = decodeAddress(name);
    const token = tokenOf(data, quoted);
    if (told === undefined || token === undefined || error.offender === undefined) return {};
    if (!quotesDestination(quoted, sentTo(token))) return {};
    const from = textOf(error.offender);
    return { answer: { token, from, ...told, hopLimit: details.hopLimit ?? null, atMs: timeOf(details) } };
  };

  return {
    replies: () => {
      const answers: ProbeAnswer[] = [];
      for (let read = 0; read < maxAtOnce; read += 1) {
        const message = calls.receive(fd, 'data');
        if (message === EAGAIN) break;
        // Any other errno belongs to a packet whose error is in the other queue; reading it has cleared it.
        if (typeof message === 'number') continue;
        const answer = readReply(message);
        if (answer !== undefined) answers.push(answer);
      }
      return answers;
    },
    errors: () => {
      const errors: QueuedErrors = { answers: [], localMtu: undefined };
      for (let read = 0; read < maxAtOnce; read += 1) {
        const message = calls.receive(fd, 'errors');
        if (typeof message === 'number') break;
        const { answer, localMtu } = readError(message);
        if (answer !== undefined) errors.answers.push(answer);
        errors.localMtu = localMtu ?? errors.localMtu;
      }
      return errors;
    },
  };
};
