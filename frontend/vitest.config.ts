import { defineConfig } from 'vitest/config';

// Tests run in Node; one that needs a document says so in its first line:
// @vitest-environment happy-dom
export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    // These need a server, which `go test ./backend/signaling/lan` starts.
    exclude: process.env['PARLEY_TEST_SERVER'] ? [] : ['src/**/*.server.test.ts'],
    environment: 'node',
    restoreMocks: true,
    testTimeout: 20_000,
  },
});
