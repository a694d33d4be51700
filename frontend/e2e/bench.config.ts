import { defineConfig } from 'vitest/config';

// `make bench-signaling`: what is no test, and the test that counts documents.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['bench.ts', 'cost.test.ts'],
    globalSetup: 'lib/oneemulator.ts',
    fileParallelism: false,
    sequence: { hooks: 'stack' },
    testTimeout: 180_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
