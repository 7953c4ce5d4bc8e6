// Tests in a namespace whose interface v0 is joined with a peer's (counters.ts); the second kind needs what the BPF rungs need.
import { kernelTest } from '../helpers/kernel-test.ts';
import type { Namespace } from '../helpers/netns.ts';
import { requireFeature } from '../helpers/skip.ts';
import { connectPair } from './counters.ts';
import { bpfFeature, tcxFeature } from './features.ts';

export const joinedTest = kernelTest.extend<{ peer: Namespace }>({
  peer: async ({ namespace, openNamespace }, use) => {
    const peer = await openNamespace();
    await connectPair(namespace, peer);
    await use(peer);
  },
});

export const joinedBpfTest = kernelTest.extend<{ peer: Namespace }>({
  peer: async ({ namespace, openNamespace, task, skip }, use) => {
    await requireFeature({ task, skip }, bpfFeature);
    await requireFeature({ task, skip }, tcxFeature);
    const peer = await openNamespace();
    await connectPair(namespace, peer);
    await use(peer);
  },
});
