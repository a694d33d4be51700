// Two `parley call`s.
import { afterEach, expect, test } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

test('H.264 where the caller prefers it', async () => {
  const caller = new Call(cleanup, ['create', ...testDevices, '--codec', 'h264']);
  const { invite } = await caller.event('room');
  const callee = new Call(cleanup, ['join', invite, ...testDevices, '--codec', 'h264']);
  await caller.event('stats', (e) => e.video.in.frames > 30);
  await callee.event('stats', (e) => e.video.in.frames > 30);
  callee.hangUp();
  expect(await caller.ended(1_000)).toBe('other_hung_up');
});

test('H.264 with a phone, both ways', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const caller = new Call(cleanup, ['create', ...testDevices, '--codec', 'h264']);
  const { invite } = await caller.event('room');
  const phone = await chromium(cleanup, 1_100);
  await phone.join(invite);
  await phone.sees();
  const { video } = await caller.event('stats', (e) => e.video.in.frames > 30);
  expect([video.in.codec, video.out.codec]).toEqual(['h264', 'h264']);
});

// The caller is also the room server: with it goes the callee's way to the room.
test.each(['caller', 'callee'])('the %s is killed', async (victim) => {
  const caller = new Call(cleanup, ['create', ...testDevices]);
  const { invite } = await caller.event('room');
  const callee = new Call(cleanup, ['join', invite, ...testDevices]);
  const [killed, left] = victim === 'caller' ? [caller, callee] : [callee, caller];
  await left.event('stats', (e) => e.video.in.frames > 10);
  killed.program.signal('SIGKILL');
  expect((await left.event('end', undefined, 6_000)).reason).toBe('other_lost');
  expect(await left.program.exited).toBe(5);
});
