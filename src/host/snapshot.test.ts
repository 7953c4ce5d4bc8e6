import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { nothingCommitted, snapshotSchema } from '../model/snapshot.ts';
import { defineResource, type Resource } from '../model/resource.ts';
import { createFakeHost } from './fake/fake-host.ts';
import { createHostPorts } from './host-ports.ts';
import { readIdentity } from './identity.ts';
import { readAll, takeSnapshot } from './snapshot.ts';

const counting = (): { resource: Resource; most: () => number } => {
  let running = 0;
  let most = 0;
  const resource = defineResource<string, string, string>({
    id: 'letter',
    scope: 'namespace',
    state: z.string(),
    observed: z.string(),
    part: z.string(),
    order: () => 1,
    async read(target) {
      running += 1;
      most = Math.max(most, running);
      await sleep(5);
      running -= 1;
      return target.toUpperCase();
    },
    current: (_target, observed) => observed,
    compose: (target) => ({ state: target, findings: [] }),
    differences: () => [],
    expected: (_target, state) => state,
    commands: () => [],
  });
  return { resource, most: () => most };
};

const alphabet = 'abcdefghijklmnopqrstuvwxyz'.split('');
const letters = [...alphabet].reverse().map((target) => ({ resource: 'letter', target }));

it('reads every target once, in a fixed order, a few at a time', async () => {
  const { resource, most } = counting();
  const { ports } = createFakeHost();
  const { observed } = await readAll({
    ports,
    resources: [resource],
    targets: [...letters, ...letters],
    signal: new AbortController().signal,
  });
  expect(Object.keys(observed)).toEqual(alphabet.map((letter) => `letter:${letter}`));
  expect(observed['letter:c']).toBe('C');
  expect(most()).toBe(8);
});

it('stops when cancelled, and names a resource that is not there', async () => {
  const { resource } = counting();
  const { ports } = createFakeHost();
  const request = { ports, resources: [resource], targets: letters };
  await expect(readAll({ ...request, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  const unknown = readAll({ ...request, resources: [], signal: new AbortController().signal });
  await expect(unknown).rejects.toThrow("There is no resource 'letter'.");
});

it('takes a snapshot of this host that its schema accepts', async () => {
  const silent = () => undefined;
  const snapshot = await takeSnapshot({
    ports: createHostPorts({ debug: silent, info: silent, warn: silent }),
    identity: await readIdentity(),
    resources: [counting().resource],
    targets: [{ resource: 'letter', target: 'a' }],
    committed: nothingCommitted,
    signal: new AbortController().signal,
  });
  expect(snapshotSchema.parse(snapshot)).toEqual(snapshot);
  expect(snapshot.observed).toEqual({ 'letter:a': 'A' });
  expect(snapshot.memory_bytes).toBeGreaterThan(0);
});
