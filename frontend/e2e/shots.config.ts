import { defineConfig } from 'vitest/config';

// `make shots`: what look.test.ts compares with is taken anew.
export default defineConfig({
  root: import.meta.dirname,
  test: { include: ['look.test.ts'], testNamePattern: 'looks as it did', testTimeout: 400_000 },
});
