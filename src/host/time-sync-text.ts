// Reads `chronyc -n -c tracking` and `timedatectl show`; text that is neither gives null, never an error.
import { plainText } from '../model/plain-text.ts';

export interface Tracking {
  synchronized: boolean;
  /** Address or name of the reference; null: none. */
  source: string | null;
  stratum: number | null;
  /** How far this clock is behind NTP time (negative: ahead), in milliseconds. */
  offset_ms: number;
}

/** Fields of tracking as CSV (chrony's client.c): reference id, source, stratum, reference time, system time, ..., leap status (14th). */
export const parseTracking = (text: string): Tracking | null => {
  const fields = (text.split('\n')[0] ?? '').trim().split(',');
  const [, source = '', stratum = '', , correction = ''] = fields;
  const leap = fields[13];
  if (fields.length < 14 || !/^-?\d{1,12}\.\d{1,12}$/.test(correction)) return null;
  return {
    synchronized: leap !== undefined && leap !== 'Not synchronised' && leap !== '?',
    source: source === '' ? null : plainText(source, 100),
    stratum: /^\d{1,2}$/.test(stratum) ? Number(stratum) : null,
    // The correction is what is to be added: chronyc calls a positive one slow.
    offset_ms: Number((Number(correction) * 1000).toFixed(6)),
  };
};

/** `NTPSynchronized=yes`; null when timedatectl told nothing. */
export const parseTimedatectl = (text: string): boolean | null => {
  const word = /^NTPSynchronized=(yes|no)$/m.exec(text)?.[1];
  return word === undefined ? null : word === 'yes';
};
