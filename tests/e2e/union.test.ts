// What several plans and interfaces have in common, by a real MCP client on the real kernel: shared values, plans beside each other, interfaces that go.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import { connectServer } from '../helpers/mcp-client.ts';
import type { Namespace } from '../helpers/netns.ts';

type Result = Record<string, unknown>;

interface Host {
  namespace: Namespace;
  stateDir: string;
  call: (tool: string, input: Result) => Promise<Result>;
  render: (iface: string, changes: Result) => Promise<Result>;
  apply: (rendered: Result) => Promise<Result>;
  /** Renders, applies, and confirms what is to be confirmed. */
  keep: (iface: string, changes: Result) => Promise<Result>;
}

const hostTest = kernelTest.extend<{ host: Host }>({
  host: async ({ namespace, openNamespace }, use) => {
    const peer = await openNamespace();
    for (const [here, there] of [
      ['left', 'right'],
      ['north', 'south'],
    ] as const)
      await namespace.connect(peer, { device: here }, { device: there });
    const folder = await mkdtemp(join(tmpdir(), 'netmcp-union-'));
    const stateDir = join(folder, 'state');
    const { call, close } = await connectServer({
      namespace,
      era: 'modern',
      args: ['--state-dir', stateDir],
    });
    const render = (iface: string, changes: Result) => call('render_change_plan', { plan: { iface, changes } });
    const apply = (rendered: Result) => call('apply_rendered_plan', { plan_id: rendered['plan_id'] });
    const keep = async (iface: string, changes: Result) => {
      const report = await apply(await render(iface, changes));
      if (report['state'] === 'pending') await call('confirm_change', { change_id: report['change_id'] });
      return report;
    };
    await use({ namespace, stateDir, call, render, apply, keep });
    await close();
    await rm(folder, { recursive: true, force: true });
  },
});

const lowat = async ({ namespace }: Host): Promise<string> =>
  (await namespace.exec('sysctl', '-n', 'net.ipv4.tcp_notsent_lowat')).trim();
const wish = { sysctl: { 'net.ipv4.tcp_notsent_lowat': '131072' } };

hostTest('a value that two interfaces wish stays until both have let go', { timeout: 180_000 }, async ({ host }) => {
  const before = await lowat(host);
  expect(await host.keep('left', wish)).toMatchObject({ state: 'pending' });
  expect(await host.keep('north', wish)).toMatchObject({ state: 'no_change', applied: true });
  expect(await host.keep('left', { sysctl: null })).toMatchObject({ state: 'no_change' });
  expect(await lowat(host)).toBe('131072');
  expect(await host.keep('north', { sysctl: null })).toMatchObject({ state: 'pending' });
  expect(await lowat(host)).toBe(before);
});

hostTest(
  'what is removed after somebody else had set it back is not wished again by a later plan',
  { timeout: 180_000 },
  async ({ host }) => {
    const before = await lowat(host);
    await host.keep('left', wish);
    await host.namespace.exec('sysctl', '-qw', `net.ipv4.tcp_notsent_lowat=${before}`);
    expect(await host.keep('left', { sysctl: null })).toMatchObject({ state: 'no_change' });
    await host.keep('left', { sysctl: { 'net.ipv4.tcp_fin_timeout': '30' } });
    expect(await lowat(host)).toBe(before);
  },
);

hostTest(
  'a plan stays good while another one is committed that it has nothing in common with',
  { timeout: 180_000 },
  async ({ host }) => {
    const left = await host.render('left', { mtu: 1400 });
    const north = await host.render('north', { mtu: 1300, sysctl: wish.sysctl });
    const other = await host.render('north', { mtu: 1290 });
    expect(await host.apply(north)).toMatchObject({ state: 'pending' });
    // Marked now, going back to it would undo the change even after its confirmation.
    await expect(host.call('snapshot_checkpoint', {})).rejects.toThrow('change_pending');
    const { checkpoints } = await host.call('list_checkpoints', {});
    const [, pending] = /"changes_since":\["(chg_[0-9a-z]+)"/.exec(JSON.stringify(checkpoints)) ?? [];
    await host.call('confirm_change', { change_id: pending });
    expect(await host.apply(left)).toMatchObject({ state: 'pending' });
    await expect(host.apply(other)).rejects.toThrow(/change_pending|host_changed/);
  },
);

hostTest('an interface that has gone does not stand in the way', { timeout: 180_000 }, async ({ host }) => {
  const report = await host.keep('left', { mtu: 1400, qdisc: { type: 'tbf', params: { rate_mbit: 50 } } });
  await host.namespace.exec('ip', 'link', 'del', 'left');
  const rolled = await host.call('rollback_to_checkpoint', { checkpoint_id: report['checkpoint_id'], force: true });
  expect(rolled).toMatchObject({ state: 'rolled_back', drifted: [], undone_changes: [report['change_id']] });
  await expect(host.call('confirm_change', { change_id: report['change_id'] })).rejects.toThrow(
    /not_pending.*rolled back since/,
  );
});

hostTest('a stored plan that somebody edited is refused, not run', { timeout: 180_000 }, async ({ host }) => {
  const before = await host.namespace.dump();
  const rendered = await host.render('left', { mtu: 1400 });
  const file = join(host.stateDir, 'plans', `${String(rendered['plan_id'])}.json`);
  const text = await readFile(file, 'utf8');
  for (const edited of [
    text.replace('ip link set dev left mtu 1400', 'ip link del left'),
    text.replace('"mtu":1400', '"mtu":1300'),
  ]) {
    expect(edited).not.toBe(text);
    await writeFile(file, edited);
    await expect(host.apply(rendered)).rejects.toThrow('plan_refused');
  }
  expect(await host.namespace.dump()).toBe(before);
});
