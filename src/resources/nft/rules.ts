// Each kind of entry as sets and rules of our table.
import { createHash } from 'node:crypto';
import type { Family } from '../../model/match.ts';
import { families, matchFamilies } from '../../model/match.ts';
import type { Match } from '../../model/names.ts';
import { dscpValue, familyOf } from '../../model/names.ts';
import type { EntryOf, PlacedEntry } from './entries.ts';
import { formatAddress, formatMask, formatNumbers, parseNetwork, parseNumbers } from './intervals.ts';
import { headerName, matchTexts, numbersText, protocolText } from './match-text.ts';

/** Our base chains. No name is a keyword of any nft: 0.9.8 refuses a chain called `dscp`. */
export type ChainName = 'mark_dscp' | 'set_class' | 'limit_input' | 'nat_prerouting' | 'nat_postrouting';

export interface Rule {
  chain: ChainName;
  /** What the rule is for, in its comment. */
  role: 'dscp' | 'class' | 'connections' | 'exempt' | 'rate' | 'nat';
  /** Without the comment. */
  text: string;
}

/** A bounded dynamic set of source prefixes; what finds it full is let through rather than shut out. */
export interface SourceSet {
  name: string;
  family: Family;
  /** Seconds an idle source is remembered; undefined where the kernel itself drops entries that count nothing. */
  timeout: number | undefined;
}

export interface Rendered {
  sets: SourceSet[];
  rules: Rule[];
}

export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

const words = (...parts: string[]): string => parts.filter((part) => part !== '').join(' ');

const dscpRules = (iface: string, entry: EntryOf<'dscp'>): Rendered => ({
  sets: [],
  rules: matchTexts(entry.match, true).flatMap(({ family, text }) =>
    family === undefined
      ? []
      : [
          {
            chain: 'mark_dscp',
            role: 'dscp',
            text: words(
              `oifname "${iface}"`,
              text,
              `${headerName(family)} dscp set ${String(dscpValue(entry.dscp))}`,
              'accept',
            ),
          },
        ],
  ),
});

const classRules = (iface: string, entry: EntryOf<'classify'>): Rendered => {
  const minor = Number.parseInt(entry.classid.slice(2), 16).toString(16);
  return {
    sets: [],
    rules: matchTexts(entry.match, false).map(({ text }) => ({
      chain: 'set_class',
      role: 'class',
      text: words(`oifname "${iface}"`, text, `meta priority set 1:${minor}`, 'accept'),
    })),
  };
};

/** `ip saddr`, masked to the prefix that is counted together. */
const sourceText = (family: Family, length: number): string => {
  const bits = family === 'ipv4' ? 32 : 128;
  const whole = `${headerName(family)} saddr`;
  return length === bits ? whole : `${whole} & ${formatMask(length, bits)}`;
};

const lengthOf = (family: Family, entry: { mask: number; mask6: number }): number =>
  family === 'ipv4' ? entry.mask : entry.mask6;

const connectionRules = (placed: PlacedEntry, entry: EntryOf<'connection_limit'>): Rendered => {
  const rendered: Rendered = { sets: [], rules: [] };
  const rejecting = entry.protocol === 'tcp' ? 'reject with tcp reset' : 'reject with icmpx type port-unreachable';
  for (const family of families) {
    const length = lengthOf(family, entry);
    const over = `ct count over ${String(entry.limit)}`;
    const set: SourceSet = {
      name: `connections_${shortHash(JSON.stringify(placed))}_${family}`,
      family,
      timeout: undefined,
    };
    const counting = length === 0 ? over : `add @${set.name} { ${sourceText(family, length)} ${over} }`;
    if (length > 0) rendered.sets.push(set);
    rendered.rules.push({
      chain: 'limit_input',
      role: 'connections',
      text: words(
        `iifname "${placed.iface}"`,
        length === 0 ? `meta nfproto ${family}` : '',
        `${entry.protocol} dport ${String(entry.port)} ct state new`,
        counting,
        entry.action === 'drop' ? 'drop' : rejecting,
      ),
    });
  }
  return rendered;
};

const unitSeconds = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;

/** A year: nft refuses a set timeout of some years (100,000,000 s measured), and no source is worth remembering longer. */
const memoryMost = 31_536_000;

/** A source must not get its burst back by being forgotten: it is remembered until its bucket would be full anyway, a year at most. */
const memorySeconds = (entry: EntryOf<'rate_limit'>): number => {
  const filled = Math.ceil((entry.burst * unitSeconds[entry.unit]) / entry.rate) + unitSeconds[entry.unit];
  return Math.min(memoryMost, Math.max(60, filled));
};

const rateRules = (placed: PlacedEntry, entry: EntryOf<'rate_limit'>): Rendered => {
  const rendered: Rendered = { sets: [], rules: [] };
  const incoming = `iifname "${placed.iface}"`;
  if (entry.exempt_ports.length > 0) {
    const text = `${incoming} tcp dport ${numbersText(entry.exempt_ports)} ct state established,related accept`;
    rendered.rules.push({ chain: 'limit_input', role: 'exempt', text });
  }
  const over = `limit rate over ${String(entry.rate)}/${entry.unit} burst ${String(entry.burst)} packets`;
  const { protocol, port } = entry;
  const wanted =
    port === undefined || protocol === undefined
      ? protocolText(protocol).join(' ')
      : `${protocol} dport ${String(port)}`;
  const limited = (expression: string): Rule => ({
    chain: 'limit_input',
    role: 'rate',
    text: words(incoming, expression, 'drop'),
  });
  if (entry.scope === 'interface') {
    rendered.rules.push(limited(words(wanted, over)));
    return rendered;
  }
  for (const family of matchFamilies(protocol === undefined ? {} : { proto: protocol })) {
    const length = lengthOf(family, entry);
    if (length === 0) {
      rendered.rules.push(limited(words(`meta nfproto ${family}`, wanted, over)));
      continue;
    }
    const set: SourceSet = {
      name: `rate_${shortHash(JSON.stringify(placed))}_${family}`,
      family,
      timeout: memorySeconds(entry),
    };
    rendered.sets.push(set);
    rendered.rules.push(limited(words(wanted, `update @${set.name} { ${sourceText(family, length)} ${over} }`)));
  }
  return rendered;
};

const natTarget = ({ to_addr, to_port }: EntryOf<'nat'>): string => {
  const interval = to_port === undefined ? undefined : parseNumbers(String(to_port));
  const port = interval === undefined ? '' : `:${formatNumbers(interval)}`;
  const address = to_addr === undefined ? undefined : parseNetwork(to_addr);
  if (address === undefined) return port === '' ? '' : `to ${port}`;
  const text = formatAddress(address.low, address.bits);
  return `${address.bits === 32 ? 'ip' : 'ip6'} to ${address.bits === 128 && port !== '' ? `[${text}]` : text}${port}`;
};

const natRules = (entry: EntryOf<'nat'>): Rendered => {
  const { protocol, dport, src, dst } = entry;
  const match: Match = {
    ...(protocol === undefined ? {} : { proto: protocol }),
    ...(dport === undefined ? {} : { dports: [dport] }),
    ...(src === undefined ? {} : { src }),
    ...(dst === undefined ? {} : { dst }),
  };
  const family = entry.to_addr === undefined ? undefined : familyOf(entry.to_addr);
  const texts = matchTexts(match, family !== undefined && src === undefined && dst === undefined);
  const incoming = entry.type === 'dnat';
  return {
    sets: [],
    rules: texts
      .filter((text) => family === undefined || text.family === family)
      .map(({ text }) => ({
        chain: incoming ? 'nat_prerouting' : 'nat_postrouting',
        role: 'nat',
        text: words(`${incoming ? 'iifname' : 'oifname'} "${entry.iface}"`, text, entry.type, natTarget(entry)),
      })),
  };
};

export const renderEntry = (placed: PlacedEntry): Rendered => {
  const { iface, entry } = placed;
  switch (entry.kind) {
    case 'dscp':
      return dscpRules(iface, entry);
    case 'classify':
      return classRules(iface, entry);
    case 'connection_limit':
      return connectionRules(placed, entry);
    case 'rate_limit':
      return rateRules(placed, entry);
    case 'nat':
      return natRules(entry);
  }
};
