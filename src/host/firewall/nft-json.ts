// Reads `nft -j list ruleset`. What it does not know it passes over; names and comments stay as they are, for whoever shows them.
import { NetError } from '../../model/errors.ts';
import type { Chain, Counted, FirewallSet, Table } from './model.ts';
import { elementText } from './nft-element.ts';
import { countedOf, isObject, listOf, numberOrNull, textOf, textOrNull, type Json } from './nft-match.ts';
import { ruleOf } from './nft-statements.ts';

/** As many elements of a set as are kept to be shown. */
const firstElements = 20;

const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');

const chainOf = (json: Json): Chain => ({
  name: textOf(json['name']),
  hook: textOrNull(json['hook']),
  type: textOrNull(json['type']),
  priority: numberOrNull(json['prio']),
  policy: textOrNull(json['policy']),
  devices: textsOf(json['dev']),
  counter: null,
});

const setOf = (json: Json, kind: 'set' | 'map', terse: boolean): FirewallSet => {
  const typeText = (type: unknown): string => textsOf(type).join(' . ') || 'typeof';
  const elements = listOf(json['elem']);
  return {
    name: textOf(json['name']),
    kind,
    type: kind === 'map' ? `${typeText(json['type'])} : ${typeText(json['map'])}` : typeText(json['type']),
    flags: textsOf(json['flags']),
    elements: terse ? null : elements.length,
    first: elements.slice(0, firstElements).map((element) => elementText(element)),
    comment: textOrNull(json['comment']),
  };
};

const parse = (text: string): readonly unknown[] => {
  try {
    const whole: unknown = JSON.parse(text);
    if (isObject(whole) && Array.isArray(whole['nftables'])) return whole['nftables'];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new NetError(
    'step_failed',
    'nft answered with something that is not its JSON.',
    'Look at what nft -j list ruleset prints; NetMCP needs nftables 0.9.8 or newer with JSON support.',
  );
};

const keyOf = (family: unknown, name: unknown): string => `${textOf(family)} ${textOf(name)}`;

/** `terse`: the listing was asked for without the elements of sets. Throws step_failed for what is not nft's JSON. */
export const parseRuleset = (text: string, terse: boolean): Table[] => {
  const tables = new Map<string, Table>();
  const maps = new Map<string, Map<string, readonly unknown[] | null>>();
  const counters = new Map<string, Map<string, Counted>>();
  const positions = new Map<string, number>();
  const entries = parse(text).flatMap((entry) => (isObject(entry) ? Object.entries(entry) : []));
  for (const [kind, json] of entries) {
    if (!isObject(json)) continue;
    if (kind === 'table') {
      const table: Table = {
        backend: 'nft',
        family: textOf(json['family']),
        name: textOf(json['name']),
        // nft's JSON writes other names where the flags should be; the text listing tells (nft 1.0.6).
        dormant: false,
        chains: [],
        rules: [],
        sets: [],
      };
      tables.set(keyOf(json['family'], json['name']), table);
    }
    if (kind === 'map') {
      const key = keyOf(json['family'], json['table']);
      const elements = terse ? null : listOf(json['elem']);
      maps.set(
        key,
        (maps.get(key) ?? new Map<string, readonly unknown[] | null>()).set(textOf(json['name']), elements),
      );
    }
    const counted = kind === 'counter' ? countedOf(json) : null;
    if (counted === null) continue;
    const key = keyOf(json['family'], json['table']);
    counters.set(key, (counters.get(key) ?? new Map<string, Counted>()).set(textOf(json['name']), counted));
  }
  for (const [kind, json] of entries) {
    if (!isObject(json)) continue;
    const key = keyOf(json['family'], json['table']);
    const table = tables.get(key);
    if (table === undefined) continue;
    if (kind === 'chain') table.chains.push(chainOf(json));
    if (kind === 'set' || kind === 'map') table.sets.push(setOf(json, kind, terse));
    if (kind !== 'rule') continue;
    const place = JSON.stringify([key, json['chain']]);
    const position = (positions.get(place) ?? 0) + 1;
    positions.set(place, position);
    table.rules.push(
      ruleOf(json, position, { counters: counters.get(key) ?? new Map(), maps: maps.get(key) ?? new Map() }),
    );
  }
  return [...tables.values()];
};
