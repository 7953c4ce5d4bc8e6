// How values of the engine's tables are shown: addresses as text, times in seconds, rates in Mbps.
import { addressOf } from '../../model/address.ts';
import type { Engine } from '../engine/engine.ts';

/** The address whose 4 or 16 bytes stand at a place in the engine's memory. */
export const addressAt = ({ memory }: Engine, at: number, family: number): string =>
  addressOf([...new Uint8Array(memory.buffer, at, family === 4 ? 4 : 16)]).text;

/** With its port, as in a URL; port 0 stands for protocols without ports. */
export const endpoint = (address: string, port: number): string => {
  if (port === 0) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
};

/** An end of a flow, with its port: 0 the source, which sent its first packet. */
export const endpointOf = (engine: Engine, flow: number, direction: number): string => {
  const { exports } = engine;
  const [at, port] =
    direction === 0
      ? [exports.flowSource(flow), exports.flowSourcePort(flow)]
      : [exports.flowDestination(flow), exports.flowDestinationPort(flow)];
  return endpoint(addressAt(engine, at, exports.flowFamily(flow)), port);
};

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Nanoseconds as seconds, to the nanosecond where a number holds that (durations), else to the microsecond (since 1970). */
export const secondsOf = (nanoseconds: bigint): number => {
  const value = Number(nanoseconds) / 1e9;
  return rounded(value, Math.abs(value) < 1e6 ? 9 : 6);
};

/** What the engine gives for the time of a packet without one, and of a conversation of such packets. */
const noTime = -(2n ** 63n);

export const timeOrNull = (nanoseconds: bigint): bigint | null => (nanoseconds === noTime ? null : nanoseconds);

/** Rates over less than this many seconds say nothing: one packet more or less would change them beyond all measure. */
export const leastSeconds = 0.1;

/** ISO 8601 with microseconds, in UTC; null where no calendar reaches. */
export const isoOf = (nanoseconds: bigint): string | null => {
  const whole = nanoseconds / 1_000_000_000n - (nanoseconds % 1_000_000_000n < 0n ? 1n : 0n);
  const date = new Date(Number(whole) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  const micros = (nanoseconds - whole * 1_000_000_000n) / 1000n;
  return date.toISOString().replace(/\.\d+Z$/, `.${String(micros).padStart(6, '0')}Z`);
};

/** `1 packet`, `3 packets`. */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;

/** A share of a hundred: one decimal, two significant digits below 1, so that what is there is not 0. */
export const percentOf = (part: number, whole: number): number => {
  if (whole <= 0) return 0;
  const percent = (part / whole) * 100;
  return percent < 1 ? Number(percent.toPrecision(2)) : rounded(percent, 1);
};

/** 10^6 bits a second; null over no time at all. */
export const mbpsOf = (bytes: number, seconds: number): number | null =>
  seconds > 0 ? rounded((bytes * 8) / seconds / 1e6, 3) : null;

const transports: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPv4',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
};

/** Of an IP protocol number (iana.org/assignments/protocol-numbers). */
export const transportOf = (protocol: number): string => transports[protocol] ?? `IP-${protocol}`;
