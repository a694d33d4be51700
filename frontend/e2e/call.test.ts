// The real window and a phone's browser, by invite link: each sees and hears
// the other, and notices what the other does.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Call, loopback, testDevices } from './lib/cli.js';
import { Desktop, type Window } from './lib/desktop.js';
import { refuse } from './lib/inpage.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath, firefox, firefoxPath, type Phone } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import type { Ear } from './lib/sound.js';

const OURS = 700; // Hz, the tone that the desktop's microphone hears
const THEIRS = 1_100; // Hz, the phone's

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

type Scene = { window: Window; phone: Phone; ear: Ear; link: string };

/** The window in a call with a phone. */
async function callWith(browser: typeof chromium): Promise<Scene> {
  const [desktop, phone] = await Promise.all([Desktop.start(cleanup), browser(cleanup, THEIRS)]);
  desktop.sound.speak(OURS);
  const window = await desktop.open(['--camera', 'test', ...loopback]);
  await window.press('Create room');
  const link = await window.invite();
  await phone.join(link);
  await Promise.all([window.says('Connected'), phone.says(/Connected/)]);
  return { window, phone, ear: desktop.sound.listen(), link };
}

describe.each([
  ['Chromium', chromium, chromiumPath],
  ['Firefox', firefox, firefoxPath],
])('the window and %s', (name, browser, path) => {
  beforeEach((context) => needs(context, path, name));

  test('see and hear each other, mute, hide and hang up', async () => {
    const { window, phone, ear } = await callWith(browser);
    await phone.sees();
    await phone.hears(OURS);
    await window.moves('Other person');
    await window.moves('You');
    await ear.hears(THEIRS);

    await window.press('Mute microphone');
    await phone.misses(OURS);
    await phone.says(/Muted/);
    await window.press('Unmute microphone');
    await phone.hears(OURS);

    await phone.press(/^Mute microphone/);
    await ear.misses(THEIRS);
    await window.says('Muted');
    await phone.press(/^Unmute microphone/);
    await ear.hears(THEIRS);

    await window.press('Turn camera off');
    await phone.seesNothing();
    await phone.says(/Camera is off/);
    await window.press('Turn camera on');
    await phone.sees();

    await phone.press(/^Turn camera off/);
    await window.says('Camera is off');
    await window.stands('Other person');
    await phone.press(/^Turn camera on/);
    await window.moves('Other person');

    await window.press('Hang up');
    await phone.says(/The other person hung up/, 1_000);
    await Promise.all([phone.releases(), window.releases()]);
    await window.find({ name: 'Create room' });
  });

  test('the phone hangs up', async () => {
    const { window, phone } = await callWith(browser);
    await phone.sees();
    await phone.press(/^Hang up/);
    await window.says('The other person hung up.', 1_000);
    await Promise.all([phone.releases(), window.releases()]);
    await phone.says(/You hung up/);
    await window.find({ name: 'Create room' });
  });

  test('the phone closes its tab', async () => {
    const { window, phone } = await callWith(browser);
    await phone.sees();
    await phone.closeTab();
    await window.says('The other person hung up.', 1_000);
    await window.releases();
  });
});

describe('the window and Chromium', () => {
  beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

  test('the phone freezes for a moment, and vanishes', async () => {
    const { window, phone } = await callWith(chromium);
    await window.moves('Other person');
    phone.freeze();
    await window.stands('Other person');
    phone.thaw();
    await window.moves('Other person');
    await phone.sees();

    phone.freeze();
    await window.says('(Connection|was) lost', 6_000);
    // It may have walked out of the door: the user decides.
    await window.says('The other person is still away', 60_000);
    phone.thaw();
    await window.moves('Other person', 30_000);
    await phone.sees();
    expect(await window.has({ name: 'Keep trying', role: 'push button' })).toBe(false);
  });

  test('the phone is killed', async () => {
    const { window, phone } = await callWith(chromium);
    await phone.sees();
    phone.kill();
    await window.says('(Connection|was) lost', 6_000);
    await window.says('The connection to the other person was lost', 60_000);
    await window.releases();
  });

  test.each(['SIGSTOP', 'SIGKILL'] as const)('the window gets %s', async (signal) => {
    const { window, phone } = await callWith(chromium);
    await phone.sees();
    window.program.signal(signal);
    await phone.says(/(Connection|was) lost/, 6_000);
    if (signal === 'SIGSTOP') await phone.says(/The other person is still away/, 60_000);
    await phone.press(/^Hang up/);
    await phone.says(/You hung up/);
    await phone.releases();
  });

  test('a third is told that the room is full, and the call goes on', async () => {
    const { window, phone, link } = await callWith(chromium);
    const third = new Call(cleanup, ['join', link, ...testDevices]);
    expect((await third.event('error')).code).toBe('room_full');
    await third.event('end');
    expect(await third.program.exited).toBe(4);
    const other = await chromium(cleanup, 900);
    await other.join(link);
    await other.says(/Two people are in this room already/);
    await other.releases();
    await phone.sees();
    await window.moves('Other person');
  });

  test('one call after another, without a second press of anything', async () => {
    const { window, phone } = await callWith(chromium);
    await window.moves('Other person');
    await window.press('Hang up');
    await phone.says(/The other person hung up/);
    await window.press('Create room');
    await phone.join(await window.invite());
    await Promise.all([phone.sees(), window.moves('Other person')]);
    await phone.hears(OURS);
  });

  test('a phone that may use neither camera nor microphone sees and hears all the same', async () => {
    const { window, phone, ear } = await callWith((c, hz) => chromium(c, hz, refuse));
    await phone.says(/not allowed to use the camera/);
    await phone.says(/not allowed to use the microphone/);
    await phone.sees();
    await phone.hears(OURS);
    await window.says('Camera is off');
    await ear.misses(THEIRS);
    await phone.press(/^Hang up/);
    await window.says('The other person hung up.', 1_000);
  });

  test('a window that is started with an invite link joins', async () => {
    const caller = new Call(cleanup, ['create', ...testDevices]);
    const { invite } = await caller.event('room');
    const desktop = await Desktop.start(cleanup);
    const window = await desktop.open(['--camera', 'test', ...loopback, invite]);
    await window.says('Connected');
    await window.moves('Other person');
    await window.program.stop();
    expect((await caller.event('end', undefined, 1_000)).reason).toBe('other_hung_up');
  });
});
