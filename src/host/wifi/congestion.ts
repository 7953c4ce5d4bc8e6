// How crowded each channel is: networks on it, those that overlap it, the strongest, and how busy it was found to be.
import type { Survey } from './iw-link.ts';
import { channelOf } from './iw-lines.ts';
import type { Network } from './iw-scan.ts';

export interface ChannelUse {
  channel: number | null;
  frequency_mhz: number;
  networks: number;
  /** Networks whose 20 MHz or more touch these 20 MHz, those on the channel itself included. */
  overlapping: number;
  strongest_dbm: number | null;
  /** The highest load that a network on it announces. */
  utilisation_percent: number | null;
  /** As the interface itself has measured. */
  busy_percent: number | null;
  noise_dbm: number | null;
}

/** Primary channels only: a wide network's other channels are not told apart from its primary one. */
const touches = (one: number, other: number): boolean => Math.abs(one - other) < 20;

const highest = (values: readonly (number | null)[]): number | null => {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : Math.max(...numbers);
};

export const channelUse = (networks: readonly Network[], surveys: readonly Survey[]): ChannelUse[] => {
  const frequencies = [...new Set(networks.map(({ frequency_mhz }) => frequency_mhz))].sort(
    (one, other) => one - other,
  );
  return frequencies.map((frequency) => {
    const own = networks.filter(({ frequency_mhz }) => frequency_mhz === frequency);
    const survey = surveys.find(({ frequency_mhz }) => frequency_mhz === frequency);
    return {
      channel: channelOf(frequency),
      frequency_mhz: frequency,
      networks: own.length,
      overlapping: networks.filter(({ frequency_mhz }) => touches(frequency_mhz, frequency)).length,
      strongest_dbm: highest(own.map(({ signal_dbm }) => signal_dbm)),
      utilisation_percent: highest(own.map(({ utilisation_percent }) => utilisation_percent)),
      busy_percent: survey?.busy_percent ?? null,
      noise_dbm: survey?.noise_dbm ?? null,
    };
  });
};
