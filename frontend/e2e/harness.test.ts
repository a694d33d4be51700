// The tests' own instruments, measured before they measure anything else.
import { afterEach, expect, test } from 'vitest';
import { contrast } from './lib/motion.js';
import { Cleanup } from './lib/process.js';
import { share, Sound, tone } from './lib/sound.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

test('Goertzel tells one tone from another', () => {
  const samples = tone(700, 0, 4_800);
  expect(share(samples, 700)).toBeGreaterThan(0.95);
  expect(share(samples, 1_100)).toBeLessThan(0.01);
});

test('a plain colour has no contrast', () => {
  expect(contrast(Uint8Array.from([10, 200, 30, 10, 200, 30]))).toBeLessThan(1);
  expect(contrast(Uint8Array.from([10, 200, 30, 90, 120, 70]))).toBeGreaterThan(20);
});

test('the microphone of the tests carries a tone, and the speaker is silent', async () => {
  const sound = await Sound.start(cleanup);
  const [speaker, microphone] = [sound.listen(), sound.listen('mic')];
  await Promise.all([speaker.misses(700), microphone.misses(700)]);
  sound.speak(700);
  await microphone.hears(700);
  await speaker.misses(700);
});
