// The rate of a wireless link as iw prints it: `866.7 MBit/s VHT-MCS 9 80MHz short GI VHT-NSS 2`.
import { numberIn } from './iw-lines.ts';

export interface Bitrate {
  mbps: number;
  /** By the kind of modulation: 802.11n, ac, ax or be; older ones are not told apart. */
  standard: string;
  mcs: number | null;
  /** Spatial streams. */
  streams: number | null;
  width_mhz: number | null;
  short_gi: boolean;
}

const standards: readonly [RegExp, string][] = [
  [/\bEHT-MCS (\d{1,2})\b/, '802.11be'],
  [/\bHE-MCS (\d{1,2})\b/, '802.11ax'],
  [/\bVHT-MCS (\d{1,2})\b/, '802.11ac'],
  [/(?:^|\s)MCS (\d{1,2})\b/, '802.11n'],
];

export const parseBitrate = (text: string | undefined): Bitrate | null => {
  const mbps = numberIn(text);
  if (text === undefined || mbps === null || !/^\s*[\d.]+ MBit\/s/.test(text)) return null;
  const [mcs, standard] = standards.flatMap(([pattern, name]): [number, string][] => {
    const found = pattern.exec(text)?.[1];
    return found === undefined ? [] : [[Number(found), name]];
  })[0] ?? [null, '802.11a/b/g'];
  const streams = /-NSS (\d{1,2})\b/.exec(text)?.[1];
  const width = /\b(\d{2,3})(P80)?MHz\b/.exec(text);
  const ofWidth = width === null ? null : width[2] === undefined ? Number(width[1]) : 160;
  return {
    mbps,
    standard,
    mcs,
    // 802.11n counts its streams in the index: 0-7 one, 8-15 two.
    streams:
      streams !== undefined ? Number(streams) : standard === '802.11n' && mcs !== null ? Math.floor(mcs / 8) + 1 : null,
    width_mhz: ofWidth ?? (mcs === null ? null : 20),
    // Guard interval 0 of 802.11ax is 0.8 us, its shortest.
    short_gi: /\bshort GI\b/.test(text),
  };
};
