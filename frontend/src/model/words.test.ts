import { expect, test } from 'vitest';
import { codes, idle, reasons, states } from './snapshot.ts';
import { outcome, words } from './words.ts';

test('every failure and every end has a sentence of its own, and says what to do next', () => {
  const all = [...codes.map((c) => words.code[c]), ...reasons.map((r) => words.reason[r])];
  for (const { what, next } of all) {
    expect(what).toMatch(/^[A-Z].*\.$/);
    expect(next).toMatch(/^[A-Z].*\.$/);
    expect(`${what} ${next}`).not.toMatch(/\b(ICE|SDP|signaling|peer|NAT|error|exception)\b/i);
  }
  expect(new Set(all.map((s) => s.what)).size).toBe(all.length);
  expect(new Set(states.map((s) => words.state[s])).size).toBe(states.length);
});

test('the three troubles of a camera are told apart', () => {
  const { no_camera, camera_busy, camera_refused } = words.code;
  expect(new Set([no_camera.next, camera_busy.next, camera_refused.next]).size).toBe(3);
});

test('home tells how the last call went', () => {
  expect(outcome(idle)).toBeUndefined();
  expect(outcome({ ...idle, state: 'connected' })).toBeUndefined();
  expect(outcome({ ...idle, state: 'ended', reason: 'other_lost' })).toBe(words.reason.other_lost);
  expect(outcome({ ...idle, state: 'failed', failure: { code: 'room_full', message: '' } })).toBe(
    words.code.room_full,
  );
  expect(outcome({ ...idle, state: 'failed' })).toBe(words.code.internal);
});
