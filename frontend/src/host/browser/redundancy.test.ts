import { expect, test } from 'vitest';
import { Redundancy } from './redundancy.ts';
import type { Report } from './stats.ts';

/** What comes of a second's reports, one after the other: the loss, and the room in bit/s. */
function course(seconds: [loss: number, room: number][], every = 1): boolean[] {
  const redundancy = new Redundancy();
  return seconds.map(([fractionLost, availableOutgoingBitrate], n) => {
    const timestamp = 1_700_000_000_000 + n * 1000;
    const reported = 1_700_000_000_000 + Math.floor(n / every) * every * 1000;
    const report: Report = new Map([
      ['t', { type: 'transport', timestamp, selectedCandidatePairId: 'p' }],
      ['p', { type: 'candidate-pair', timestamp, availableOutgoingBitrate }],
      ['before a restart', { type: 'candidate-pair', timestamp }],
      ['v', { type: 'remote-inbound-rtp', kind: 'video', timestamp, fractionLost: 0.5 }],
      ['a', { type: 'remote-inbound-rtp', kind: 'audio', timestamp: reported, fractionLost }],
    ]);
    return redundancy.pays(report);
  });
}

const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

test('it begins with the loss and ends after it', () => {
  const on = course([...times(5, [0, 1e6]), ...times(10, [0.05, 1e6]), ...times(20, [0, 1e6])] as [
    number,
    number,
  ][]);
  expect(on.slice(0, 5)).not.toContain(true);
  expect(on[6]).toBe(true);
  expect(on[20]).toBe(true);
  expect(on.at(-1)).toBe(false);
  expect(on.filter((is, n) => is !== on[n - 1])).toHaveLength(3); // the first, on and off
});

test('the odd lost packet is none', () => {
  expect(course(times(40, 0).map((_, n) => [n % 10 === 0 ? 0.02 : 0, 1e6]))).not.toContain(true);
});

test('a report counts once, however often it is looked at', () => {
  const on = course(
    [...times(4, [0, 1e6]), [0.04, 1e6], ...times(4, [0.04, 1e6])] as [number, number][],
    20,
  );
  expect(on).not.toContain(true);
});

test('a narrow way has no room for it', () => {
  expect(course(times(10, [0.1, 100_000]))).not.toContain(true);
  expect(
    course([...times(5, [0.1, 200_000]), [0.1, 140_000], [0.1, 110_000], [0.1, 140_000]] as [
      number,
      number,
    ][]).slice(-3),
  ).toEqual([true, false, false]);
});
