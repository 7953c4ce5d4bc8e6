// A vitest test on the real kernel: its network namespaces are fresh and removed afterwards, whatever happens.
import { test } from 'vitest';
import { openNamespace, type Namespace } from './netns.ts';

/** A vitest test whose `namespace` is fresh and removed afterwards, whatever happens; `openNamespace` opens further ones like it. */
export const kernelTest = test.extend<{ openNamespace: () => Promise<Namespace>; namespace: Namespace }>({
  openNamespace: async ({}, use) => {
    const opened: Namespace[] = [];
    await use(async () => {
      const namespace = await openNamespace();
      opened.push(namespace);
      return namespace;
    });
    await Promise.all(opened.map((namespace) => namespace.remove()));
  },
  namespace: async ({ openNamespace: open }, use) => {
    await use(await open());
  },
});
