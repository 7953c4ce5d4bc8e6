// Reads `iw dev`, `iw dev IF link`, `station dump`, `survey dump` and `iw reg get`, as iw 5.9 to 6.9 print them.
import { parseBitrate, type Bitrate } from './bitrate.ts';
import { blocksOf, fieldsOf, linesOf, numberIn } from './iw-lines.ts';
import { parseSsid, type Ssid } from './ssid.ts';

export interface WifiInterface extends Ssid {
  name: string;
  phy: string | null;
  type: string | null;
  mac: string | null;
  frequency_mhz: number | null;
  width_mhz: number | null;
  txpower_dbm: number | null;
}

/** Lines without a colon: `addr aa:bb:...`, `type managed`, `channel 36 (5180 MHz), width: 80 MHz, center1: 5210 MHz`. */
const wordAfter = (lines: readonly string[], key: string): string | undefined => {
  const found = lines.find((line) => line.trimStart().startsWith(`${key} `));
  return found?.trimStart().slice(key.length + 1);
};

const macPattern = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
export const macOf = (text: string | undefined): string | null =>
  text !== undefined && macPattern.test(text.trim()) ? text.trim() : null;

const typeNames = /^[A-Za-z0-9/ -]{1,20}$/;

/** Text of `iw dev`: interfaces by phy. What has no name (a P2P device) is left out. */
export const parseDevices = (text: string): WifiInterface[] =>
  blocksOf(linesOf(text), /^phy#(\d{1,3})$/).flatMap(({ head, lines }) =>
    blocksOf(lines, /^\t(?:Interface (\S{1,15})|Unnamed.*)$/).flatMap(({ head: device, lines: about }) => {
      const name = device[1];
      if (name === undefined) return [];
      const [, frequency, width] =
        /^\d{1,3} \((\d{3,6}(?:\.\d)?) MHz\)(?:, width: (\d{1,3}) MHz)?/.exec(wordAfter(about, 'channel') ?? '') ?? [];
      const type = wordAfter(about, 'type')?.trim() ?? '';
      return [
        {
          name,
          phy: `phy${head[1] ?? ''}`,
          type: typeNames.test(type) ? type : null,
          mac: macOf(wordAfter(about, 'addr')),
          frequency_mhz: numberIn(frequency),
          width_mhz: numberIn(width),
          txpower_dbm: numberIn(wordAfter(about, 'txpower')),
          ...parseSsid(wordAfter(about, 'ssid') ?? ''),
        },
      ];
    }),
  );

export interface Link extends Ssid {
  bssid: string;
  frequency_mhz: number | null;
  signal_dbm: number | null;
  rx: Bitrate | null;
  tx: Bitrate | null;
  dtim_period: number | null;
  beacon_interval_tu: number | null;
}

/** Null: `Not connected.` */
export const parseLink = (text: string): Link | null => {
  const [block] = blocksOf(linesOf(text), /^(?:Connected to|Joined IBSS) ([0-9a-f:]{17}) \(on \S+\)$/);
  const bssid = macOf(block?.head[1]);
  if (block === undefined || bssid === null) return null;
  const fields = fieldsOf(block.lines);
  return {
    bssid,
    ...parseSsid(fields.get('SSID') ?? ''),
    frequency_mhz: numberIn(fields.get('freq')),
    signal_dbm: numberIn(fields.get('signal')),
    rx: parseBitrate(fields.get('rx bitrate')),
    tx: parseBitrate(fields.get('tx bitrate')),
    dtim_period: numberIn(fields.get('dtim period')),
    beacon_interval_tu: numberIn(fields.get('beacon int')),
  };
};

export interface Station {
  mac: string;
  signal_dbm: number | null;
  signal_avg_dbm: number | null;
  tx_packets: number | null;
  tx_retries: number | null;
  tx_failed: number | null;
  rx_dropped: number | null;
  beacon_loss: number | null;
  connected_s: number | null;
  inactive_ms: number | null;
  rx: Bitrate | null;
  tx: Bitrate | null;
}

export const parseStations = (text: string): Station[] =>
  blocksOf(linesOf(text), /^Station ([0-9a-f:]{17}) \(on \S+\)$/).flatMap(({ head, lines }) => {
    const mac = macOf(head[1]);
    if (mac === null) return [];
    const fields = fieldsOf(lines);
    const number = (key: string): number | null => numberIn(fields.get(key));
    return [
      {
        mac,
        signal_dbm: number('signal'),
        signal_avg_dbm: number('signal avg'),
        tx_packets: number('tx packets'),
        tx_retries: number('tx retries'),
        tx_failed: number('tx failed'),
        rx_dropped: number('rx drop misc'),
        beacon_loss: number('beacon loss'),
        connected_s: number('connected time'),
        inactive_ms: number('inactive time'),
        rx: parseBitrate(fields.get('rx bitrate')),
        tx: parseBitrate(fields.get('tx bitrate')),
      },
    ];
  });

export interface Survey {
  frequency_mhz: number;
  in_use: boolean;
  noise_dbm: number | null;
  busy_percent: number | null;
}

export const parseSurvey = (text: string): Survey[] =>
  blocksOf(linesOf(text), /^Survey data from /).flatMap(({ lines }) => {
    const fields = fieldsOf(lines);
    const frequency = numberIn(fields.get('frequency'));
    if (frequency === null) return [];
    const active = numberIn(fields.get('channel active time')) ?? 0;
    const busy = numberIn(fields.get('channel busy time'));
    return [
      {
        frequency_mhz: frequency,
        in_use: (fields.get('frequency') ?? '').includes('[in use]'),
        noise_dbm: numberIn(fields.get('noise')),
        busy_percent: busy === null || active <= 0 ? null : Math.min(100, Math.round((1000 * busy) / active) / 10),
      },
    ];
  });

export interface Regulatory {
  /** `global`, or the phy that keeps rules of its own. */
  scope: string;
  /** ISO 3166 code; 00 is the world domain, 99 a phy's own. */
  country: string;
  dfs: string;
}

export const parseRegulatory = (text: string): Regulatory[] =>
  blocksOf(linesOf(text), /^(global|phy#\d{1,3})\b/).flatMap(({ head, lines }) => {
    const [, country, dfs = ''] = /^country ([0-9A-Z]{2}): (DFS-[A-Z]{2,10})/.exec(lines[0] ?? '') ?? [];
    return country === undefined ? [] : [{ scope: (head[1] ?? '').replace('#', ''), country, dfs }];
  });
