// Reads `iw dev IF scan`. Everything after a network's first lines comes from its beacon, and iw prints some strings in it (the WPS
// device name) byte by byte, line breaks too. So frequency, signal and capability count only before the first element, each once.
import { blocksOf, channelOf, fieldsOf, linesOf, numberIn, type Fields } from './iw-lines.ts';
import { macOf } from './iw-link.ts';
import { parseSsid, type Ssid } from './ssid.ts';

export const securities = ['open', 'OWE', 'WEP', 'WPA', 'WPA/WPA2', 'WPA2', 'WPA2/WPA3', 'WPA3'] as const;

export interface Network extends Ssid {
  bssid: string;
  frequency_mhz: number;
  channel: number | null;
  width_mhz: number;
  signal_dbm: number | null;
  last_seen_ms: number | null;
  security: (typeof securities)[number];
  enterprise: boolean;
  /** Keys of the RSN and WPA elements: `PSK`, `SAE`, `IEEE 802.1X`, ... */
  auth_suites: string[];
  /** The newest standard its elements name. */
  standard: string;
  /** BSS Load: stations associated and how much of the time the channel is busy. */
  stations: number | null;
  utilisation_percent: number | null;
}

/** Lines of an element: the rest of its own line and the deeper lines below it. The first element of a kind counts. */
const elementsOf = (lines: readonly string[]): Map<string, string[]> => {
  const elements = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of lines) {
    const [, name, rest = ''] = /^\t([A-Za-z][A-Za-z0-9 ]{0,40}):(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      current = [rest];
      if (!elements.has(name)) elements.set(name, current);
    } else if (line.startsWith('\t\t')) current?.push(line);
    else current = undefined;
  }
  return elements;
};

const itemsOf = (lines: readonly string[] | undefined): Fields =>
  fieldsOf((lines ?? []).map((line) => line.replace(/^\s*\* /, '')));

const suitePattern =
  /FT\/IEEE 802\.1X(?:\/SHA-384)?|IEEE 802\.1X(?:\/(?:SHA-256|SUITE-B(?:-192)?))?|(?:FT\/)?FILS\/SHA-(?:256|384)|FT\/PSK|PSK(?:\/SHA-256)?|FT\/SAE|SAE(?:-EXT-KEY)?|OWE|TDLS\/TPK/g;

const suitesOf = (lines: readonly string[] | undefined): string[] => [
  ...new Set((itemsOf(lines).get('Authentication suites') ?? '').slice(0, 500).match(suitePattern) ?? []),
];

const securityOf = (elements: ReadonlyMap<string, string[]>, privacy: boolean) => {
  const rsn = elements.get('RSN');
  const rsnSuites = suitesOf(rsn);
  const suites = [...new Set([...rsnSuites, ...suitesOf(elements.get('WPA'))])];
  const has = (pattern: RegExp): boolean => rsnSuites.some((suite) => pattern.test(suite));
  const wpa3 = has(/SAE|SUITE-B/);
  const wpa2 = rsn !== undefined && (has(/PSK|802\.1X(?!\/SUITE)|FILS/) || rsnSuites.length === 0);
  const byRsn = has(/^OWE$/) && !wpa3 && !wpa2 ? 'OWE' : wpa3 && wpa2 ? 'WPA2/WPA3' : wpa3 ? 'WPA3' : 'WPA2';
  const byWpa = elements.has('WPA') ? (rsn === undefined ? 'WPA' : byRsn === 'WPA2' ? 'WPA/WPA2' : byRsn) : byRsn;
  const security: Network['security'] = rsn === undefined && !elements.has('WPA') ? (privacy ? 'WEP' : 'open') : byWpa;
  return { security, enterprise: suites.some((suite) => /802\.1X|FILS/.test(suite)), auth_suites: suites };
};

/** IEEE 802.11 tables 9-274 and 11-25: 160 MHz is told as 80 with a second segment 8 channels away. */
const widthOf = (elements: ReadonlyMap<string, string[]>): number => {
  const vht = itemsOf(elements.get('VHT operation'));
  const width = numberIn(vht.get('channel width')) ?? 0;
  const first = numberIn(vht.get('center freq segment 1')) ?? 0;
  const second = numberIn(vht.get('center freq segment 2')) ?? 0;
  if (width === 2 || width === 3 || (width === 1 && second !== 0 && [8, 16].includes(Math.abs(second - first))))
    return 160;
  if (width === 1) return 80;
  const offset = itemsOf(elements.get('HT operation')).get('secondary channel offset')?.trim();
  return offset === 'above' || offset === 'below' ? 40 : 20;
};

const standardOf = (elements: ReadonlyMap<string, string[]>): string => {
  const has = (pattern: RegExp): boolean => [...elements.keys()].some((name) => pattern.test(name));
  if (has(/^EHT /)) return '802.11be';
  if (has(/^HE /)) return '802.11ax';
  if (has(/^VHT /)) return '802.11ac';
  return has(/^HT /) ? '802.11n' : '802.11a/b/g';
};

/** What iw prints from the kernel's own record, before the elements. */
const headNames = /^\t(?:last seen|TSF|freq|beacon interval|capability|signal|Information elements from)\b/;

export const parseScan = (text: string): Network[] => {
  const networks = new Map<string, Network>();
  for (const { head, lines } of blocksOf(linesOf(text), /^BSS ([0-9a-f:]{17})\(on \S{1,15}\)/)) {
    const bssid = macOf(head[1]);
    const firstElement = lines.findIndex((line) => !headNames.test(line));
    const cut = firstElement === -1 ? lines.length : firstElement;
    const record = fieldsOf(lines.slice(0, cut));
    const elements = elementsOf(lines.slice(cut));
    const frequency = numberIn(record.get('freq'));
    // An entry that was forged in another's element comes after the real one of the same address.
    if (bssid === null || frequency === null || networks.has(bssid)) continue;
    const load = itemsOf(elements.get('BSS Load'));
    const utilisation = /^\s*(\d{1,3})\/255/.exec(load.get('channel utilisation') ?? '')?.[1];
    const lastSeen = /^(\d{1,12}) ms ago/.exec(
      lines
        .slice(0, cut)
        .find((line) => line.endsWith(' ms ago'))
        ?.replace(/^\tlast seen: /, '') ?? '',
    )?.[1];
    const signal = record.get('signal');
    networks.set(bssid, {
      bssid,
      // Not in brackets: a missing element is a hidden name.
      ...parseSsid((elements.get('SSID')?.[0] ?? '').replace(/^ /, '')),
      frequency_mhz: frequency,
      channel: channelOf(frequency),
      width_mhz: widthOf(elements),
      // Some drivers know no unit and print `70/100`.
      signal_dbm: signal?.endsWith('dBm') === true ? numberIn(signal) : null,
      last_seen_ms: lastSeen === undefined ? null : Number(lastSeen),
      ...securityOf(elements, /\bPrivacy\b/.test(record.get('capability') ?? '')),
      standard: standardOf(elements),
      stations: numberIn(load.get('station count')),
      utilisation_percent: utilisation === undefined ? null : Math.round((1000 * Number(utilisation)) / 255) / 10,
    });
  }
  return [...networks.values()].sort((left, right) => (right.signal_dbm ?? -999) - (left.signal_dbm ?? -999));
};
