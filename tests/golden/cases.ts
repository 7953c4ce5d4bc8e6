// A golden case is a folder: plan.json, what the host is (host.json, a delta over a base), and what must come of it (expected.json).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Policy } from '../../src/model/policy.ts';
import { featuresSchema, interfaceFactsSchema, type Snapshot, snapshotSchema } from '../../src/model/snapshot.ts';
import { diffOf, renderSteps, undoLines } from '../../src/plan/render.ts';
import type { Validation } from '../../src/plan/validate.ts';
import { afterApply, judge } from '../helpers/pure-host.ts';

export const planFolder = fileURLToPath(new URL('./plan/', import.meta.url));

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

const hostSchema = z.strictObject({
  /** A file of _base. */
  base: z.enum(['debian', 'namespace']),
  about: z.string().optional(),
  features: featuresSchema.partial().optional(),
  /** Facts that differ, by interface. */
  interfaces: z.record(z.string(), interfaceFactsSchema.partial()).optional(),
  /** What reading gives instead, by `resource:target`. */
  observed: z.record(z.string(), z.unknown()).optional(),
  /** Plans applied and confirmed before, oldest first. */
  before: z.array(z.unknown()).optional(),
});

export const readBase = (name: 'debian' | 'namespace'): Snapshot =>
  snapshotSchema.parse(readJson(join(planFolder, '_base', `${name}.json`)));

const applied = (plan: unknown, snapshot: Snapshot, policy: Policy): Snapshot => {
  const { ok, issues, compiled } = judge(plan, snapshot, policy);
  if (!ok || compiled === null) throw new Error(`a plan before this one is refused: ${JSON.stringify(issues)}`);
  return afterApply(compiled, snapshot);
};

export interface GoldenCase {
  name: string;
  plan: unknown;
  snapshot: (policy: Policy) => Snapshot;
  expectedPath: string;
}

const readCase = (name: string): GoldenCase => {
  const folder = join(planFolder, name);
  const host = existsSync(join(folder, 'host.json'))
    ? hostSchema.parse(readJson(join(folder, 'host.json')))
    : hostSchema.parse({ base: 'debian' });
  const base = readBase(host.base);
  const interfaces = Object.entries(base.interfaces).map(
    ([iface, facts]) => [iface, { ...facts, ...host.interfaces?.[iface] }] as const,
  );
  const snapshot = snapshotSchema.parse({
    ...base,
    features: { ...base.features, ...host.features },
    interfaces: Object.fromEntries(interfaces),
    observed: { ...base.observed, ...host.observed },
  });
  return {
    name,
    plan: readJson(join(folder, 'plan.json')),
    snapshot: (policy) => (host.before ?? []).reduce<Snapshot>((at, plan) => applied(plan, at, policy), snapshot),
    expectedPath: join(folder, 'expected.json'),
  };
};

export const goldenCases = (): GoldenCase[] =>
  readdirSync(planFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map((entry) => readCase(entry.name))
    .sort((a, b) => a.name.localeCompare(b.name));

/** What a caller would see of a plan, without the id and the time. A refused plan is not rendered. */
export const present = (validation: Validation): object => {
  const { ok, issues, normalized, compiled } = validation;
  if (!ok || compiled === null) return { ok, issues };
  return {
    ok,
    issues,
    normalized_plan: normalized,
    rendered: renderSteps(compiled.steps),
    diff: diffOf(compiled),
    undo: undoLines(compiled.steps),
  };
};

export const toText = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Compares with the stored text; with NETMCP_UPDATE_GOLDEN=1 stores it, to be read before it is committed. */
export const storedText = (path: string, actual: string): string => {
  if (process.env['NETMCP_UPDATE_GOLDEN'] === '1') writeFileSync(path, actual);
  if (!existsSync(path)) throw new Error(`${path} is missing: run with NETMCP_UPDATE_GOLDEN=1 and read what it wrote`);
  return readFileSync(path, 'utf8');
};
