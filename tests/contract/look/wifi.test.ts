// get_wifi over texts of iw 5.19: connected, scanning with and without rights, and hosts without wireless or without iw.
import { expect, it } from 'vitest';
import * as z from 'zod';
import { createFakeHost, type FakeHostOptions } from '../../../src/host/fake/fake-host.ts';
import type { FakeHandler } from '../../../src/host/fake/fake-exec.ts';
import { createHostPorts } from '../../../src/host/host-ports.ts';
import { getWifi } from '../../../src/operations/inspect/get-wifi.ts';
import { kernelTest } from '../../helpers/kernel-test.ts';
import { openLab } from '../../helpers/namespace-ports.ts';
import { refusingPorts } from '../../helpers/refusing-ports.ts';
import type { HostPorts } from '../../../src/model/ports.ts';

const nullableNumber = z.number().nullable();
const rate = z
  .object({ bitrate_mbps: z.number(), standard: z.string(), mcs: nullableNumber, streams: nullableNumber })
  .nullable();
const answerSchema = z.object({
  success: z.literal(true),
  summary: z.string(),
  interfaces: z.array(
    z.object({
      name: z.string(),
      connected: z.boolean(),
      ssid: z.string().nullable(),
      ssid_hex: z.string().optional(),
      bssid: z.string().nullable(),
      frequency_mhz: nullableNumber,
      channel: nullableNumber,
      width_mhz: nullableNumber,
      signal_dbm: nullableNumber,
      noise_dbm: nullableNumber,
      channel_busy_percent: nullableNumber,
      tx: rate,
      rx: rate,
      power_save: z.boolean().nullable(),
      tx_retry_percent: nullableNumber,
      tx_failed: nullableNumber,
      beacon_loss: nullableNumber,
      stations_total: z.number(),
      stations: z.array(z.object({ mac_address: z.string(), signal_dbm: nullableNumber })).optional(),
    }),
  ),
  regulatory: z.array(z.object({ scope: z.string(), country: z.string() })),
  scanned_interface: z.string().nullable(),
  scan_is_fresh: z.boolean().nullable(),
  networks: z.array(z.object({ ssid: z.string().nullable(), bssid: z.string(), security: z.string() })),
  channels: z.array(z.object({ channel: nullableNumber, networks: z.number() })),
  total: z.number(),
  truncated: z.boolean(),
  untrusted: z.array(z.string()),
  hidden: z.array(z.string()),
  notes: z.array(z.string()),
});

const ask = async ({ exec, kernel }: HostPorts, input: Record<string, unknown> = {}, root = true) => {
  const ports = refusingPorts({ exec, kernel, mayChange: async () => root });
  const call = {
    signal: AbortSignal.timeout(20_000),
    progress: () => undefined,
    client: { kind: 'cli' as const, name: 'test', version: '0' },
  };
  const answer = await getWifi.run(input, ports, call);
  expect(JSON.stringify(answer).length).toBeLessThan(20_000);
  return answerSchema.parse(answer);
};

const devices = `phy#0
	Unnamed/non-netdev interface
		wdev 0x2
		addr 12:34:56:78:9a:bd
		type P2P-device
	Interface wlan0
		ifindex 3
		wdev 0x1
		addr 12:34:56:78:9a:bc
		ssid Home\\x0a\\x09signal: -10 dBm
		type managed
		channel 36 (5180 MHz), width: 80 MHz, center1: 5210 MHz
		txpower 22.00 dBm
`;
const link = `Connected to 8c:fd:f0:11:22:33 (on wlan0)
	SSID: Home\\x0a\\x09signal: -10 dBm
	freq: 5180
	RX: 2989579880 bytes (8111876 packets)
	TX: 481889773 bytes (2623467 packets)
	signal: -61 dBm
	rx bitrate: 720.6 MBit/s 80MHz HE-MCS 7 HE-NSS 2 HE-GI 0 HE-DCM 0
	tx bitrate: 866.7 MBit/s VHT-MCS 9 80MHz short GI VHT-NSS 2

	bss flags:	short-slot-time
	dtim period:	2
	beacon int:	100
`;
const station = `Station 8c:fd:f0:11:22:33 (on wlan0)
	tx packets:	10000
	tx retries:	2500
	tx failed:	250
	beacon loss:	3
	signal:  	-62 [-64, -66] dBm
	signal avg:	-61 dBm
	tx bitrate:	866.7 MBit/s VHT-MCS 9 80MHz short GI VHT-NSS 2
	rx bitrate:	720.6 MBit/s 80MHz HE-MCS 7 HE-NSS 2 HE-GI 0 HE-DCM 0
	connected time:	3600 seconds
`;
const survey = `Survey data from wlan0
	frequency:			5180 MHz [in use]
	noise:				-92 dBm
	channel active time:		1000 ms
	channel busy time:		250 ms
`;
const scanOf = (count: number): string =>
  Array.from(
    { length: count },
    (
      _,
      at,
    ) => `BSS 02:00:00:00:${(at >> 8).toString(16).padStart(2, '0')}:${(at & 255).toString(16).padStart(2, '0')}(on wlan0)
	TSF: 119952901774 usec (1d, 09:19:12)
	freq: ${at % 2 === 0 ? 2412 : 5180}
	beacon interval: 100 TUs
	capability: ESS Privacy ShortSlotTime (0x0411)
	signal: -${50 + (at % 40)}.00 dBm
	last seen: 140 ms ago
	SSID: a network with a long name \\xf0\\x9f\\x8d\\x95
	RSN:	 * Version: 1
		 * Authentication suites: PSK SAE
`,
  ).join('');

const texts: Readonly<Record<string, string>> = {
  dev: devices,
  'dev wlan0 link': link,
  'dev wlan0 station dump': station,
  'dev wlan0 survey dump': survey,
  'dev wlan0 get power_save': 'Power save: on\n',
  'dev wlan0 scan': scanOf(3),
  'dev wlan0 scan dump': scanOf(2),
  'reg get': 'global\ncountry DE: DFS-ETSI\n\t(2400 - 2483 @ 40), (N/A, 20), (N/A)\n',
};
const iw =
  (changed: Readonly<Record<string, string>> = {}): FakeHandler =>
  ({ args }) => {
    const words = args.join(' ');
    const stdout = changed[words] ?? texts[words];
    return stdout === undefined || stdout.startsWith('command failed')
      ? { code: 240, stderr: stdout ?? 'usage' }
      : { stdout };
  };
const files = {
  '/proc/self/net/dev': ' face |bytes\n    lo: 0 0\n wlan0: 0 0\n  eth0: 0 0\n',
  '/sys/class/net/wlan0/phy80211/name': 'phy0',
  '/sys/class/net/eth0/operstate': 'up',
};
const host = (options: FakeHostOptions = {}): HostPorts =>
  createFakeHost({ files, handlers: { iw: iw() }, ...options }).ports;

it('a link with its quality; no text in an SSID becomes a field', async () => {
  const answer = await ask(host());
  expect(answer.interfaces).toMatchObject([
    {
      name: 'wlan0',
      connected: true,
      ssid: 'Homesignal: -10 dBm',
      ssid_hex: '486f6d650a097369676e616c3a202d31302064426d',
      bssid: '8c:fd:f0:11:22:33',
      frequency_mhz: 5180,
      channel: 36,
      width_mhz: 80,
      signal_dbm: -62,
      noise_dbm: -92,
      channel_busy_percent: 25,
      tx: { bitrate_mbps: 866.7, standard: '802.11ac', mcs: 9, streams: 2 },
      rx: { bitrate_mbps: 720.6, standard: '802.11ax', mcs: 7, streams: 2 },
      power_save: true,
      tx_retry_percent: 25,
      tx_failed: 250,
      beacon_loss: 3,
    },
  ]);
  expect(answer.regulatory).toEqual([{ scope: 'global', country: 'DE' }]);
  expect(answer.summary).toBe(
    'wlan0 is connected to "Homesignal: -10 dBm" on channel 36 (80 MHz), -62 dBm, 866.7 Mbit/s out.',
  );
  expect(answer).toMatchObject({ scanned_interface: null, scan_is_fresh: null, networks: [], hidden: [], notes: [] });
  expect(answer.untrusted).toEqual(['interfaces[].ssid']);
});

it('scan lists networks and channels', async () => {
  const answer = await ask(host(), { scan: true });
  expect(answer).toMatchObject({
    scanned_interface: 'wlan0',
    scan_is_fresh: true,
    total: 3,
    truncated: false,
    hidden: [],
  });
  expect(answer.networks[0]).toMatchObject({ ssid: 'a network with a long name 🍕', security: 'WPA2/WPA3' });
  expect(answer.channels).toMatchObject([
    { channel: 1, networks: 2 },
    { channel: 36, networks: 1 },
  ]);
  expect(answer.summary).toContain('3 networks around.');
});

it('five hundred networks stay within an answer', async () => {
  const answer = await ask(host({ handlers: { iw: iw({ 'dev wlan0 scan': scanOf(500) }) } }), { scan: true });
  expect(answer).toMatchObject({ total: 500, truncated: true });
  expect(answer.channels).toMatchObject([{ networks: 250 }, { networks: 250 }]);
});

it('without rights it says so, gives what the kernel remembers and the rest', async () => {
  const { ports, exec } = createFakeHost({ files, handlers: { iw: iw() } });
  const answer = await ask(ports, { scan: true }, false);
  expect(answer.hidden).toEqual([expect.stringContaining('needs root or CAP_NET_ADMIN')]);
  expect(answer).toMatchObject({ scan_is_fresh: false, total: 2 });
  expect(answer.interfaces[0]?.connected).toBe(true);
  expect(exec.calls.map(({ args }) => args.join(' '))).not.toContain('dev wlan0 scan');
});

it('a scan that fails is a note', async () => {
  const busy = 'command failed: Device or resource busy (-16)';
  const answer = await ask(host({ handlers: { iw: iw({ 'dev wlan0 scan': busy }) } }), { scan: true });
  expect(answer).toMatchObject({ scan_is_fresh: false, total: 2 });
  expect(answer.notes.join(' ')).toContain('Another scan is under way');
});

it('an access point lists its stations, a question that fails is a note', async () => {
  const changed = {
    dev: devices.replace('type managed', 'type AP'),
    'dev wlan0 link': 'Not connected.\n',
    'dev wlan0 get power_save': 'command failed: Operation not supported (-95)',
  };
  const answer = await ask(host({ handlers: { iw: iw(changed) } }));
  expect(answer.interfaces[0]).toMatchObject({
    connected: false,
    power_save: null,
    stations_total: 1,
    stations: [{ mac_address: '8c:fd:f0:11:22:33', signal_dbm: -62 }],
  });
  expect(answer.summary).toBe('wlan0 is an access point with 1 station.');
  expect(answer.notes.join(' ')).toContain('Operation not supported');
});

it('no wireless interface is an empty answer, with or without iw', async () => {
  const plain = { '/proc/self/net/dev': '    lo: 0 0\n', '/sys/class/net/lo/mtu': '65536' };
  for (const handlers of [{}, { iw: iw() }]) {
    const { ports, exec } = createFakeHost({ files: plain, handlers });
    expect(await ask(ports, { scan: true })).toMatchObject({
      summary: 'No wireless interface.',
      interfaces: [],
      total: 0,
    });
    expect(exec.calls).toEqual([]);
  }
});

it('iw is missing only where there is something to ask it', async () => {
  await expect(ask(host({ handlers: {} }))).rejects.toMatchObject({
    code: 'missing_binary',
    hint: 'Install it: apt-get install iw',
  });
  const listed = {
    '/proc/self/net/wireless': 'Inter-| sta-|\n face | tus |\n wlan5: 0000   58.  -52.  -256 0 0 0 0 35 0\n',
  };
  await expect(ask(host({ files: listed, handlers: {} }))).rejects.toMatchObject({ code: 'missing_binary' });
});

it('names that are none, and interfaces that are wired', async () => {
  await expect(ask(host(), { interface: 'eth0' })).rejects.toMatchObject({
    code: 'not_found',
    hint: 'Wireless interfaces here: wlan0.',
  });
  await expect(ask(host(), { interface: 'wlan9' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(ask(host(), { interface: '-x' })).rejects.toMatchObject({ code: 'invalid_argument' });
});

kernelTest('the real iw in a namespace without wireless', async ({ namespace }) => {
  await expect(namespace.exec('iw', 'dev')).rejects.toThrow();
  const lab = await openLab();
  try {
    expect(await ask(lab.ports)).toMatchObject({ summary: 'No wireless interface.', interfaces: [] });
  } finally {
    await lab.close();
  }
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const { exec } = createHostPorts(log);
  await expect(exec.run({ binary: 'iw', args: ['dev', 'wlan0', 'del'] })).rejects.toMatchObject({
    code: 'not_permitted',
  });
  await expect(exec.run({ binary: 'iw', args: ['dev', '--debug', 'link'] })).rejects.toMatchObject({
    code: 'not_permitted',
  });
});
