// npm run demo: the whole main job on a real kernel in private namespaces, by a real MCP client over stdio, measured before and after.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectServer } from '../tests/helpers/mcp-client.ts';
import { measure, percentile, senderAlgorithm, withServer, type Measurement } from './demo/measure.ts';
import { bottleneckMbit, openTopology, type Topology } from './demo/topology.ts';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const heading = (text: string): void => {
  say(`\n== ${text}`);
};
const indent = (text: string): string => text.replaceAll(/^/gm, '   ');
const ms = (value: number): string => `${value.toFixed(1)} ms`;

const list = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value)
    ? value.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null)
    : [];

/** Shaped just under the slow link, so that the queue forms here, where it is short and fair, and not in the modem. */
const plan = {
  iface: 'auto',
  changes: {
    sysctl: { 'net.ipv4.tcp_notsent_lowat': '131072' },
    shaper: { egress_mbit: bottleneckMbit * 0.95 },
    htb_classes: [
      {
        classid: '1:10',
        rate_mbit: 2,
        ceil_mbit: bottleneckMbit * 0.95,
        priority: 0,
        match: { proto: 'udp', dports: [5004] },
      },
    ],
    connection_limits: [{ protocol: 'tcp', port: 8080, limit: 100 }],
  },
  rationale: ['The uplink has a bloated queue: keep it empty by shaping below its rate.'],
};

const report = (title: string, found: Measurement): void => {
  const loaded = `p50 ${ms(percentile(found.loaded_ms, 0.5))}, p95 ${ms(percentile(found.loaded_ms, 0.95))}`;
  say(
    `   ${title}: idle p50 ${ms(percentile(found.idle_ms, 0.5))}; under load ${loaded}; goodput ${found.goodput_mbps.toFixed(1)} Mbit/s`,
  );
};

const printCommands = (rendered: Record<string, unknown>): void => {
  for (const slot of ['sysctl_cmds', 'ip_link_cmds', 'ethtool_cmds', 'tc_script', 'nft_script']) {
    const value = rendered[slot];
    const text = Array.isArray(value) ? value.join('\n') : typeof value === 'string' ? value : '';
    if (text !== '') say(indent(text));
  }
};

const differingLines = (before: string, after: string): string[] => {
  const [was, is] = [before.split('\n'), after.split('\n')];
  return [
    ...was.filter((line) => !is.includes(line)).map((line) => `- ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
  ];
};

const story = async (topology: Topology, stateDir: string): Promise<boolean> => {
  const { host, iface } = topology;
  const before = await host.dump();
  const server = await connectServer({ namespace: host, args: ['--state-dir', stateDir] });
  const { call } = server;
  const step = async (tool: string, input: Record<string, unknown> = {}): Promise<Record<string, unknown>> => {
    const answer = await call(tool, input);
    say(` > ${tool}: ${String(answer['summary'])}`);
    return answer;
  };
  try {
    heading('Discover');
    await step('capabilities');
    await step('get_interfaces');
    await step('get_qdiscs', { interface: iface });

    heading(
      `Measure before (one uplink of ${String(bottleneckMbit)} Mbit/s with a queue of one second, sender ${await senderAlgorithm(topology)})`,
    );
    const first = await measure(topology);
    report('before', first);

    heading('Plan, validate, render');
    say(indent(JSON.stringify(plan.changes, null, 1).replaceAll(/\n\s*/g, ' ')));
    const validation = await step('validate_change_plan', { parameter_plan: plan });
    for (const issue of list(validation['issues']))
      say(`   ${String(issue['severity'])}: ${String(issue['path'])}: ${String(issue['message'])}`);
    const rendered = await step('render_change_plan', { plan });
    printCommands(rendered);
    say('   diff:');
    for (const entry of list(rendered['diff']))
      say(`     ${String(entry['path'])}: ${String(entry['current'])} -> ${String(entry['desired'])}`);

    heading('Apply (guarded: without a confirmation it would undo itself)');
    const applied = await step('apply_rendered_plan', { plan_id: rendered['plan_id'], checkpoint_label: 'demo' });
    for (const note of Array.isArray(applied['notes']) ? applied['notes'] : []) say(`   ${String(note)}`);

    heading('Measure after');
    const second = await measure(topology);
    report('after ', second);
    await step('confirm_change', { change_id: applied['change_id'] });

    heading('Gain');
    const [was, is] = [percentile(first.loaded_ms, 0.95), percentile(second.loaded_ms, 0.95)];
    say(`   p95 latency under load ${ms(was)} -> ${ms(is)} (${(100 * (is / was - 1)).toFixed(0)} %)`);
    say(
      `   goodput ${first.goodput_mbps.toFixed(1)} -> ${second.goodput_mbps.toFixed(1)} Mbit/s (${(100 * (second.goodput_mbps / first.goodput_mbps - 1)).toFixed(1)} %)`,
    );
    const better = is < was / 2;
    if (!better) say('   NO GAIN: the latency under load did not halve.');

    heading('Roll back');
    await step('rollback_to_checkpoint', { checkpoint_id: applied['checkpoint_id'] });
    const after = await host.dump();
    const equal = after === before;
    const size = `${String(before.split('\n').length)} lines of sysctl, tc, nft, ethtool and ip output`;
    if (!equal) say(indent(differingLines(before, after).join('\n')));
    say(equal ? `   The host is as it was: ${size}, equal to the letter.` : '   THE HOST IS NOT AS IT WAS.');
    return better && equal;
  } finally {
    await server.close();
  }
};

const started = performance.now();
const topology = await openTopology();
const stateDir = await mkdtemp(join(tmpdir(), 'netmcp-demo-'));
try {
  const good = await withServer(topology, () => story(topology, stateDir));
  say(`\n${good ? 'Done' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
  process.exitCode = good ? 0 : 1;
} finally {
  await topology.remove();
  await rm(stateDir, { recursive: true, force: true });
}
