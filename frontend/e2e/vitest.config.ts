import { defineConfig } from 'vitest/config';

// One file at a time: two calls at once on two cores would measure each other.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: [process.env['PARLEY_DEMO'] ? 'demo.ts' : '*.test.ts'],
    fileParallelism: false,
    sequence: { hooks: 'stack' },
    testTimeout: 180_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
