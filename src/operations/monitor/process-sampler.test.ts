import { expect, test } from 'vitest';
import { noteOf } from './process-sampler.ts';

const traffic = { read: async () => [], close: async () => undefined };

test('what a kernel cannot tell apart is said, and why sockets were sampled', () => {
  expect(noteOf({ traffic })).toMatch(/^Processes: IP packets counted by BPF/);
  expect(noteOf({ traffic: { ...traffic, note: 'Other namespaces are counted too.' } })).toMatch(
    /counted by BPF.* Other namespaces are counted too\.$/,
  );
  expect(noteOf({ traffic: undefined, why: 'No cgroup.' })).toMatch(/sampling of TCP connections.* No cgroup\.$/);
});
