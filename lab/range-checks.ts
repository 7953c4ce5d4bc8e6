// Every sysctl card in a full kernel's initial namespace: it takes both ends of the range, the default and the examples, and the old value comes back.
// Importing this file changes nothing on the host, so that the tests know the names before the lab boots.
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadPolicy } from '../src/host/policy-files.ts';
import type { Card } from '../src/model/policy.ts';
import { sysctlPath } from '../src/model/sysctl.ts';
import { ends } from '../tests/helpers/card-values.ts';
import { type Check } from './report.ts';

const policy = await loadPolicy();

const read = (path: string): string => readFileSync(path, 'utf8').trim().split(/\s+/).join(' ');

/** What the key and its words need: connection tracking, a congestion control, a qdisc. */
const modulesFor = (key: string, value: string): string[] => {
  if (key.startsWith('net.netfilter.')) return ['nf_conntrack'];
  if (key === 'net.ipv4.tcp_congestion_control') return [`tcp_${value}`];
  return key === 'net.core.default_qdisc' ? [`sch_${value}`] : [];
};

/** Built-in ones have no module to load; the write then shows whether they are there. */
const load = (name: string): void => {
  try {
    execFileSync('modprobe', [name], { stdio: 'ignore' });
  } catch (error) {
    process.stdout.write(`modprobe ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
};

const check =
  (key: string, card: Card): Check =>
  () => {
    const path = sysctlPath(key);
    const values = ends(card);
    for (const name of values.flatMap((value) => modulesFor(key, value))) load(name);
    // A setting that newer kernels have dropped says so in its card.
    if (!existsSync(path) && card.no_effect === true) return;
    const before = read(path);
    try {
      for (const value of values) {
        writeFileSync(path, value);
        assert.equal(read(path), value, `${key}=${value}`);
      }
    } finally {
      writeFileSync(path, before);
    }
    assert.equal(read(path), before);
  };

export const rangeChecks: Readonly<Record<string, Check>> = Object.fromEntries(
  [...policy.cardsByKey].map(([key, card]) => [`range: ${key}`, check(key, card)] as const),
);
