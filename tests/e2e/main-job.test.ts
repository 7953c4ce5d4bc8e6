// The main job by a real MCP client over stdio on the real kernel: plan, validate, render, apply, confirm, undo, and every way in which that is refused.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { kernelTest } from '../helpers/kernel-test.ts';
import { connectServer, eras, type ConnectedClient, type Era } from '../helpers/mcp-client.ts';
import type { Namespace } from '../helpers/netns.ts';

interface Job {
  namespace: Namespace;
  stateDir: string;
  server: ConnectedClient;
  connect: (era?: Era, stateDir?: string) => Promise<ConnectedClient>;
}

const jobTest = kernelTest.extend<{ job: Job }>({
  job: async ({ namespace, openNamespace }, use) => {
    const peer = await openNamespace();
    for (const [here, there, net] of [
      ['left', 'right', '1'],
      ['north', 'south', '2'],
    ] as const) {
      await namespace.connect(
        peer,
        { device: here, addresses: [`10.55.${net}.1/24`, `fd55:${net}::1/64`] },
        { device: there },
      );
    }
    await namespace.exec('nft', 'add table inet somebody');
    const folder = await mkdtemp(join(tmpdir(), 'netmcp-job-'));
    const servers: ConnectedClient[] = [];
    const connect = async (era: Era = 'modern', stateDir = join(folder, 'state')): Promise<ConnectedClient> => {
      const server = await connectServer({ namespace, era, args: ['--state-dir', stateDir] });
      servers.push(server);
      return server;
    };
    await use({ namespace, stateDir: join(folder, 'state'), server: await connect(), connect });
    for (const server of servers) await server.close();
    await rm(folder, { recursive: true, force: true });
  },
});

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const limits = (port: number): Record<string, unknown> => ({
  connection_limits: [{ protocol: 'tcp', port, limit: 20 }],
});
const shaper = { shaper: { egress_mbit: 20 }, sysctl: { 'net.ipv4.tcp_fin_timeout': '30' } };

/** Renders and applies; gives the change report. */
const apply = async (
  { call }: ConnectedClient,
  iface: string,
  changes: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Promise<Record<string, unknown>> => {
  const rendered = await call('render_change_plan', { plan: { iface, changes } });
  return call('apply_rendered_plan', { plan_id: rendered['plan_id'], ...more });
};

const confirm = (server: ConnectedClient, report: Record<string, unknown>): Promise<Record<string, unknown>> =>
  server.call('confirm_change', { change_id: report['change_id'] });

describe.each(eras)('in the %s era', (era) => {
  jobTest('discover, plan, validate, render, apply, confirm, roll back', { timeout: 180_000 }, async ({ job }) => {
    const { namespace } = job;
    const server = await job.connect(era);
    const before = await namespace.dump();
    const { interfaces } = await server.call('get_interfaces');
    expect(text(interfaces)).toContain('"left"');
    const validation = await server.call('validate_change_plan', {
      parameter_plan: { iface: 'left', changes: shaper },
    });
    expect(validation['ok']).toBe(true);
    const report = await apply(server, 'left', shaper, { checkpoint_label: 'whole job' });
    expect(report).toMatchObject({ success: true, applied: true, state: 'pending', dry_run: false });
    expect(await namespace.exec('tc', 'qdisc', 'show', 'dev', 'left')).toContain('qdisc htb 1: root');
    expect(await confirm(server, report)).toMatchObject({ state: 'committed' });
    const listed = await server.call('list_checkpoints');
    expect(text(listed['checkpoints'])).toContain('whole job');
    const undone = await server.call('rollback_to_checkpoint', { checkpoint_id: report['checkpoint_id'] });
    expect(undone).toMatchObject({ state: 'rolled_back', undone_changes: [report['change_id']] });
    expect(await namespace.dump()).toBe(before);
  });
});

jobTest(
  'the same wish again is no_change, a dry run changes nothing, a plan works once',
  { timeout: 180_000 },
  async ({ job }) => {
    const { namespace, server } = job;
    const before = await namespace.dump();
    const rendered = await server.call('render_change_plan', { plan: { iface: 'left', changes: shaper } });
    const planId = rendered['plan_id'];
    const dry = await server.call('apply_rendered_plan', { plan_id: planId, dry_run: true });
    expect(dry).toMatchObject({ applied: false, dry_run: true });
    expect(await namespace.dump()).toBe(before);
    await confirm(server, await server.call('apply_rendered_plan', { plan_id: planId }));
    await expect(server.call('apply_rendered_plan', { plan_id: planId })).rejects.toThrow('plan_used');
    const standing = await namespace.dump();
    expect(await apply(server, 'left', shaper)).toMatchObject({ state: 'no_change', applied: true, change_id: null });
    expect(await namespace.dump()).toBe(standing);
  },
);

jobTest('a rendered plan passed whole must be the stored one, to the letter', { timeout: 180_000 }, async ({ job }) => {
  const { namespace, server } = job;
  const before = await namespace.dump();
  const rendered = await server.call('render_change_plan', { plan: { iface: 'left', changes: shaper } });
  for (const altered of [
    { ...rendered, tc_script: 'tc qdisc add dev north root handle 1: htb' },
    { ...rendered, sysctl_cmds: [] },
    { ...rendered, sysctl_cmds: ['sysctl -w kernel.modprobe=/tmp/evil'], plan_id: rendered['plan_id'] },
    {
      sysctl_cmds: ['sysctl -w net.ipv4.ip_forward=1'],
      tc_script: '',
      nft_script: '',
      ethtool_cmds: [],
      ip_link_cmds: [],
    },
  ]) {
    await expect(server.call('apply_rendered_plan', { rendered_plan: altered })).rejects.toThrow('plan_refused');
  }
  expect(await namespace.dump()).toBe(before);
  expect(await server.call('apply_rendered_plan', { rendered_plan: rendered })).toMatchObject({ state: 'pending' });
});

jobTest(
  'host_changed when a value of the read set moved, not when another one did',
  { timeout: 180_000 },
  async ({ job }) => {
    const { namespace, server } = job;
    const wished = { sysctl: { 'net.ipv4.tcp_fin_timeout': '30' } };
    const stale = await server.call('render_change_plan', { plan: { iface: 'left', changes: wished } });
    await namespace.exec('sysctl', '-qw', 'net.ipv4.tcp_fin_timeout=45');
    await expect(server.call('apply_rendered_plan', { plan_id: stale['plan_id'] })).rejects.toThrow('host_changed');
    expect(await namespace.exec('sysctl', '-n', 'net.ipv4.tcp_fin_timeout')).toBe('45\n');
    const fresh = await server.call('render_change_plan', { plan: { iface: 'left', changes: wished } });
    await namespace.exec('sysctl', '-qw', 'net.ipv4.tcp_max_syn_backlog=777');
    await namespace.exec('nft', 'add chain inet somebody unrelated');
    expect(await server.call('apply_rendered_plan', { plan_id: fresh['plan_id'] })).toMatchObject({ state: 'pending' });
  },
);

jobTest(
  'two plans on two interfaces: the first removed, the second’s rules stand',
  { timeout: 180_000 },
  async ({ job }) => {
    const { namespace, server } = job;
    const before = await namespace.dump();
    const first = await apply(server, 'left', { ...limits(80), ...shaper });
    await confirm(server, first);
    await confirm(server, await apply(server, 'north', limits(443)));
    const both = await namespace.exec('nft', '-s', 'list', 'table', 'inet', 'netmcp');
    expect(both).toContain('"left" tcp dport 80');
    expect(both).toContain('"north" tcp dport 443');
    await confirm(server, await apply(server, 'left', { connection_limits: null, shaper: null }));
    const second = await namespace.exec('nft', '-s', 'list', 'table', 'inet', 'netmcp');
    expect(second).not.toContain('"left"');
    expect(second).toContain('"north" tcp dport 443');
    expect(await namespace.exec('tc', 'qdisc', 'show', 'dev', 'left')).toContain('noqueue');
    // A knob that the last plan did not name stays as it was committed.
    expect(await namespace.exec('sysctl', '-n', 'net.ipv4.tcp_fin_timeout')).toBe('30\n');
    await server.call('rollback_to_checkpoint', { checkpoint_id: first['checkpoint_id'] });
    expect(await namespace.dump()).toBe(before);
  },
);

jobTest(
  'only one change is pending, it is confirmed once, by its own id, from any process',
  { timeout: 180_000 },
  async ({ job }) => {
    const { namespace, server, connect, stateDir } = job;
    const pending = await apply(server, 'left', shaper);
    await expect(apply(server, 'north', limits(80))).rejects.toThrow('change_pending');
    // Whatever its state directory, another server sees the same open change.
    const other = await connect('legacy', `${stateDir}-of-another`);
    await expect(apply(other, 'north', limits(80))).rejects.toThrow('change_pending');
    await expect(other.call('confirm_change', { change_id: 'chg_00000000000000000000000000' })).rejects.toThrow(
      'not_pending',
    );
    expect(await confirm(other, pending)).toMatchObject({ state: 'committed' });
    expect(await confirm(server, pending)).toMatchObject({
      state: 'committed',
      notes: ['It had been confirmed already.'],
    });
    expect(await namespace.exec('tc', 'qdisc', 'show', 'dev', 'left')).toContain('htb');
  },
);

jobTest(
  'nobody confirms: the guard undoes it at the deadline, with the server gone',
  { timeout: 180_000 },
  async ({ job }) => {
    const { namespace, server, connect } = job;
    const before = await namespace.dump();
    const report = await apply(server, 'left', { ...shaper, ...limits(80) }, { confirm_timeout_s: 10 });
    expect(await namespace.dump()).not.toBe(before);
    process.kill(server.pid, 'SIGKILL');
    const patience = Date.now() + 40_000;
    while ((await namespace.dump()) !== before && Date.now() < patience) await sleep(250);
    expect(await namespace.dump()).toBe(before);
    const later = await connect();
    await expect(confirm(later, report)).rejects.toThrow('not_pending');
  },
);

jobTest(
  'a value that somebody else changed since is reported as drifted and left, unless forced',
  { timeout: 180_000 },
  async ({ job }) => {
    const { namespace, server } = job;
    const original = await namespace.exec('sysctl', '-n', 'net.ipv4.tcp_fin_timeout');
    for (const force of [false, true]) {
      const report = await apply(server, 'left', { ...shaper, ...limits(80) });
      await confirm(server, report);
      await namespace.exec('sysctl', '-qw', 'net.ipv4.tcp_fin_timeout=51');
      const undone = await server.call('rollback_to_checkpoint', { checkpoint_id: report['checkpoint_id'], force });
      expect(undone['state'], text(undone)).toBe('rolled_back');
      expect(await namespace.exec('sysctl', '-n', 'net.ipv4.tcp_fin_timeout')).toBe(force ? original : '51\n');
      expect(text(undone['drifted']).includes('tcp_fin_timeout')).toBe(!force);
      expect(await namespace.exec('tc', 'qdisc', 'show', 'dev', 'left')).toContain('noqueue');
      await namespace.exec('sysctl', '-qw', `net.ipv4.tcp_fin_timeout=${original.trim()}`);
    }
  },
);

jobTest(
  'an older checkpoint undoes later changes newest first; an id is never a path',
  { timeout: 180_000 },
  async ({ job }) => {
    const { namespace, server } = job;
    const before = await namespace.dump();
    const mark = await server.call('snapshot_checkpoint', { label: 'clean' });
    const reports = [];
    for (const [iface, changes] of [
      ['left', shaper],
      ['left', { sysctl: { 'net.ipv4.tcp_fin_timeout': '20' }, mtu: 1400 }],
      ['north', limits(80)],
    ] as const) {
      const report = await apply(server, iface, changes);
      await confirm(server, report);
      reports.push(report['change_id']);
    }
    const undone = await server.call('rollback_to_checkpoint', { checkpoint_id: mark['checkpoint_id'] });
    expect(undone['undone_changes']).toEqual(reports.reverse());
    expect(await namespace.dump()).toBe(before);
    for (const path of ['/any/dir', '../../x', `../checkpoints/${text(mark['checkpoint_id'])}`, '/']) {
      await expect(server.call('delete_checkpoint', { checkpoint_id: path })).rejects.toThrow('not_found');
    }
    // One damaged file hides only itself.
    await writeFile(join(job.stateDir, 'checkpoints', 'cp_00000000000000000000000000.json'), '{', { mode: 0o600 });
    expect(text((await server.call('list_checkpoints'))['checkpoints'])).toContain(text(mark['checkpoint_id']));
    expect(await server.call('delete_checkpoint', { checkpoint_id: mark['checkpoint_id'] })).toMatchObject({
      deleted: true,
    });
  },
);

jobTest('cancelling an apply rolls it back', { timeout: 180_000 }, async ({ job }) => {
  const { namespace, server } = job;
  const before = await namespace.dump();
  const keys = Object.fromEntries(
    ['tcp_fin_timeout', 'tcp_max_syn_backlog', 'tcp_syncookies', 'tcp_slow_start_after_idle'].map((key) => [
      `net.ipv4.${key}`,
      '1',
    ]),
  );
  const changes = {
    ...limits(80),
    shaper: { egress_mbit: 20, ingress_mbit: 20 },
    sysctl: { ...keys, 'net.ipv4.tcp_fin_timeout': '30', 'net.ipv4.tcp_max_syn_backlog': '2048' },
  };
  const rendered = await server.call('render_change_plan', { plan: { iface: 'left', changes } });
  const controller = new AbortController();
  const running = server.client.callTool(
    { name: 'apply_rendered_plan', arguments: { plan_id: rendered['plan_id'] } },
    {
      signal: controller.signal,
      // The first step has begun when progress arrives.
      onprogress: () => {
        controller.abort();
      },
    },
  );
  await expect(running).rejects.toThrow();
  const patience = Date.now() + 20_000;
  while ((await namespace.dump()) !== before && Date.now() < patience) await sleep(100);
  expect(await namespace.dump()).toBe(before);
  const { checkpoints, pending_change } = await server.call('list_checkpoints');
  expect(pending_change, text(checkpoints)).toBeNull();
});
