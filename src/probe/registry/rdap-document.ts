// An RDAP answer (RFC 9083) as the few facts people look for. Nothing in it is trusted: wrong types are passed over, nesting is bounded.
import { fieldOf, listIn, numberIn, textIn, textsIn } from './json.ts';

export interface RdapFacts {
  handle: string | null;
  name: string | null;
  country: string | null;
  start_address: string | null;
  end_address: string | null;
  cidrs: string[];
  /** AS number as digits. */
  asn_hint: string | null;
  status: string[];
  events: { registration: string | null; expiration: string | null; last_changed: string | null };
  registrar: string | null;
  organization: string | null;
  abuse_email: string | null;
  nameservers: string[];
  dnssec_signed: boolean | null;
}

const maxEntities = 50;
const maxDepth = 3;

interface Entity {
  roles: readonly string[];
  value: unknown;
}

/** Entities and theirs, nearest first. */
const entitiesOf = (value: unknown, depth = 0): Entity[] => {
  if (depth >= maxDepth) return [];
  const own = listIn(fieldOf(value, 'entities'), maxEntities);
  return [
    ...own.map((entity) => ({ roles: textsIn(fieldOf(entity, 'roles'), 10), value: entity })),
    ...own.flatMap((entity) => entitiesOf(entity, depth + 1)),
  ].slice(0, 4 * maxEntities);
};

/** The text of a jCard property (RFC 7095): `["vcard", [["fn", {}, "text", "..."], ...]]`. */
const cardText = (entity: unknown, property: string): string | null => {
  const properties = listIn(listIn(fieldOf(entity, 'vcardArray'), 2)[1], 50).map((entry) => listIn(entry, 10));
  const found = properties.find(([name]) => name === property);
  return textIn(found?.[3]);
};

const cardOf = (entities: readonly Entity[], role: string, property: string): string | null => {
  for (const { roles, value } of entities) {
    const text = roles.includes(role) ? cardText(value, property) : null;
    if (text !== null) return text;
  }
  return null;
};

const eventDate = (document: unknown, ...actions: readonly string[]): string | null => {
  for (const event of listIn(fieldOf(document, 'events'), 50)) {
    const action = textIn(fieldOf(event, 'eventAction'));
    if (action !== null && actions.includes(action)) return textIn(fieldOf(event, 'eventDate'), 40);
  }
  return null;
};

/** `cidr0_cidrs` of the registries' extension. */
const cidrsOf = (document: unknown): string[] =>
  listIn(fieldOf(document, 'cidr0_cidrs'), 50).flatMap((entry) => {
    const prefix = textIn(fieldOf(entry, 'v4prefix') ?? fieldOf(entry, 'v6prefix'), 60);
    const length = numberIn(fieldOf(entry, 'length'));
    return prefix === null || length === null ? [] : [`${prefix}/${length}`];
  });

const asnOf = (document: unknown): string | null => {
  const numbers = [
    fieldOf(document, 'startAutnum'),
    listIn(fieldOf(document, 'arin_originas0_originautnums'), 1)[0],
    fieldOf(document, 'asn'),
    fieldOf(document, 'autnum'),
  ];
  for (const value of numbers) {
    const number = numberIn(value);
    if (number !== null) return String(number);
    const digits = typeof value === 'string' ? /^(?:AS)?([0-9]{1,10})$/i.exec(value)?.[1] : undefined;
    if (digits !== undefined) return digits;
  }
  return null;
};

export const readRdap = (document: unknown): RdapFacts => {
  const entities = entitiesOf(document);
  const signed = fieldOf(fieldOf(document, 'secureDNS'), 'delegationSigned');
  const names = [fieldOf(document, 'name'), fieldOf(document, 'ldhName'), fieldOf(document, 'unicodeName')];
  return {
    handle: textIn(fieldOf(document, 'handle')),
    name: names.map((name) => textIn(name, 255)).find((name) => name !== null) ?? null,
    country: textIn(fieldOf(document, 'country'), 40),
    start_address: textIn(fieldOf(document, 'startAddress'), 60),
    end_address: textIn(fieldOf(document, 'endAddress'), 60),
    cidrs: cidrsOf(document),
    asn_hint: asnOf(document),
    status: textsIn(fieldOf(document, 'status'), 20),
    events: {
      registration: eventDate(document, 'registration'),
      expiration: eventDate(document, 'expiration'),
      last_changed: eventDate(document, 'last changed'),
    },
    registrar: cardOf(entities, 'registrar', 'fn'),
    organization: cardOf(entities, 'registrant', 'fn'),
    abuse_email: cardOf(entities, 'abuse', 'email'),
    nameservers: listIn(fieldOf(document, 'nameservers'), 30).flatMap((server) => {
      const name = textIn(fieldOf(server, 'ldhName'), 255);
      return name === null ? [] : [name.toLowerCase()];
    }),
    dnssec_signed: typeof signed === 'boolean' ? signed : null,
  };
};
