import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { screens } from './screens.config.ts';

const demo = Boolean(process.env['PARLEY_DEMO']);
// These judge times, sound and pictures, or send files, which give way to them, and have the machine for themselves. In
// the others a call mostly waits, so two files run at once.
const alone = ['call', 'chat', 'cost', 'recording', 'restart', 'sync'].map(
  (name) => `${name}.test.ts`,
);

// What waits longest begins first, so that none of it is left over at the end.
const longest = [
  ...['oldclients', 'vanish', 'outage', 'codes', 'faults', 'firestore', 'floating', 'rooms'],
  ...['devices', 'sharing', 'refusals', 'tray', 'trust'],
];

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.indexOf(basename(moduleId, '.test.ts'));
      return place < 0 ? longest.length : place;
    };
    return Promise.resolve(files.toSorted((a, b) => rank(a) - rank(b)));
  }
}

// A file leaves nothing behind in its process, and what all of them import is read once.
const common = { isolate: false, maxConcurrency: 2, testTimeout: 400_000, hookTimeout: 60_000 };

export default defineConfig({
  root: import.meta.dirname,
  test: {
    globalSetup: 'lib/oneemulator.ts',
    sequence: { sequencer: LongestFirst },
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          ...common,
          name: 'side by side',
          // Few small pictures, for which phones have a camera as well (lib/chromium.ts).
          env: {
            PARLEY_VIDEO_WIDTH: '640',
            PARLEY_VIDEO_HEIGHT: '360',
            PARLEY_VIDEO_FRAME_RATE: '15',
          },
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
