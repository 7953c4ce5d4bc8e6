// How get_wifi shows a wireless interface and a network around it.
import * as z from 'zod';
import type { Bitrate } from '../../host/wifi/bitrate.ts';
import type { Link, Station } from '../../host/wifi/iw-link.ts';
import type { Network } from '../../host/wifi/iw-scan.ts';
import type { WifiState } from '../../host/wifi/read.ts';

const maxStations = 20;

const numeric = z.number().nullable();
const rateSchema = z
  .strictObject({
    bitrate_mbps: z.number(),
    standard: z.string(),
    mcs: numeric,
    streams: numeric,
    width_mhz: numeric,
    short_gi: z.boolean(),
  })
  .nullable();

const stationShape = {
  signal_dbm: numeric,
  signal_avg_dbm: numeric,
  tx: rateSchema,
  rx: rateSchema,
  tx_packets: numeric,
  tx_retries: numeric,
  tx_retry_percent: numeric.describe('Of tx_packets'),
  tx_failed: numeric,
  rx_dropped: numeric,
  beacon_loss: numeric,
  connected_seconds: numeric,
};

export const wifiSchema = z.strictObject({
  name: z.string(),
  type: z.string().nullable(),
  phy: z.string().nullable(),
  mac_address: z.string().nullable(),
  connected: z.boolean(),
  ssid: z.string().nullable(),
  ssid_hex: z.string().optional().describe('Where the text does not show all bytes'),
  bssid: z.string().nullable(),
  frequency_mhz: numeric,
  channel: numeric,
  width_mhz: numeric,
  txpower_dbm: numeric,
  noise_dbm: numeric,
  channel_busy_percent: numeric,
  power_save: z.boolean().nullable(),
  dtim_period: numeric,
  beacon_interval_tu: numeric,
  ...stationShape,
  stations_total: z.number(),
  stations: z
    .array(z.strictObject({ mac_address: z.string(), ...stationShape }))
    .optional()
    .describe('Of an access point'),
});
type Shown = z.input<typeof wifiSchema>;

const rateOf = (rate: Bitrate | null | undefined): Shown['tx'] => {
  if (rate === null || rate === undefined) return null;
  const { mbps, ...rest } = rate;
  return { bitrate_mbps: mbps, ...rest };
};

const retryPercent = ({ tx_packets, tx_retries }: Station): number | null =>
  tx_packets === null || tx_retries === null || tx_packets === 0
    ? null
    : Math.round((1000 * tx_retries) / tx_packets) / 10;

const stationOf = (station: Station | undefined, link: Link | null) => ({
  signal_dbm: station?.signal_dbm ?? link?.signal_dbm ?? null,
  signal_avg_dbm: station?.signal_avg_dbm ?? null,
  tx: rateOf(station?.tx ?? link?.tx),
  rx: rateOf(station?.rx ?? link?.rx),
  tx_packets: station?.tx_packets ?? null,
  tx_retries: station?.tx_retries ?? null,
  tx_retry_percent: station === undefined ? null : retryPercent(station),
  tx_failed: station?.tx_failed ?? null,
  rx_dropped: station?.rx_dropped ?? null,
  beacon_loss: station?.beacon_loss ?? null,
  connected_seconds: station?.connected_s ?? null,
});

export const showWifi = (
  { device, link, stations, surveys, power_save }: WifiState,
  channelOf: (mhz: number) => number | null,
): Shown => {
  const survey = surveys.find(({ in_use }) => in_use);
  const frequency = device.frequency_mhz ?? link?.frequency_mhz ?? null;
  const peer = link === null ? undefined : stations.find(({ mac }) => mac === link.bssid);
  const { ssid, ssidHex } = link ?? device;
  return {
    name: device.name,
    type: device.type,
    phy: device.phy,
    mac_address: device.mac,
    connected: link !== null,
    ssid,
    ...(ssidHex === undefined ? {} : { ssid_hex: ssidHex }),
    bssid: link?.bssid ?? null,
    frequency_mhz: frequency,
    channel: frequency === null ? null : channelOf(frequency),
    width_mhz: device.width_mhz,
    txpower_dbm: device.txpower_dbm,
    noise_dbm: survey?.noise_dbm ?? null,
    channel_busy_percent: survey?.busy_percent ?? null,
    power_save,
    dtim_period: link?.dtim_period ?? null,
    beacon_interval_tu: link?.beacon_interval_tu ?? null,
    ...stationOf(peer, link),
    stations_total: stations.length,
    ...(link === null && stations.length > 0
      ? {
          stations: stations
            .slice(0, maxStations)
            .map((station) => ({ mac_address: station.mac, ...stationOf(station, null) })),
        }
      : {}),
  };
};

export const networkSchema = z.strictObject({
  ssid: z.string().nullable().describe('null: hidden, or no text'),
  ssid_hex: z.string().optional(),
  bssid: z.string(),
  frequency_mhz: z.number(),
  channel: numeric,
  width_mhz: z.number(),
  signal_dbm: numeric,
  last_seen_ms: numeric,
  security: z.string(),
  enterprise: z.boolean(),
  auth_suites: z.array(z.string()),
  standard: z.string(),
  stations: numeric,
  utilisation_percent: numeric,
});

export const showNetwork = ({ ssidHex, ...network }: Network): z.input<typeof networkSchema> => ({
  ...network,
  ...(ssidHex === undefined ? {} : { ssid_hex: ssidHex }),
});

export const channelSchema = z.strictObject({
  channel: numeric,
  frequency_mhz: z.number(),
  networks: z.number(),
  overlapping: z.number().describe('Networks within 20 MHz, its own included'),
  strongest_dbm: numeric,
  utilisation_percent: numeric.describe('As announced'),
  busy_percent: numeric.describe('As measured here'),
  noise_dbm: numeric,
});

/** `wlan0 is connected to "Home" on channel 36 (80 MHz), -47 dBm, 866.7 Mbit/s out.` */
export const sentence = ({
  name,
  type,
  connected,
  ssid,
  channel,
  width_mhz,
  signal_dbm,
  tx,
  stations_total,
}: Shown): string => {
  if (!connected) {
    return type === 'AP'
      ? `${name} is an access point with ${stations_total} station${stations_total === 1 ? '' : 's'}.`
      : `${name} is not connected.`;
  }
  const where = channel === null ? '' : ` on channel ${channel}${width_mhz === null ? '' : ` (${width_mhz} MHz)`}`;
  const strength = signal_dbm === null ? '' : `, ${signal_dbm} dBm`;
  const rate = tx === null ? '' : `, ${tx.bitrate_mbps} Mbit/s out`;
  return `${name} is connected to ${ssid === null ? 'a network' : JSON.stringify(ssid)}${where}${strength}${rate}.`;
};
