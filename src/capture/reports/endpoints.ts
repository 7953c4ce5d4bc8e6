// Who sent and who received most, by IP address; of nested packets the innermost addresses.
import type { Engine } from '../engine/engine.ts';
import { topOf } from './top.ts';
import { addressAt, percentOf } from './values.ts';

export interface Talker {
  ip: string;
  packets: number;
  /** On the wire. */
  bytes: number;
  /** Of all bytes in the capture. */
  percent: number;
}

export interface Endpoints {
  /** Distinct addresses; at least so many when some found no room. */
  unique: { ipv4: number; ipv6: number };
  omitted: number;
  /** By bytes sent, and by bytes received. */
  senders: Talker[];
  receivers: Talker[];
}

export const endpointsOf = (engine: Engine, wanted: number): Endpoints => {
  const { exports } = engine;
  const count = exports.sumAddresses();
  const total = exports.totalOriginal();
  const talkers = (direction: number): Talker[] =>
    topOf(count, wanted, (index) => {
      const bytes = exports.addressBytes(index, direction);
      return bytes > 0 ? bytes : Number.NaN;
    }).map((index) => ({
      ip: addressAt(engine, exports.addressStart(index), exports.addressFamily(index)),
      packets: exports.addressPackets(index, direction),
      bytes: exports.addressBytes(index, direction),
      percent: percentOf(exports.addressBytes(index, direction), total),
    }));
  let ipv4 = 0;
  for (let index = 1; index <= count; index++) if (exports.addressFamily(index) === 4) ipv4 += 1;
  return {
    unique: { ipv4, ipv6: count - ipv4 },
    omitted: exports.addressesOmitted(),
    senders: talkers(0),
    receivers: talkers(1),
  };
};
