import { defineConfig } from 'vitest/config';

// One file at a time: two calls at once on two cores would measure each other.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: [process.env['PARLEY_DEMO'] ? 'demo.ts' : '*.test.ts'],
    globalSetup: 'lib/oneemulator.ts',
    fileParallelism: false,
    maxConcurrency: 2,
    sequence: { hooks: 'stack' },
    testTimeout: 400_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
