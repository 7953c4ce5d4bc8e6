// ifupdown: options and commands of the stanzas in /etc/network/interfaces and the files it sources, as far as they can be recognised.
import { matchesWildcard, type LinkAttribute, type Owner, type OwnerClaim } from '../../model/owner.ts';
import { linkClaim, sysctlKey, type OwnerContext } from './context.ts';

const mainFile = '/etc/network/interfaces';
const mainFolder = '/etc/network/interfaces.d';

interface Found {
  claim: OwnerClaim;
  value: string | null;
}

const sysctlCommand =
  /(?:^|[\s/;&|])sysctl\s(?:[^;&|]*?\s)??["']?(net[./][^\s=;&|"']{1,200})\s*=\s*["']?([^;&|"']{0,200})/;
const echoCommand = /(?:^|[\s;&|])echo\s+["']?([^>"']{1,200}?)["']?\s*>\s*(\/proc\/sys\/net\/[^\s;&|"']{1,200})/;

/** What a command does to a link, by how it begins; the device is its first group. */
const linkCommands: readonly (readonly [RegExp, LinkAttribute])[] = [
  [/\btc\s+qdisc\s+(?:add|replace|change)\s+dev\s+(\S+)/, 'qdisc'],
  [/\bethtool\s+(?:-K|--features|--offload)\s+(\S+)/, 'offloads'],
  [/\bethtool\s+(?:-G|--set-ring)\s+(\S+)/, 'rings'],
  [/\bethtool\s+(?:-C|--coalesce)\s+(\S+)/, 'coalescing'],
  [/\bip\s+link\s+set\s+(?:dev\s+)?(\S+)\s(?:[^;&|]*\s)?mtu\s/, 'mtu'],
  [/\bip\s+link\s+set\s+(?:dev\s+)?(\S+)\s(?:[^;&|]*\s)?txqueuelen\s/, 'txqueuelen'],
  [/\bifconfig\s+(\S+)\s(?:[^;&|]*\s)?mtu\s/, 'mtu'],
  [/\bip\s+(?:-[46]\s+)?route\s+(?:add|append|change|replace)\s[^;&|]*\bdev\s+(\S+)/, 'routes'],
];

const ofCommand = (command: string, stanza: string, iface: string): Found[] => {
  const found: Found[] = [];
  const [, written, assigned] = sysctlCommand.exec(command) ?? [];
  const [, echoed, file] = echoCommand.exec(command) ?? [];
  const key = sysctlKey(written ?? file ?? '');
  if (key !== undefined) found.push({ claim: { kind: 'sysctl', key }, value: (assigned ?? echoed ?? '').trim() });
  for (const [pattern, attribute] of linkCommands) {
    const device = pattern.exec(command)?.[1]?.replaceAll(/["']/g, '');
    const named = device === '$IFACE' || device === '${IFACE}' || device === '--all' ? stanza : device;
    if (named === iface) found.push({ claim: linkClaim(iface, attribute), value: command });
  }
  if (/\b(?:ip6?tables(?:-restore)?|nft)\s/.test(command)) found.push({ claim: { kind: 'firewall' }, value: command });
  return found;
};

/** Lines with their numbers, a final backslash joined; comments and empty lines left out. */
const linesOf = (text: string): { line: string; number: number }[] => {
  const lines: { line: string; number: number }[] = [];
  let pending = '';
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (raw.endsWith('\\')) {
      pending += `${raw.slice(0, -1)} `;
      continue;
    }
    const line = (pending + raw).trim();
    pending = '';
    if (line !== '' && !line.startsWith('#')) lines.push({ line, number: index + 1 });
  }
  return lines;
};

const ofFile = (text: string, path: string, iface: string): (Found & { source: string })[] => {
  let stanza: string | undefined;
  return linesOf(text).flatMap(({ line, number }) => {
    const [word = '', second = ''] = line.split(/\s+/, 2);
    if (word === 'iface') stanza = second;
    if (/^(?:iface|auto|mapping|rename|source|source-directory|no-.*|allow-.*)$/.test(word)) {
      if (word !== 'iface') stanza = undefined;
      return [];
    }
    if (stanza === undefined) return [];
    const source = `${path}:${number}`;
    if (word === 'mtu') return stanza === iface ? [{ claim: linkClaim(iface, 'mtu'), value: second, source }] : [];
    if (!/^(?:up|post-up|pre-up)$/.test(word)) return [];
    const command = line.slice(word.length, 1000).trim().replaceAll(/\s+/g, ' ');
    return ofCommand(command, stanza, iface).map((found) => ({ ...found, source }));
  });
};

/** Files of interfaces.d that one line takes: `source` by pattern, `source-directory` the names that ifupdown allows. */
const sourcedBy = (line: string, inFolder: readonly string[], files: OwnerContext['files']): string[] => {
  const [word = '', written = ''] = line.split(/\s+/, 2);
  if (!/^source(?:-dir(?:ectory)?)?$/.test(word)) return [];
  const path = written.startsWith('/') ? written : `/etc/network/${written}`;
  const pattern = word === 'source' ? path : `${path.replace(/\/$/, '')}/*`;
  if (!pattern.startsWith(`${mainFolder}/`)) {
    files.warn(`${mainFile} takes in ${path}, which was not followed.`);
    return [];
  }
  return inFolder.filter(
    (file) => matchesWildcard(pattern, file) && (word === 'source' || /\/[A-Za-z0-9_-]+$/.test(file)),
  );
};

export const readIfupdown = ({ files, device }: OwnerContext): Owner[] => {
  const active = files.exists('/run/network/ifstate');
  const main = files.read(mainFile);
  if (main === undefined) return [];
  const inFolder = files.list(mainFolder, '');
  const sourced = new Set(linesOf(main).flatMap(({ line }) => sourcedBy(line, inFolder, files)));
  return [mainFile, ...sourced].flatMap((path) => {
    const manager = path.includes('50-cloud-init') ? ('cloud-init' as const) : ('ifupdown' as const);
    const text = path === mainFile ? main : (files.read(path) ?? '');
    return ofFile(text, path, device.iface).map(({ claim, value, source }): Owner => ({
      manager,
      claim,
      value,
      source,
      shipped: false,
      active,
      effect: 'when ifup brings the interface up: at boot and with ifup',
    }));
  });
};
