// Tests that cannot run here say so, with what to do about it.
import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    note?: string; // why it was skipped: for `make test` to print
  }
}

/** Skips the test unless the program is there. */
export function needs(context: TestContext, path: string | undefined, name: string): void {
  if (path) return;
  context.task.meta.note = `there is no ${name} in /usr/bin`;
  context.skip(context.task.meta.note);
}
