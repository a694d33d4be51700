// `make demo`: the window and a phone in a call, then two calls in the terminal
// of which one records. Pictures and the recording stay in a folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Call, loopback } from './lib/cli.js';
import { Desktop } from './lib/desktop.js';
import { chromium } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { toneWav } from './lib/sound.js';
import { clip, probe } from './lib/video.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

test('demo', async () => {
  const now = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-');
  const folder = join(import.meta.dirname, '../../demo', now);
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const inputs = cleanup.folder();
  const camera = join(inputs, 'camera.y4m');
  const microphone = join(inputs, 'microphone.wav');
  await clip(camera, { width: 1280, height: 720, seconds: 5 });
  writeFileSync(microphone, toneWav(700, 5));

  const [desktop, phone] = await Promise.all([Desktop.start(cleanup), chromium(cleanup, 1_100)]);
  const window = await desktop.open(['--camera', camera, '--microphone', microphone, ...loopback]);
  await window.paints('Create room');
  await window.screenshot(at('1-window-home.png'));
  await window.press('Create room');
  const link = await window.invite();
  await window.paints('QR code of the invite link');
  await window.screenshot(at('2-window-invite.png'));
  await phone.page.open(link);
  await phone.page.screenshot(`${folder}/3-phone-invited.png`);
  await phone.press(/^Join/);
  await Promise.all([phone.sees(), window.moves('Other person'), phone.hears(700)]);
  await window.screenshot(at('4-window-call.png'));
  await phone.page.screenshot(`${folder}/5-phone-call.png`);
  await phone.press(/^Hang up/);
  await window.paints('Create room');
  await window.screenshot(at('6-window-after.png'));

  const devices = ['--camera', camera, '--microphone', microphone, '--speaker', 'none'];
  const caller = new Call(cleanup, [
    'create',
    ...devices,
    '--record',
    at('call.webm'),
    '--for',
    '10s',
  ]);
  const { invite } = await caller.event('room');
  const callee = new Call(cleanup, ['join', invite, ...devices]);
  await Promise.all([caller.program.exited, callee.program.exited]);
  const { seconds, streams } = await probe(at('call.webm'));
  expect(streams.map((s) => s['codec_type'])).toEqual(['video', 'audio']);
  console.log(`Screenshots, and ${seconds} s of recording, are in ${folder}`);
});
