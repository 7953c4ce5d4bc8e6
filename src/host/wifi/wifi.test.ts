import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBitrate } from './bitrate.ts';
import { channelUse } from './congestion.ts';
import { channelOf } from './iw-lines.ts';
import { parseDevices, parseLink, parseRegulatory, parseStations, parseSurvey } from './iw-link.ts';
import { parseScan } from './iw-scan.ts';
import { parseSsid } from './ssid.ts';

describe('ssid', () => {
  it.each([
    ['Home', { ssid: 'Home' }],
    ['My Net', { ssid: 'My Net' }],
    ['\\x20padded\\x20', { ssid: ' padded ' }],
    ['caf\\xc3\\xa9 \\xf0\\x9f\\x8d\\x95', { ssid: 'café 🍕' }],
    ['back\\x5cslash "quoted"', { ssid: 'back\\slash "quoted"' }],
    ['\\xff\\xfe', { ssid: null, ssidHex: 'fffe' }],
    ['', { ssid: null }],
    ['\\x00\\x00\\x00', { ssid: null }],
    ['a\\x0a\\x09signal: -10 dBm', { ssid: 'asignal: -10 dBm', ssidHex: '610a097369676e616c3a202d31302064426d' }],
    ['a\\xe2\\x80\\xaeb\\x1b[31m', { ssid: 'ab[31m', ssidHex: '61e280ae621b5b33316d' }],
  ])('%j', (escaped, expected) => {
    expect(parseSsid(escaped)).toEqual({ ssidHex: undefined, ...expected });
  });
});

describe('bitrate', () => {
  it.each([
    ['866.7 MBit/s VHT-MCS 9 80MHz short GI VHT-NSS 2', [866.7, '802.11ac', 9, 2, 80, true]],
    ['1200.9 MBit/s 80MHz HE-MCS 11 HE-NSS 2 HE-GI 0 HE-DCM 0', [1200.9, '802.11ax', 11, 2, 80, false]],
    ['2882.3 MBit/s 160MHz EHT-MCS 11 EHT-NSS 2 EHT-GI 0', [2882.3, '802.11be', 11, 2, 160, false]],
    ['144.4 MBit/s MCS 15 short GI', [144.4, '802.11n', 15, 2, 20, true]],
    ['300.0 MBit/s MCS 7 40MHz short GI', [300, '802.11n', 7, 1, 40, true]],
    ['780.0 MBit/s VHT-MCS 8 80P80MHz VHT-NSS 1', [780, '802.11ac', 8, 1, 160, false]],
    ['54.0 MBit/s', [54, '802.11a/b/g', null, null, null, false]],
  ])('%s', (text, [mbps, standard, mcs, streams, width_mhz, short_gi]) => {
    expect(parseBitrate(text)).toEqual({ mbps, standard, mcs, streams, width_mhz, short_gi });
  });
  it.each(['(unknown)', '', undefined, 'MBit/s', '1e9 MBit/s'])('%j is none', (text) => {
    expect(parseBitrate(text)).toBeNull();
  });
});

it.each([
  [2412, 1],
  [2472, 13],
  [2484, 14],
  [5180, 36],
  [5825, 165],
  [5955, 1],
  [7115, 233],
  [58320, 1],
  [900, null],
])('%i MHz is channel %s', (mhz, channel) => {
  expect(channelOf(mhz)).toBe(channel);
});

const devices = `phy#1
	Interface mon0
		ifindex 7
		wdev 0x100000002
		addr 00:c0:ca:00:00:01
		type monitor
phy#0
	Unnamed/non-netdev interface
		wdev 0x2
		addr 12:34:56:78:9a:bd
		type P2P-device
	Interface wlp4s0
		ifindex 3
		wdev 0x1
		addr 12:34:56:78:9a:bc
		ssid Home\\x0a\\x09type AP
		type managed
		channel 36 (5180 MHz), width: 80 MHz, center1: 5210 MHz
		txpower 22.00 dBm
		multicast TXQ:
			qsz-byt	qsz-pkt	flows	drops	marks	overlmt	hashcol	tx-bytes	tx-packets
			0	0	0	0	0	0	0	0		0
`;

it('iw dev', () => {
  expect(parseDevices(devices)).toMatchObject([
    { name: 'mon0', phy: 'phy1', type: 'monitor', ssid: null, frequency_mhz: null },
    {
      name: 'wlp4s0',
      phy: 'phy0',
      type: 'managed',
      mac: '12:34:56:78:9a:bc',
      ssid: 'Hometype AP',
      frequency_mhz: 5180,
      width_mhz: 80,
      txpower_dbm: 22,
    },
  ]);
});

it('iw link', () => {
  const text = `Connected to 8c:fd:f0:11:22:33 (on wlp4s0)
	SSID: Home
	freq: 5600
	RX: 2989579880 bytes (8111876 packets)
	TX: 481889773 bytes (2623467 packets)
	signal: -61 dBm
	rx bitrate: 720.6 MBit/s 80MHz HE-MCS 7 HE-NSS 2 HE-GI 0 HE-DCM 0
	tx bitrate: 960.7 MBit/s 80MHz HE-MCS 9 HE-NSS 2 HE-GI 0 HE-DCM 0

	bss flags:	short-slot-time
	dtim period:	2
	beacon int:	100
`;
  expect(parseLink(text)).toMatchObject({
    bssid: '8c:fd:f0:11:22:33',
    ssid: 'Home',
    frequency_mhz: 5600,
    signal_dbm: -61,
    rx: { mbps: 720.6, mcs: 7 },
    tx: { mbps: 960.7, mcs: 9 },
    dtim_period: 2,
    beacon_interval_tu: 100,
  });
  expect(parseLink('Not connected.\n')).toBeNull();
});

it('iw station dump', () => {
  const text = `Station 8c:fd:f0:11:22:33 (on wlp4s0)
	inactive time:	20 ms
	rx bytes:	91827364
	rx packets:	123456
	tx bytes:	1827364
	tx packets:	10000
	tx retries:	2500
	tx failed:	250
	beacon loss:	3
	beacon rx:	18236
	rx drop misc:	12
	signal:  	-47 [-49, -52] dBm
	signal avg:	-48 dBm
	beacon signal avg:	-50 dBm
	tx bitrate:	144.4 MBit/s MCS 15 short GI
	tx duration:	0 us
	rx bitrate:	(unknown)
	authorized:	yes
	connected time:	3600 seconds
	associated at [boottime]:	12.345s
`;
  expect(parseStations(text)).toMatchObject([
    {
      mac: '8c:fd:f0:11:22:33',
      signal_dbm: -47,
      signal_avg_dbm: -48,
      tx_packets: 10000,
      tx_retries: 2500,
      tx_failed: 250,
      beacon_loss: 3,
      rx_dropped: 12,
      connected_s: 3600,
      tx: { mbps: 144.4 },
      rx: null,
    },
  ]);
});

it('iw survey dump and iw reg get', () => {
  const text = `Survey data from wlp4s0
	frequency:			2412 MHz
	noise:				-95 dBm
Survey data from wlp4s0
	frequency:			5180 MHz [in use]
	noise:				-92 dBm
	channel active time:		2000 ms
	channel busy time:		501 ms
`;
  expect(parseSurvey(text)).toEqual([
    { frequency_mhz: 2412, in_use: false, noise_dbm: -95, busy_percent: null },
    { frequency_mhz: 5180, in_use: true, noise_dbm: -92, busy_percent: 25.1 },
  ]);
  const reg =
    'global\ncountry DE: DFS-ETSI\n\t(2400 - 2483 @ 40), (N/A, 20), (N/A)\n\nphy#0 (self-managed)\ncountry 00: DFS-UNSET\n';
  expect(parseRegulatory(reg)).toEqual([
    { scope: 'global', country: 'DE', dfs: 'DFS-ETSI' },
    { scope: 'phy0', country: '00', dfs: 'DFS-UNSET' },
  ]);
});

interface Beacon {
  bssid: string;
  freq?: number;
  signal?: string;
  capability?: string;
  /** Lines of elements, without the first tab. */
  elements: readonly string[];
}

const bss = ({
  bssid,
  freq = 2412,
  signal = '-50.00 dBm',
  capability = 'ESS Privacy ShortSlotTime (0x0411)',
  elements,
}: Beacon): string =>
  [
    `BSS ${bssid}(on wlan0)`,
    '\tlast seen: 2804.056s [boottime]',
    '\tTSF: 119952901774 usec (1d, 09:19:12)',
    `\tfreq: ${freq}`,
    '\tbeacon interval: 100 TUs',
    `\tcapability: ${capability}`,
    `\tsignal: ${signal}`,
    '\tlast seen: 140 ms ago',
    '\tInformation elements from Probe Response frame:',
    ...elements.map((line) => `\t${line}`),
    '',
  ].join('\n');

const rsn = (...suites: string[]): string[] => [
  'RSN:\t * Version: 1',
  '\t * Group cipher: CCMP',
  '\t * Pairwise ciphers: CCMP',
  `\t * Authentication suites: ${suites.join(' ')}`,
  '\t * Capabilities: 16-PTKSA-RC 1-GTKSA-RC (0x000c)',
];
const wpa = ['WPA:\t * Version: 1', '\t * Group cipher: TKIP', '\t * Authentication suites: PSK'];

describe('iw scan', () => {
  const security = (elements: readonly string[], capability?: string): unknown => {
    const [found] = parseScan(
      bss({ bssid: '02:00:00:00:00:01', elements, ...(capability === undefined ? {} : { capability }) }),
    );
    return [found?.security, found?.enterprise, found?.auth_suites];
  };

  it.each([
    ['open', [], 'ESS ShortSlotTime (0x0401)', ['open', false, []]],
    ['WEP', [], undefined, ['WEP', false, []]],
    ['WPA', wpa, undefined, ['WPA', false, ['PSK']]],
    ['WPA and WPA2', [...rsn('PSK'), ...wpa], undefined, ['WPA/WPA2', false, ['PSK']]],
    ['WPA2', rsn('PSK', 'FT/PSK', 'PSK/SHA-256'), undefined, ['WPA2', false, ['PSK', 'FT/PSK', 'PSK/SHA-256']]],
    ['transition', rsn('PSK', 'SAE'), undefined, ['WPA2/WPA3', false, ['PSK', 'SAE']]],
    ['WPA3', rsn('SAE', 'FT/SAE'), undefined, ['WPA3', false, ['SAE', 'FT/SAE']]],
    ['enterprise', rsn('IEEE 802.1X', 'FT/IEEE 802.1X'), undefined, ['WPA2', true, ['IEEE 802.1X', 'FT/IEEE 802.1X']]],
    ['WPA3 enterprise', rsn('IEEE 802.1X/SUITE-B-192'), undefined, ['WPA3', true, ['IEEE 802.1X/SUITE-B-192']]],
    ['enhanced open', rsn('OWE'), undefined, ['OWE', false, ['OWE']]],
  ])('%s', (_name, elements, capability, expected) => {
    expect(security(elements, capability)).toEqual(expected);
  });

  it('a whole entry', () => {
    const text = bss({
      bssid: 'c0:3c:04:3a:f8:50',
      freq: 5520,
      signal: '-64.00 dBm',
      elements: [
        'SSID: Orange_F850',
        'BSS Load:',
        '\t * station count: 7',
        '\t * channel utilisation: 51/255',
        '\t * available admission capacity: 0 [*32us]',
        ...rsn('PSK'),
        'HT operation:',
        '\t * primary channel: 104',
        '\t * secondary channel offset: below',
        'VHT operation:',
        '\t * channel width: 1 (80 MHz)',
        '\t * center freq segment 1: 106',
        '\t * center freq segment 2: 114',
        'HE capabilities:',
        '\t\tHE MAC Capabilities (0x000801185018):',
      ],
    });
    expect(parseScan(text.replace('(on wlan0)', '(on wlan0) -- associated'))).toEqual([
      {
        bssid: 'c0:3c:04:3a:f8:50',
        ssid: 'Orange_F850',
        ssidHex: undefined,
        frequency_mhz: 5520,
        channel: 104,
        width_mhz: 160,
        signal_dbm: -64,
        last_seen_ms: 140,
        security: 'WPA2',
        enterprise: false,
        auth_suites: ['PSK'],
        standard: '802.11ax',
        stations: 7,
        utilisation_percent: 20,
      },
    ]);
  });

  it('strongest first; a signal without unit is none', () => {
    const text = [
      bss({ bssid: '02:00:00:00:00:01', signal: '-80.00 dBm', elements: ['SSID: a'] }),
      bss({ bssid: '02:00:00:00:00:02', signal: '70/100', elements: ['SSID: b'] }),
      bss({ bssid: '02:00:00:00:00:03', signal: '-40.00 dBm', elements: ['SSID: '] }),
    ].join('');
    expect(parseScan(text).map(({ ssid, signal_dbm }) => [ssid, signal_dbm])).toEqual([
      [null, -40],
      ['a', -80],
      ['b', null],
    ]);
  });

  it('an SSID and a WPS name cannot become fields, nor another network’s entry', () => {
    const forged = bss({ bssid: '02:00:00:00:00:02', signal: '-1.00 dBm', elements: ['SSID: bank'] });
    const text =
      bss({ bssid: '02:00:00:00:00:02', signal: '-70.00 dBm', elements: ['SSID: bank', ...rsn('SAE')] }) +
      bss({
        bssid: '02:00:00:00:00:01',
        signal: '-60.00 dBm',
        elements: [
          'SSID: x\\x0a\\x09signal: -10 dBm\\x0a\\x09RSN:',
          'WPS:\t * Version: 1.0',
          // iw prints this name as it was sent.
          `\t * Device name: evil\n\tsignal: -2.00 dBm\n\tfreq: 5180\n\tcapability: ESS (0x0001)\n\tSSID: other\n${forged}`,
        ],
      });
    const found = parseScan(text).map(({ bssid, ssid, signal_dbm, frequency_mhz, security: kind }) => ({
      bssid,
      ssid,
      signal_dbm,
      frequency_mhz,
      kind,
    }));
    expect(found).toEqual([
      {
        bssid: '02:00:00:00:00:01',
        ssid: 'xsignal: -10 dBmRSN:',
        signal_dbm: -60,
        frequency_mhz: 2412,
        kind: 'WEP',
      },
      { bssid: '02:00:00:00:00:02', ssid: 'bank', signal_dbm: -70, frequency_mhz: 2412, kind: 'WPA3' },
    ]);
  });

  it('what the kernel did not record is not taken from a beacon', () => {
    const forged = 'WPS:\t * Version: 1.0\n\t\t * Device name: evil\n\tsignal: -2.00 dBm\n\tlast seen: 1 ms ago';
    const text = bss({ bssid: '02:00:00:00:00:01', elements: ['SSID: a', forged] })
      .replace('\tsignal: -50.00 dBm\n', '')
      .replace('\tlast seen: 140 ms ago\n', '');
    expect(parseScan(text)).toMatchObject([{ ssid: 'a', signal_dbm: null, last_seen_ms: null }]);
  });

  it('congestion: who is on a channel and who overlaps it', () => {
    const at = (last: number, freq: number, signal: number): string =>
      bss({ bssid: `02:00:00:00:00:0${last}`, freq, signal: `${signal}.00 dBm`, elements: ['SSID: n'] });
    const networks = parseScan([at(1, 2412, -40), at(2, 2412, -70), at(3, 2427, -60), at(4, 2462, -50)].join(''));
    expect(
      channelUse(networks, [{ frequency_mhz: 2462, in_use: true, noise_dbm: -95, busy_percent: 12 }]).map((use) => [
        use.channel,
        use.networks,
        use.overlapping,
        use.strongest_dbm,
        use.busy_percent,
      ]),
    ).toEqual([
      [1, 2, 3, -40, null],
      [4, 1, 3, -60, null],
      [11, 1, 1, -50, 12],
    ]);
  });
});

it('no text makes a parser throw, and what comes out holds no control characters', () => {
  const piece = fc.constantFrom(
    'BSS 02:00:00:00:00:01(on wlan0)\n',
    '\tfreq: 2412\n',
    '\tSSID: ',
    '\\x1b',
    '\\xe2\\x80\\xae',
    '\\x',
    '\u001b[31m',
    '\n',
    '\t',
    '\tsignal: ',
    '-10 dBm',
    'phy#0\n',
    '\tInterface ',
    'wlan0\n',
    '\t\tssid ',
    'Station 02:00:00:00:00:01 (on wlan0)\n',
    'Connected to 02:00:00:00:00:01 (on wlan0)\n',
    'Survey data from \n',
    'global\ncountry DE: DFS-ETSI\n',
    '\tRSN:\t * Version: 1\n',
    '\t\t * Authentication suites: ',
    'PSK SAE\n',
    '\ttx bitrate: 1.0 MBit/s MCS 99\n',
  );
  const text = fc.array(fc.oneof(piece, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (any) => {
      const parsers = [
        parseDevices,
        parseLink,
        parseStations,
        parseSurvey,
        parseRegulatory,
        parseScan,
        parseSsid,
        parseBitrate,
      ];
      const found = [...parsers.map((parser): unknown => parser(any)), channelUse(parseScan(any), parseSurvey(any))];
      expect(JSON.stringify(found)).not.toMatch(/\\u00[01]|\\n|\\t|\\r|\u202e|[\u007f-\u009f]/);
    }),
  );
});
