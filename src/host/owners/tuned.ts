// tuned: what the active profile, and all that it includes, writes to sysctl keys and to the interface.
import { matchesWildcard, type LinkAttribute, type Owner, type OwnerClaim } from '../../model/owner.ts';
import { claimText, isShipped, linkClaim, sysctlKey, type OwnerContext } from './context.ts';
import { parseIni, type IniEntry, type IniSection } from './ini.ts';

const folders = ['/etc/tuned', '/etc/tuned/profiles', '/usr/lib/tuned', '/usr/lib/tuned/profiles'];
const depthCap = 16;
const profileCap = 64;

/** Options of the net plugin; the others (pause, channels, wake_on_lan) are nothing that a plan can hold. */
const attributes: ReadonlyMap<string, LinkAttribute> = new Map([
  ['features', 'offloads'],
  ['coalesce', 'coalescing'],
  ['ring', 'rings'],
  ['txqueuelen', 'txqueuelen'],
  ['mtu', 'mtu'],
]);

/** Sections of a profile, those of what it includes first: later ones override. */
const sectionsOf = (context: OwnerContext, name: string, seen: Set<string>, depth = 0): IniSection[] => {
  const { files } = context;
  if (seen.has(name)) return [];
  seen.add(name);
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,100}$/.test(name) || depth > depthCap || seen.size > profileCap) {
    files.warn(`The tuned profile '${name.slice(0, 100)}' was not followed: no plain name, or too deep.`);
    return [];
  }
  const path = folders.map((folder) => `${folder}/${name}/tuned.conf`).find((file) => files.exists(file));
  if (path === undefined) {
    files.warn(`The tuned profile '${name}' is active or included but was not found.`);
    return [];
  }
  const sections = parseIni(files.read(path) ?? '', path);
  const includes = sections
    .filter((section) => section.name === 'main')
    .flatMap((section) => section.entries)
    .filter((entry) => entry.key === 'include')
    .flatMap((entry) => entry.value.split(/[\s,;]+/))
    // A leading - means: only if it exists.
    .filter((include) => include !== '' && !include.startsWith('-'));
  return [...includes.flatMap((include) => sectionsOf(context, include, seen, depth + 1)), ...sections];
};

const optionOf = (section: IniSection, key: string): string | undefined =>
  section.entries.findLast((entry) => entry.key === key)?.value;

/** `devices=eth*,!eth3`; without it every interface but the loopback. */
const takes = (section: IniSection, iface: string): boolean => {
  const patterns = (optionOf(section, 'devices') ?? '*').split(/[\s,;]+/).filter((pattern) => pattern !== '');
  const isExcluded = patterns.some((text) => text.startsWith('!') && matchesWildcard(text.slice(1), iface));
  const isTaken =
    patterns.every((text) => text.startsWith('!')) || patterns.some((pattern) => matchesWildcard(pattern, iface));
  return isTaken && !isExcluded && iface !== 'lo';
};

const claimOf = (section: IniSection, entry: IniEntry, iface: string): OwnerClaim | undefined => {
  const plugin = optionOf(section, 'type') ?? section.name;
  if (plugin === 'sysctl') {
    const key = sysctlKey(entry.key);
    return key === undefined ? undefined : { kind: 'sysctl', key };
  }
  if (plugin !== 'net') return undefined;
  if (entry.key === 'nf_conntrack_hashsize') return { kind: 'sysctl', key: 'net.netfilter.nf_conntrack_buckets' };
  const attribute = attributes.get(entry.key);
  return attribute !== undefined && takes(section, iface) ? linkClaim(iface, attribute) : undefined;
};

export const readTuned = (context: OwnerContext): Owner[] => {
  const { files, device } = context;
  const profiles = (files.read('/etc/tuned/active_profile') ?? '').split(/\s+/).filter((name) => name !== '');
  const seen = new Set<string>();
  const sections = profiles.slice(0, profileCap).flatMap((name) => sectionsOf(context, name, seen));
  const runs = files.exists('/run/tuned');

  const found = sections
    .filter((section) => !/^(?:0|false|no|off)$/i.test(optionOf(section, 'enabled') ?? ''))
    .flatMap((section) =>
      section.entries.flatMap((entry) => {
        const claim = claimOf(section, entry, device.iface);
        return claim === undefined ? [] : [{ claim, entry }];
      }),
    );
  const last = new Map(found.map(({ claim, entry }) => [claimText(claim), entry]));
  return found.map(({ claim, entry }): Owner => {
    const isLast = last.get(claimText(claim)) === entry;
    return {
      manager: 'tuned',
      claim,
      value: entry.value,
      source: entry.source,
      shipped: isShipped(entry.source),
      active: runs && isLast,
      effect: isLast
        ? 'when tuned starts (at boot) or switches its profile'
        : 'never: a profile that includes this one, or a later one, overrides it',
    };
  });
};
