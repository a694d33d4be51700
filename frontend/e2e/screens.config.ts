import { defineConfig } from 'vitest/config';

// What is seen on the screens of the gallery, with no call and no Go: `make test-screens`.
export const screens = ['a11y.test.ts', 'controls.test.ts', 'look.test.ts'];

export default defineConfig({
  root: import.meta.dirname,
  test: { include: screens, testTimeout: 400_000, hookTimeout: 60_000, maxWorkers: 2 },
});
