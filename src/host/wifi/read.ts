// The wireless interfaces of this host by iw: their links, stations, channel and, when asked for, the networks around.
import { fromUnknown, NetError } from '../../model/errors.ts';
import { interfaceNameSchema } from '../../model/names.ts';
import type { Exec, KernelFiles } from '../../model/ports.ts';
import { parseScan, type Network } from './iw-scan.ts';
import {
  parseDevices,
  parseLink,
  parseRegulatory,
  parseStations,
  parseSurvey,
  type Link,
  type Regulatory,
  type Station,
  type Survey,
  type WifiInterface,
} from './iw-link.ts';

export interface WifiPorts {
  exec: Exec;
  kernel: KernelFiles;
  signal: AbortSignal;
}

export interface WifiState {
  device: WifiInterface;
  link: Link | null;
  stations: Station[];
  surveys: Survey[];
  power_save: boolean | null;
}

const scanTimeoutMs = 25_000;

/** Wireless interfaces as the kernel tells them, whether or not iw is there to ask further. */
export const wirelessNames = async (kernel: KernelFiles): Promise<string[]> => {
  const listed = ((await kernel.read('/proc/self/net/wireless')) ?? '').split('\n').flatMap((line) => {
    const name = /^\s*(\S{1,15}):/.exec(line)?.[1];
    return name === undefined ? [] : [name];
  });
  const names = (await kernel.list('/sys/class/net')).filter((name) => interfaceNameSchema.safeParse(name).success);
  const phys = await Promise.all(names.map((name) => kernel.list(`/sys/class/net/${name}/phy80211`)));
  return [...new Set([...listed, ...names.filter((_, at) => (phys[at]?.length ?? 0) > 0)])];
};

const iw = async ({ exec, signal }: WifiPorts, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await exec.run({ binary: 'iw', args, signal });
  if (code === 0) return stdout;
  throw new NetError(
    'step_failed',
    `iw ${args.join(' ')} failed: ${stderr.trim().slice(0, 200)}`,
    'Look at what iw says; the interface may be down (ip link set NAME up) or blocked (rfkill list).',
  );
};

/** What one question failed with becomes a note; the others are still answered. */
const orNote = async <Value>(answer: Promise<Value>, otherwise: Value, notes: string[]): Promise<Value> => {
  try {
    return await answer;
  } catch (error) {
    const failure = fromUnknown(error);
    if (failure.code !== 'step_failed') throw error;
    notes.push(failure.message);
    return otherwise;
  }
};

/** Throws missing_binary without iw, step_failed when it cannot list interfaces at all. */
export const readDevices = async (ports: WifiPorts): Promise<WifiInterface[]> =>
  parseDevices(await iw(ports, 'dev')).filter(({ name }) => interfaceNameSchema.safeParse(name).success);

export const readState = async (device: WifiInterface, ports: WifiPorts, notes: string[]): Promise<WifiState> => {
  const ask = (...words: string[]): Promise<string> => orNote(iw(ports, 'dev', device.name, ...words), '', notes);
  const powerSave = /^Power save: (on|off)/.exec(await ask('get', 'power_save'))?.[1];
  return {
    device,
    link: parseLink(await ask('link')),
    stations: parseStations(await ask('station', 'dump')),
    surveys: parseSurvey(await ask('survey', 'dump')),
    power_save: powerSave === undefined ? null : powerSave === 'on',
  };
};

export const readRegulatory = async (ports: WifiPorts, notes: string[]): Promise<Regulatory[]> =>
  parseRegulatory(await orNote(iw(ports, 'reg', 'get'), '', notes));

export interface Scanned {
  networks: Network[];
  /** False: what the kernel remembers from earlier scans. */
  fresh: boolean;
  hidden: string[];
  notes: string[];
}

/** Without CAP_NET_ADMIN, and where a scan fails, what the kernel still remembers. */
export const scan = async (name: string, mayScan: boolean, ports: WifiPorts): Promise<Scanned> => {
  const hidden: string[] = [];
  const notes: string[] = [];
  if (mayScan) {
    const args = ['dev', name, 'scan'];
    const { code, stdout, stderr } = await ports.exec.run({
      binary: 'iw',
      args,
      timeoutMs: scanTimeoutMs,
      signal: ports.signal,
    });
    if (code === 0) return { networks: parseScan(stdout), fresh: true, hidden, notes };
    const busy = /busy/i.test(stderr) ? ' Another scan is under way: call again in some seconds.' : '';
    notes.push(`The scan on ${name} failed: ${stderr.trim().slice(0, 200)}.${busy}`);
  } else {
    hidden.push(
      'A new scan needs root or CAP_NET_ADMIN; run netmcp as root for it. Shown are networks the kernel remembers.',
    );
  }
  const remembered = await orNote(iw(ports, 'dev', name, 'scan', 'dump'), '', notes);
  return { networks: parseScan(remembered), fresh: false, hidden, notes };
};
