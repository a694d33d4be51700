// Devices that are chosen in the panel, unplugged in the call and plugged in again:
// the call goes on with another, says so, and takes the chosen one again.
import { afterEach, test } from 'vitest';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { callWith, OURS, THEIRS } from './lib/scene.js';
import { Sound } from './lib/sound.js';

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

// Sound devices that are real to Chromium: what made-up ones cannot show.
test('a headset of the phone comes and goes in a call', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const sound = await Sound.start(cleanup);
  const phoneWith = (c: Cleanup, hz: number) => chromium(c, hz, { sound });
  const { window, phone, ear } = await callWith(cleanup, phoneWith);
  await phone.says(/No camera was found/);
  await ear.hears(THEIRS);
  const unplug = await sound.plug('Headset');

  await phone.press(/^Devices/);
  await phone.page.choose?.('Microphone', 'Headset');
  await ear.misses(THEIRS); // nobody speaks into it
  await phone.press(/^Close/);

  await unplug();
  await phone.says(/“Headset” was disconnected/);
  await ear.hears(THEIRS);
  await sound.plug('Headset');
  await phone.says(/“Headset” is connected again/);
  await ear.misses(THEIRS);
  await window.says('Connected');
});
