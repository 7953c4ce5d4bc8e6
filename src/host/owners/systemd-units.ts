// systemd's .network and .link files: which one an interface gets (the first that matches, by name), with its drop-ins.
import { matchesWildcard } from '../../model/owner.ts';
import type { Device, OwnerContext } from './context.ts';
import { isShipped } from './context.ts';
import { parseIni, type IniEntry, type IniSection } from './ini.ts';

const folders = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map((folder) => `${folder}/systemd/network`);

/** A list of patterns separated by spaces; a leading ! turns the whole list round. */
const anyPattern = (value: string, text: string): boolean => {
  const isNegated = value.startsWith('!');
  const patterns = value.replace(/^!/, '').split(/\s+/);
  return patterns.some((pattern) => matchesWildcard(pattern, text)) !== isNegated;
};

const plainAddress = (text: string): string => text.toLowerCase().replaceAll(/[-.]/g, ':');

/** The interface's side of a condition; undefined: this condition cannot be decided from here. */
const subjectOf = (key: string, device: Device): string | undefined => {
  if (key === 'Name' || key === 'OriginalName') return device.iface;
  if (key === 'Driver') return device.driver;
  if (key === 'Type') return device.type;
  if (key === 'MACAddress') return device.mac === undefined ? undefined : plainAddress(device.mac);
  return key === 'KernelVersion' ? device.kernel : undefined;
};

/** Version comparisons (`>=6.1`) are not decided here. */
const isComparison = ({ key, value }: IniEntry): boolean => key === 'KernelVersion' && /[<>=]/.test(value);

type Match = 'yes' | 'no' | 'unknown';

const matchOf = (sections: readonly IniSection[], device: Device): Match => {
  let match: Match = 'yes';
  const conditions = sections.filter((section) => section.name === 'Match').flatMap((section) => section.entries);
  for (const entry of conditions.filter(({ value }) => value !== '')) {
    const subject = isComparison(entry) ? undefined : subjectOf(entry.key, device);
    const value = entry.key === 'MACAddress' ? plainAddress(entry.value) : entry.value;
    if (subject === undefined) match = 'unknown';
    else if (!anyPattern(value, subject)) return 'no';
  }
  return match;
};

/** The sections of the file that the interface gets, undefined when none matches. */
export const unitFor = (
  { files, device }: OwnerContext,
  suffix: '.network' | '.link',
): { path: string; sections: IniSection[] } | undefined => {
  for (const path of files.layered(folders, suffix)) {
    const text = files.read(path);
    // Empty, or a link to /dev/null: masked.
    if (text === undefined || text.trim() === '') continue;
    const sections = parseIni(text, path);
    // Without conditions a file takes every interface; without any section it is no configuration.
    const match = sections.length === 0 ? 'no' : matchOf(sections, device);
    if (match === 'unknown' && !isShipped(path)) {
      files.warn(`${path} was passed over: its [Match] asks more of ${device.iface} than could be told.`);
    }
    if (match !== 'yes') continue;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const dropIns = files.layered(
      folders.map((folder) => `${folder}/${name}.d`),
      '.conf',
    );
    return { path, sections: [...sections, ...dropIns.flatMap((file) => parseIni(files.read(file) ?? '', file))] };
  }
  return undefined;
};
