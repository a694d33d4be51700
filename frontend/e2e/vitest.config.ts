import { defineConfig } from 'vitest/config';
import { screens } from './screens.config.ts';

const demo = Boolean(process.env['PARLEY_DEMO']);
// These judge times, sound and pictures, or send files, which give way to them, and have the machine for themselves. In
// the others a call mostly waits, so two files run at once.
const alone = ['call', 'chat', 'cost', 'recording', 'restart', 'sync'].map(
  (name) => `${name}.test.ts`,
);

const common = { maxConcurrency: 2, testTimeout: 400_000, hookTimeout: 60_000 };

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
          env: { PARLEY_VIDEO_WIDTH: '640', PARLEY_VIDEO_HEIGHT: '360' }, // a quarter of the machine's time
          include: demo ? [] : ['*.test.ts'],
          exclude: [...alone, ...screens],
          maxWorkers: 2,
          sequence: { hooks: 'stack', groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'alone',
          include: demo ? ['demo.ts'] : alone,
          maxWorkers: 1,
          sequence: { hooks: 'stack', groupOrder: 2 },
        },
      },
    ],
  },
});
