// Two `parley call`s, from files, one of them recording.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Call, testDevices } from './lib/cli.js';
import { Cleanup, run } from './lib/process.js';
import { toneWav } from './lib/sound.js';
import { clip, probe } from './lib/video.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

test('two calls from files; the recording has the right length, size and both tracks', async () => {
  const dir = cleanup.folder();
  const [y4m, wav, webm] = ['c.y4m', 'm.wav', 'r.webm'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  await clip(y4m, { width: 640, height: 360, seconds: 4 });
  writeFileSync(wav, toneWav(700, 4));
  const caller = new Call(cleanup, ['create', ...testDevices, '--record', webm, '--for', '8s']);
  const { invite } = await caller.event('room');
  const callee = new Call(cleanup, [
    ...['join', invite, '--camera', y4m, '--microphone', wav, '--speaker', 'none'],
  ]);
  await Promise.all([caller.state('connected'), callee.state('connected')]);
  const stats = await caller.event('stats', (e) => e.video.in.frames > 90);
  expect(stats.video.in).toMatchObject({ width: 640, height: 360 });
  expect(stats.video.in.fps).toBeGreaterThan(20);
  expect(stats.audio.in.packets).toBeGreaterThan(50);
  expect(stats.audio.in.level).toBeGreaterThan(-40);
  expect(stats.path).toBe('direct');
  expect((await caller.event('end')).reason).toBe('hung_up');
  expect(await callee.ended(1_000)).toBe('other_hung_up');
  expect(await Promise.all([caller.program.exited, callee.program.exited])).toEqual([0, 0]);

  const { seconds, streams } = await probe(webm);
  expect(seconds).toBeGreaterThan(7);
  expect(seconds).toBeLessThan(9.5);
  expect(streams).toEqual([
    { codec_name: 'vp8', codec_type: 'video', width: 640, height: 360 },
    { codec_name: 'opus', codec_type: 'audio' },
  ]);
  // Every frame decodes.
  await run('ffmpeg', ['-v', 'error', '-xerror', '-i', webm, '-f', 'null', '-']);
});
