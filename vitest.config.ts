// Three kinds of tests: unit (beside the source, parallel), kernel (real network namespaces, two at a time), lab (a full kernel, once).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['tests/helpers/compile-engine.mjs'],
    environment: 'node',
    // A suite that is empty by mistake must not pass: scripts/test.mjs counts what ran.
    passWithNoTests: true,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'kernel',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/lab/**'],
          pool: 'forks',
          maxWorkers: 2,
          // Several times what an idle machine needs: a busy one must not fail.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['tests/lab/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
