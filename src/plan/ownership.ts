// Who else writes what a plan would set: reported before it is touched, with the file and the moment it is written again.
import * as z from 'zod';
import { normaliseValue } from '../model/card-value.ts';
import { type Finding, info, warning } from '../model/finding.ts';
import { type LinkAttribute, type Owner, type OwnerClaim, ownersOf } from '../model/owner.ts';
import type { Fragment, Snapshot } from '../model/snapshot.ts';
import { type Place, placesOf } from './places.ts';

/** Which attribute of a link a knob decides; several shape the queue. */
const attributes: Readonly<Record<string, LinkAttribute>> = {
  qdisc: 'qdisc',
  shaper: 'qdisc',
  htb_classes: 'qdisc',
  netem: 'qdisc',
  mtu: 'mtu',
  offloads: 'offloads',
  rings: 'rings',
  coalescing: 'coalescing',
  txqueuelen: 'txqueuelen',
  routes: 'routes',
};

const claimOf = ({ knob, key }: Place, iface: string): OwnerClaim | undefined => {
  if (knob === 'sysctl') return { kind: 'sysctl', key: key ?? '' };
  const attribute = attributes[knob];
  return attribute === undefined ? undefined : { kind: 'link', iface, attribute };
};

const sameValue = (owner: Owner, value: unknown): boolean =>
  owner.value !== null &&
  (typeof value === 'string' || typeof value === 'number') &&
  normaliseValue(owner.value) === normaliseValue(value);

/** Others in force that set this place to another value; a distribution's defaults last. */
export const rivalsOf = (place: Place, iface: string, snapshot: Snapshot): Owner[] => {
  const claim = claimOf(place, iface);
  if (claim === undefined) return [];
  return ownersOf(snapshot.owners ?? [], claim)
    .filter((owner) => owner.active && !sameValue(owner, place.value))
    .sort((a, b) => Number(a.shipped) - Number(b.shipped));
};

export const describeOwner = ({ manager, source, value, effect }: Owner): string =>
  `${manager} sets ${value === null ? 'it' : `it to "${value}"`} in ${source} (${effect})`;

const findingOf = (path: string, rival: Owner): Finding => {
  const say = rival.shipped ? info : warning;
  const hint = 'Change it there if this is to last; netmcp leaves that file alone.';
  return say(path, 'owned_elsewhere', describeOwner(rival), hint);
};

const valueSchema = z.object({ value: z.string() });

/** Keys that knobs other than sysctl write (the connection tracking table). */
export const keyOwnershipFindings = (fragments: readonly Fragment[], iface: string, snapshot: Snapshot): Finding[] =>
  fragments
    .filter(({ resource, knob }) => resource === 'sysctl' && knob !== 'sysctl')
    .flatMap(({ knob, target, part }) => {
      const { data } = valueSchema.safeParse(part);
      const place = { path: knob, knob: 'sysctl', key: target, value: data?.value };
      return rivalsOf(place, iface, snapshot)
        .slice(0, 1)
        .map((rival) => findingOf(`changes.${knob}`, rival));
    });

export const ownershipFindings = (
  wishes: Readonly<Record<string, unknown>>,
  touched: readonly string[],
  iface: string,
  snapshot: Snapshot,
): Finding[] =>
  placesOf(Object.fromEntries(Object.entries(wishes).filter(([knob]) => touched.includes(knob)))).flatMap((place) => {
    const [rival] = rivalsOf(place, iface, snapshot);
    return rival === undefined ? [] : [findingOf(`changes.${place.path}`, rival)];
  });
