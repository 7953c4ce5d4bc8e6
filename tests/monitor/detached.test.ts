// A program that somebody takes off the interface, or whose interface is made anew under its index, says so: its silence is no rate of 0.
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { requireFeature } from '../helpers/skip.ts';
import { expect } from 'vitest';
import { type Agent, startWrapped } from './agent.ts';
import { connectPair, indexOf } from './counters.ts';
import { bpfFeature, tcxFeature } from './features.ts';

const startedAgent = async (namespace: Namespace, rung: string): Promise<Agent> => {
  const index = String(await indexOf(namespace, 'v0'));
  const agent = startWrapped(namespace, [], 'detached-agent.ts', 'v0', index, rung);
  expect(await agent.line()).toBe('open');
  expect(await agent.ask('read')).toBe('counts');
  return agent;
};

kernelTest('taken off by force', async ({ namespace, openNamespace, task, skip }) => {
  await requireFeature({ task, skip }, bpfFeature);
  await requireFeature({ task, skip }, tcxFeature);
  await connectPair(namespace, await openNamespace());
  for (const rung of ['xdp', 'tcx']) {
    const agent = await startedAgent(namespace, rung);
    expect(await agent.ask('detach')).toBe('not_found');
    await agent.end();
  }
  const agent = await startedAgent(namespace, 'clsact');
  await namespace.exec('tc', 'qdisc', 'delete', 'dev', 'v0', 'clsact');
  expect(await agent.ask('read')).toBe('not_found');
  await agent.end();
});

kernelTest.for(['xdp', 'tcx', 'clsact'])(
  'the interface made anew under %s',
  async (rung, { namespace, openNamespace, task, skip }) => {
    await requireFeature({ task, skip }, bpfFeature);
    await requireFeature({ task, skip }, tcxFeature);
    await connectPair(namespace, await openNamespace());
    const index = String(await indexOf(namespace, 'v0'));
    const agent = await startedAgent(namespace, rung);
    await namespace.exec('ip', 'link', 'delete', 'v0');
    // Gone is told by the interface's statistics; what was counted can still be read.
    expect(await agent.ask('read')).toBe('counts');
    await namespace.exec('ip', 'link', 'add', 'v0', 'index', index, 'type', 'veth', 'peer', 'name', 'v9');
    expect(await agent.ask('read')).toBe('not_found');
    await agent.end();
  },
);
