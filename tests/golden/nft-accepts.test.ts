// What the golden cases render for nft is taken by the nft of this machine, and removing it again too.
import { expect } from 'vitest';
import { loadPolicy } from '../../src/host/policy-files.ts';
import { renderSteps } from '../../src/plan/render.ts';
import { judge } from '../helpers/pure-host.ts';
import { kernelTest } from '../helpers/kernel-test.ts';
import { goldenCases } from './cases.ts';

const policy = await loadPolicy();
const scripts = goldenCases().flatMap(({ name, plan, snapshot }) => {
  const { ok, compiled } = judge(plan, snapshot(policy), policy);
  const script = ok && compiled !== null ? renderSteps(compiled.steps).nft_script : '';
  // Later scripts of a history replace a table that stands already.
  return script.startsWith('create table') ? [{ name, script }] : [];
});

kernelTest('nft takes every script', async ({ namespace }) => {
  expect(scripts.length).toBeGreaterThan(10);
  for (const { name, script } of scripts) {
    const run = 'printf "%s\\n" "$1" | nft -f - && nft list table inet netmcp && nft delete table inet netmcp';
    expect(await namespace.exec('sh', '-c', run, 'sh', script), name).toContain('table inet netmcp');
  }
});
