import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Hiding, patience } from './hiding.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function hiding() {
  const watched = { held: vi.fn(() => false), show: vi.fn<(shown: boolean) => void>() };
  return { watched, told: watched.show.mock.calls, hiding: new Hiding(watched) };
}

test('it goes after a while without a sign, and comes back with the next', () => {
  const { hiding: h, told } = hiding();
  vi.advanceTimersByTime(patience - 1);
  expect(told).toEqual([]);
  h.wake();
  vi.advanceTimersByTime(patience - 1);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([[false]]);
  vi.advanceTimersByTime(10 * patience);
  h.wake();
  h.wake();
  expect(told).toEqual([[false], [true]]);
  vi.advanceTimersByTime(patience);
  expect(told).toEqual([[false], [true], [false]]);
});

test('what holds it keeps it, and brings it back', () => {
  const { hiding: h, watched, told } = hiding();
  watched.held.mockReturnValue(true);
  vi.advanceTimersByTime(10 * patience);
  h.hide();
  expect(told).toEqual([]);
  watched.held.mockReturnValue(false);
  vi.advanceTimersByTime(patience);
  expect(told).toEqual([[false]]);
  h.look();
  expect(h.shown).toBe(false);
  watched.held.mockReturnValue(true);
  h.look();
  expect(h.shown).toBe(true);
});

test('it goes at once when it is put away, and once only', () => {
  const { hiding: h, told } = hiding();
  h.hide();
  h.hide();
  vi.advanceTimersByTime(10 * patience);
  expect(told).toEqual([[false]]);
});

test('where a call ends it is there, and no timer is left', () => {
  const { hiding: h, told } = hiding();
  h.hide();
  h.close();
  h.close();
  expect(told).toEqual([[false], [true]]);
  expect(vi.getTimerCount()).toBe(0);
  const other = hiding();
  other.hiding.close();
  expect(vi.getTimerCount()).toBe(0);
});
