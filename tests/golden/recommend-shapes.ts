// A host shape is a folder of tests/golden/recommend: host.json (who asks, and how the host differs from the bases) and one answer a profile.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { ownerSchema } from '../../src/model/owner.ts';
import { featuresSchema, interfaceFactsSchema, type Snapshot, snapshotSchema } from '../../src/model/snapshot.ts';
import { type SysctlObserved, sysctlObservedSchema } from '../../src/model/sysctl.ts';
import { roles } from '../../src/plan/facts.ts';
import { readBase } from './cases.ts';

export const recommendFolder = fileURLToPath(new URL('./recommend/', import.meta.url));

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

const shapeSchema = z.strictObject({
  about: z.string(),
  iface: z.string(),
  role: z.enum(roles).optional(),
  link: z
    .strictObject({ down_mbps: z.number().optional(), up_mbps: z.number().optional(), rtt_ms: z.number().optional() })
    .optional(),
  /** Every interface besides lo; what is not said is as on eth0 of the base, or as on the base's own of that name. */
  interfaces: z.record(z.string(), interfaceFactsSchema.partial()),
  ...snapshotSchema
    .pick({ kernel: true, netns: true, initial_netns: true, net_admin: true, memory_bytes: true, cpus: true })
    .partial().shape,
  features: featuresSchema.partial().optional(),
  observed: z.record(z.string(), z.unknown()).optional(),
  unread: snapshotSchema.shape.unread,
  owners: z.array(ownerSchema),
  /** /proc/sys and /sys are mounted read-only. */
  read_only: z.boolean().optional(),
});

const readObserved = (path: string): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(readJson(path));

/** What reading an interface that the base lacks gives: as eth0, with its own MTU and queue length. */
const ofInterface = (name: string, observed: Record<string, unknown>): [string, unknown][] =>
  Object.entries(observed)
    .filter(([address]) => address.endsWith(':eth0'))
    .map(([address, value]) => [`${address.slice(0, -'eth0'.length)}${name}`, value]);

/** Forwarding of each interface follows the key above it; a base's interfaces are not those of the shape. */
const withCompanions = (
  key: string,
  value: Exclude<SysctlObserved, null>,
  names: readonly string[],
): Exclude<SysctlObserved, null> => {
  if (!/^net\.(ipv4\.ip_forward|ipv6\.conf\.all\.forwarding)$/.test(key)) return value;
  const family = key.startsWith('net.ipv4') ? 'net.ipv4' : 'net.ipv6';
  const entry = { value: value.value, writable: value.writable };
  const own = ['default', ...names].sort().map((name) => [`${family}.conf.${name}.forwarding`, entry] as const);
  const redirects = { value: value.value === '1' ? '0' : '1', writable: value.writable };
  const first = family === 'net.ipv4' ? [['net.ipv4.conf.all.accept_redirects', redirects] as const] : [];
  return { ...value, companions: Object.fromEntries([...first, ...own]) };
};

const sysctlAsThere = (address: string, read: unknown, names: readonly string[], readOnly: boolean): unknown => {
  if (!address.startsWith('sysctl:')) return read;
  const value = sysctlObservedSchema.parse(read);
  if (value === null) return null;
  return withCompanions(address.slice('sysctl:'.length), readOnly ? { ...value, writable: false } : value, names);
};

export interface Shape {
  name: string;
  iface: string;
  role: z.infer<typeof shapeSchema>['role'];
  link: z.infer<typeof shapeSchema>['link'];
  snapshot: Snapshot;
}

const readShape = (name: string): Shape => {
  const said = shapeSchema.parse(readJson(join(recommendFolder, name, 'host.json')));
  const { about: _about, iface, role, link, interfaces, observed, read_only: readOnly = false, ...rest } = said;
  const base = readBase('debian');
  const { lo, eth0 } = base.interfaces;
  const own = Object.entries(interfaces).map(
    ([wanted, facts]) => [wanted, { ...(base.interfaces[wanted] ?? eth0), ...facts, name: wanted }] as const,
  );
  const names = ['lo', ...own.map(([wanted]) => wanted)];
  const before: Record<string, unknown> = {
    ...base.observed,
    ...readObserved(join(recommendFolder, '_base', 'more.json')),
  };
  const unread = Object.keys(said.unread ?? {});
  const links = own.flatMap(([wanted, { mtu, txqueuelen }]): [string, unknown][] => [
    ...ofInterface(wanted, before),
    [`link:${wanted}`, { mtu, txqueuelen }],
  ]);
  const hostWide = Object.entries(before).filter(([address]) => /^(sysctl|nft):/.test(address));
  const all = Object.entries({ ...Object.fromEntries([...hostWide, ...links]), ...observed })
    .filter(([address]) => !unread.includes(address))
    .map(([address, read]) => [address, sysctlAsThere(address, read, names, readOnly)] as const);
  const snapshot = snapshotSchema.parse({
    ...base,
    ...rest,
    features: { ...base.features, ...said.features },
    interfaces: { lo, ...Object.fromEntries(own) },
    default_interface: iface,
    observed: Object.fromEntries(all),
  });
  return { name, iface, role, link, snapshot };
};

export const shapes = (): Shape[] =>
  readdirSync(recommendFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map((entry) => readShape(entry.name))
    .sort((a, b) => a.name.localeCompare(b.name));
