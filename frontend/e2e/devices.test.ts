// Devices that are chosen in the panel, unplugged in the call and plugged in again:
// the call goes on with another, says so, and takes the chosen one again.
import { afterEach, test } from 'vitest';
import { needs } from './lib/needs.js';
import { chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { callWith, OURS, THEIRS } from './lib/scene.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

test('a headset comes and goes in a call', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const { window, phone, ear } = await callWith(cleanup);
  await ear.hears(THEIRS);
  const unplug = await window.desktop.sound.plug('Headset');

  await window.press('Devices');
  await window.find({ name: 'Microphone level', role: 'level bar' });
  await window.find({ name: 'Headset', role: 'menu item' }); // it came while the panel is open
  await window.choose('Speaker', 'Headset');
  await ear.misses(THEIRS);
  await window.press('Close');

  await unplug();
  await window.says('“Headset” was disconnected');
  await ear.hears(THEIRS);
  await window.desktop.sound.plug('Headset');
  await window.says('“Headset” is connected again');
  await ear.misses(THEIRS);
  await phone.hears(OURS);
});
