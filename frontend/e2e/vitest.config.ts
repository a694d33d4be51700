import { defineConfig } from 'vitest/config';

const demo = Boolean(process.env['PARLEY_DEMO']);
// These measure: another call beside them would be measured with them.
const alone = ['sync.test.ts', 'cost.test.ts', 'recording.test.ts'];

const common = { testTimeout: 180_000, hookTimeout: 60_000, maxConcurrency: 2 };
const sequence = { hooks: 'stack' } as const;

// For most of its time a call waits: two files run side by side on two cores.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    globalSetup: 'lib/oneemulator.ts',
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          ...common,
          name: 'side by side',
          include: [demo ? 'demo.ts' : '*.test.ts'],
          exclude: alone,
          maxWorkers: 1,
          sequence: { ...sequence, groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'alone',
          include: demo ? [] : alone,
          maxWorkers: 1,
          sequence: { ...sequence, groupOrder: 1 },
        },
      },
    ],
  },
});
