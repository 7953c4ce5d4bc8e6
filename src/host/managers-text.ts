// Reads what NetworkManager, systemd-networkd and ifupdown tell of their interfaces; a line that is none of theirs is passed over.
import { plainText } from '../model/plain-text.ts';
import { lastValues, parseIni } from './owners/ini.ts';

/** One line of `nmcli -t`: fields separated by `:`, in which `\:` and `\\` are a colon and a backslash (nmcli(1), --escape). */
export const splitTerse = (line: string): string[] => {
  const fields = [''];
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === ':') fields.push('');
    else {
      if (character === '\\') at += 1;
      fields.push((fields.pop() ?? '') + line.charAt(at));
    }
  }
  return fields;
};

export interface DeviceStatus {
  device: string;
  state: string;
  /** Null for `--` and nothing. */
  connection: string | null;
}

/** `nmcli -t -f DEVICE,STATE,CONNECTION device status`. */
export const parseDeviceStatus = (text: string): DeviceStatus[] =>
  text.split('\n').flatMap((line) => {
    const [device = '', state = '', connection = ''] = splitTerse(line.slice(0, 1000));
    if (device === '' || state === '') return [];
    const isNone = connection === '' || connection === '--';
    return [
      {
        device: plainText(device, 15),
        state: plainText(state, 60),
        connection: isNone ? null : plainText(connection, 100),
      },
    ];
  });

export interface LinkState {
  /** Administrative state: configured, configuring, unmanaged, pending, failed, linger, initialized. */
  setup: string;
  operational: string | null;
  /** The .network file that was applied. */
  file: string | null;
}

/** A file of /run/systemd/netif/links; undefined without a state in it. */
export const parseLinkFile = (text: string): LinkState | undefined => {
  const value = (name: string): string | undefined => {
    const found = new RegExp(`^${name}=(.{1,500})$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : plainText(found);
  };
  const setup = value('ADMIN_STATE');
  if (setup === undefined) return undefined;
  return { setup, operational: value('OPER_STATE') ?? null, file: value('NETWORK_FILE') ?? null };
};

/** Columns of `networkctl --no-legend list`: index, link, type, operational, setup. */
export const parseLinkList = (text: string): Map<string, LinkState> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const [index = '', link = '', , operational = '', setup = '', ...rest] = line.trim().split(/\s+/);
      if (!/^\d{1,10}$/.test(index) || setup === '' || rest.length > 0) return [];
      return [
        [plainText(link, 15), { setup: plainText(setup, 30), operational: plainText(operational, 30), file: null }],
      ] as const;
    }),
  );

/** `eth0=eth0` a line (ifupdown; ifupdown-ng adds a count): the interface and the stanza it was brought up by. */
export const parseIfstate = (text: string): Map<string, string> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const [, name, stanza] = /^([^\s=]{1,15})(?:=(\S{1,60}))?(?:\s+\d+)?$/.exec(line.trim()) ?? [];
      return name === undefined ? [] : [[name, plainText(stanza ?? name, 60)] as const];
    }),
  );

/** A file of /run/NetworkManager/devices: whether NetworkManager manages the device; undefined when it does not say. */
export const parseDeviceFile = (text: string): boolean | undefined => {
  const managed = lastValues(parseIni(text, 'device'), 'device').get('managed')?.value;
  return managed === undefined ? undefined : managed === 'true' || managed === '1';
};
