// What an answer to a probe means for a path: whether it ends there, whether the target gave it, and in words why it was refused.
import { getSystemErrorMap } from 'node:util';
import type { IpVersion, ProbeAnswer } from '../model/probe.ts';

/** Nothing lies behind a hop that gives such an answer. */
export const endsPath = ({ kind }: ProbeAnswer): boolean =>
  kind === 'echo_reply' || kind === 'unreachable' || kind === 'local';

const withoutZone = (address: string): string => address.split('%')[0] ?? address;

/** The target's own address answered, or it replied from another one of its addresses; names play no part. */
export const fromTarget = ({ kind, from }: ProbeAnswer, target: string): boolean =>
  kind === 'echo_reply' || (from !== null && withoutZone(from) === withoutZone(target));

// RFC 792, RFC 1122 3.2.2.1 and RFC 1812 5.2.7.1, with the letters of traceroute.
const ipv4Words: Readonly<Record<number, string>> = {
  0: 'network unreachable (!N)',
  1: 'host unreachable (!H)',
  2: 'protocol unreachable (!P)',
  3: 'port unreachable',
  4: 'too large and may not be fragmented (!F)',
  5: 'source route failed (!S)',
  6: 'destination network unknown (!N)',
  7: 'destination host unknown (!H)',
  9: 'network administratively prohibited (!X)',
  10: 'host administratively prohibited (!X)',
  11: 'network unreachable for this type of service (!N)',
  12: 'host unreachable for this type of service (!H)',
  13: 'administratively prohibited by a filter (!X)',
  14: 'host precedence violation (!V)',
  15: 'precedence cut-off (!C)',
};

// RFC 4443 3.1
const ipv6Words: Readonly<Record<number, string>> = {
  0: 'no route to the destination (!N)',
  1: 'administratively prohibited by a filter (!X)',
  2: 'beyond the scope of the source address (!S)',
  3: 'address unreachable (!H)',
  4: 'port unreachable',
  5: 'source address failed a policy (!X)',
  6: 'route to the destination rejects (!X)',
  7: 'error in the source routing header (!S)',
};

const errnoWords = (code: number): string => {
  const [name, message] = getSystemErrorMap().get(-Math.abs(code)) ?? [`errno ${code}`, 'refused'];
  return `${message} (${name})`;
};

/** Why a hop refused a probe; null for an answer that is none. */
export const refusalOf = ({ kind, code }: ProbeAnswer, family: IpVersion): string | null => {
  if (kind === 'local') return `this host could not send it: ${errnoWords(code)}`;
  if (kind === 'too_big') return 'too large for the next link (!F)';
  if (kind !== 'unreachable') return null;
  return (family === 4 ? ipv4Words : ipv6Words)[code] ?? `unreachable, code ${code}`;
};

/** A closed port is how a host answers a UDP probe: no refusal when the target says it. */
export const isClosedPort = ({ kind, code }: ProbeAnswer, family: IpVersion): boolean =>
  kind === 'unreachable' && code === (family === 4 ? 3 : 4);

/**
 * Routers the answer passed on its way back, counting the one that sent it, guessed from its TTL: systems start at 64, 128 or
 * 255. More or fewer than on the way there is a hint of an asymmetric path.
 */
export const returnHopsOf = ({ hopLimit }: ProbeAnswer): number | null => {
  if (hopLimit === null || hopLimit < 1 || hopLimit > 255) return null;
  const start = [64, 128, 255].find((value) => value >= hopLimit) ?? 255;
  return start - hopLimit + 1;
};
