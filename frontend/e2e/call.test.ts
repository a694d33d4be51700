// The real window and a phone's browser, by invite link: each sees and hears
// the other, and notices what the other does.
import { afterEach, beforeEach, describe, test } from 'vitest';
import { refuse } from './lib/inpage.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath, firefox, firefoxPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { callWith, OURS, THEIRS } from './lib/scene.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

describe.each([
  ['Chromium', chromium, chromiumPath],
  ['Firefox', firefox, firefoxPath],
])('the window and %s', (name, browser, path) => {
  beforeEach((context) => needs(context, path, name));

  test('see and hear each other, mute, hide and hang up', async () => {
    const { window, phone, ear } = await callWith(cleanup, browser);
    await Promise.all([phone.sees(), phone.hears(OURS), ear.hears(THEIRS)]);
    await Promise.all([window.moves('Other person'), window.moves('You')]);

    await window.press('Mute microphone');
    await Promise.all([phone.misses(OURS), phone.says(/Muted/)]);
    await window.press('Unmute microphone');
    await phone.hears(OURS);

    await phone.press(/^Mute microphone/);
    await Promise.all([ear.misses(THEIRS), window.says('Muted')]);
    await phone.press(/^Unmute microphone/);
    await ear.hears(THEIRS);

    await window.press('Turn camera off');
    await Promise.all([phone.seesNothing(), phone.says(/Camera is off/)]);
    await window.press('Turn camera on');
    await phone.sees();

    await phone.press(/^Turn camera off/);
    await Promise.all([window.says('Camera is off'), window.stands('Other person')]);
    await phone.press(/^Turn camera on/);
    await window.moves('Other person');

    await window.press('Hang up');
    await phone.says(/The other person hung up/, 1_000);
    await Promise.all([phone.releases(), window.releases()]);
    await window.find({ name: 'Create room' });
  });

  test('the phone hangs up', async () => {
    const { window, phone } = await callWith(cleanup, browser);
    await phone.sees();
    await phone.press(/^Hang up/);
    await window.says('The other person hung up.', 1_000);
    await Promise.all([phone.releases(), window.releases()]);
    await phone.says(/You hung up/);
    await window.find({ name: 'Create room' });
  });

  test('the phone closes its tab', async () => {
    const { window, phone } = await callWith(cleanup, browser);
    await phone.sees();
    await phone.closeTab();
    await window.says('The other person hung up.', 1_000);
    await window.releases();
  });
});

describe('the window and Chromium', () => {
  beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

  test('one call after another, without a second press of anything', async () => {
    const { window, phone } = await callWith(cleanup);
    await window.moves('Other person');
    await window.press('Hang up');
    await phone.says(/The other person hung up/);
    await window.press('Create room');
    await phone.join(await window.invite());
    await Promise.all([phone.sees(), window.moves('Other person'), phone.hears(OURS)]);
  });

  test('a phone that may use neither camera nor microphone sees and hears all the same', async () => {
    const { window, phone, ear } = await callWith(cleanup, (c, hz) =>
      chromium(c, hz, { before: refuse }),
    );
    await phone.says(/not allowed to use the camera/);
    await phone.says(/not allowed to use the microphone/);
    await Promise.all([phone.sees(), phone.hears(OURS), window.says('Camera is off')]);
    await ear.misses(THEIRS);
    await phone.press(/^Hang up/);
    await window.says('The other person hung up.', 1_000);
  });
});
