// get_wifi: wireless interfaces with their link and its quality; on request the networks around and how crowded the channels are.
import * as z from 'zod';
import { NetError } from '../../model/errors.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import { plainText } from '../../model/plain-text.ts';
import { defineOperation } from '../define.ts';
import { resultSchema, untrustedSchema } from '../frame/result.ts';
import { channelSchema, networkSchema, sentence, showNetwork, showWifi, wifiSchema } from './get-wifi-view.ts';
import { checkInterface } from './known-interface.ts';

const maxInterfaces = 8;
const maxNetworks = 40;
const maxChannels = 60;

const empty = {
  interfaces: [],
  regulatory: [],
  scanned_interface: null,
  scan_is_fresh: null,
  networks: [],
  channels: [],
  total: 0,
  truncated: false,
  untrusted: [],
  hidden: [],
  notes: [],
};

export const getWifi = defineOperation({
  name: 'get_wifi',
  title: 'Get Wi-Fi',
  description:
    'Wireless interfaces: network, channel, signal, bitrates, retries. scan adds networks around and channel congestion (pauses the link for moments; needs root).',
  toolset: 'inspect',
  needs: 'net_admin',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    interface: interfaceNameSchema.optional(),
    scan: z.boolean().default(false),
  }),
  output: resultSchema({
    interfaces: z.array(wifiSchema),
    regulatory: z.array(z.strictObject({ scope: z.string(), country: z.string(), dfs: z.string() })),
    scanned_interface: z.string().nullable(),
    scan_is_fresh: z.boolean().nullable().describe('false: from the kernel’s memory'),
    networks: z.array(networkSchema).describe('Strongest first'),
    channels: z.array(channelSchema),
    total: z.number().describe('Networks found'),
    truncated: z.boolean(),
    untrusted: untrustedSchema,
    hidden: z.array(z.string()).describe('What could not be seen, and the fix'),
    notes: z.array(z.string()),
  }),
  run: async (input, ports, { signal }) => {
    const { interface: wanted } = input;
    if (wanted !== undefined) await checkInterface(wanted, ports.kernel);
    const [{ wirelessNames, readDevices, readState, readRegulatory, scan }, { channelOf }] = await Promise.all([
      import('../../host/wifi/read.ts'),
      import('../../host/wifi/iw-lines.ts'),
    ]);
    const known = await wirelessNames(ports.kernel);
    if (wanted !== undefined && !known.includes(wanted)) {
      throw new NetError(
        'not_found',
        `${wanted} is not a wireless interface.`,
        known.length === 0
          ? 'This host shows no wireless interface.'
          : `Wireless interfaces here: ${known.join(', ')}.`,
      );
    }
    if (known.length === 0) return { success: true, summary: 'No wireless interface.', ...empty };

    const iw = { exec: ports.exec, kernel: ports.kernel, signal };
    const notes: string[] = [];
    const devices = (await readDevices(iw)).filter(({ name }) => wanted === undefined || name === wanted);
    const interfaces = [];
    const surveys = [];
    for (const device of devices.slice(0, maxInterfaces)) {
      const state = await readState(device, iw, notes);
      interfaces.push(showWifi(state, channelOf));
      surveys.push(...state.surveys);
    }
    if (devices.length > maxInterfaces) {
      notes.push(
        `Only the first ${maxInterfaces} of ${devices.length} wireless interfaces are shown; name another one.`,
      );
    }
    if (devices.length === 0) notes.push(`iw does not list ${known.join(', ')}; the kernel does.`);
    const regulatory = await readRegulatory(iw, notes);

    const scanner = input.scan ? (devices.find(({ type }) => type === 'managed') ?? devices[0])?.name : undefined;
    const scanned = scanner === undefined ? undefined : await scan(scanner, await ports.mayChange(), iw);
    const found = scanned?.networks ?? [];
    const { channelUse } = await import('../../host/wifi/congestion.ts');
    const around =
      scanned === undefined
        ? ''
        : ` ${found.length} network${found.length === 1 ? '' : 's'} ${scanned.fresh ? 'around' : 'remembered'}.`;
    return {
      success: true,
      summary: `${interfaces.length === 0 ? `Wireless, but not told by iw: ${known.join(', ')}.` : interfaces.slice(0, 3).map(sentence).join(' ')}${around}`,
      interfaces,
      regulatory,
      scanned_interface: scanner ?? null,
      scan_is_fresh: scanned?.fresh ?? null,
      networks: found.slice(0, maxNetworks).map(showNetwork),
      channels: channelUse(found, surveys).slice(0, maxChannels),
      total: found.length,
      truncated: found.length > maxNetworks,
      untrusted: ['interfaces[].ssid', ...(found.length > 0 ? ['networks[].ssid'] : [])],
      hidden: scanned?.hidden ?? [],
      notes: [...notes, ...(scanned?.notes ?? [])].slice(0, 20).map((note) => plainText(note, 300)),
    };
  },
});
