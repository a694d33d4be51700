import { expect, test } from 'vitest';
import { stats } from '../gallery/madeup.ts';
import { quality, remember, type History } from './history.ts';
import type { Stats } from './stats.ts';

/** n seconds of a call, each changed by change. */
const seconds = (n: number, change: (s: Stats, i: number) => void = () => undefined): History => {
  let history: History = [];
  for (let i = 0; i < n; i++) {
    const s = structuredClone(stats);
    s.audio.in = { ...s.audio.in, packets: 50 * i, lost: 0 };
    s.video.in.freezes = 0;
    s.rtt_ms = 20;
    change(s, i);
    history = remember(history, s);
  }
  return history;
};

test('a minute is kept', () => {
  const history = seconds(200);
  expect(history).toHaveLength(60);
  expect(history.at(-1)?.audio.in.packets).toBe(199 * 50);
});

test('no word before there are figures', () => {
  expect(quality(seconds(5))).toBeUndefined();
  expect(quality(seconds(6))).toBe('good');
});

test.each([
  ['a long way', 'fair', (s: Stats) => void (s.rtt_ms = 301)],
  ['too long a way', 'poor', (s: Stats) => void (s.rtt_ms = 801)],
  ['some loss', 'fair', (s: Stats, i: number) => void (s.audio.in.lost = 2 * i)],
  ['much loss', 'poor', (s: Stats, i: number) => void (s.audio.in.lost = 6 * i)],
  ['a freeze', 'fair', (s: Stats, i: number) => void (s.video.in.freezes = i === 9 ? 1 : 0)],
  ['freezes', 'poor', (s: Stats, i: number) => void (s.video.in.freezes = i)],
  ['a freeze long ago', 'good', (s: Stats) => void (s.video.in.freezes = 1)],
  // The count begins anew with a new connection.
  ['counts that went back', 'good', (s: Stats, i: number) => void (s.audio.in.lost = 100 - i)],
])('%s is %s', (_, word, change) => {
  expect(quality(seconds(10, change))).toBe(word);
});
