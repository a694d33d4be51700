// A figure of time means something only where the processor has time to spare.
import { cpus } from 'node:os';
import type { TestContext } from 'vitest';

/** How much of the processor is in use from now on, 0 to 1, when asked. What is
 * nice gives way, and does not count. */
export function load(): () => number {
  const times = (): [number, number] =>
    cpus().reduce<[number, number]>(
      ([all, idle], { times: t }) => [
        all + t.user + t.nice + t.sys + t.irq + t.idle,
        idle + t.idle + t.nice,
      ],
      [0, 0],
    );
  const [all, idle] = times();
  return () => {
    const [nowAll, nowIdle] = times();
    return 1 - (nowIdle - idle) / Math.max(nowAll - all, 1);
  };
}

/** From here on the processor has no time to spare. */
export const BUSY = 0.9;

/** Ends a test without a verdict where the processor had no time. */
export function notJudged(context: TestContext, busy: number): void {
  if (busy < BUSY) return;
  context.task.meta.note = `not judged: the machine was ${Math.round(busy * 100)} % busy`;
  context.skip(context.task.meta.note);
}
