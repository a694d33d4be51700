// The waiting room: who knocks is seen by name, sees and hears nothing, and is
// let in, or not.
import { afterEach, expect, test } from 'vitest';
import { Call, loopback, testDevices } from './lib/cli.js';
import { Desktop } from './lib/desktop.js';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { OURS, THEIRS } from './lib/scene.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());

test('a phone knocks at the window, and is let in', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const [desktop, phone] = await Promise.all([Desktop.start(cleanup), chromium(cleanup, THEIRS)]);
  desktop.sound.speak(OURS);
  const window = await desktop.open(['--camera', 'test', ...loopback]);
  await window.press('Create room');
  const link = await window.invite();
  await window.press('Waiting room.*', 'toggle button');
  const ear = desktop.sound.listen();
  await phone.join(link);

  await window.says('Somebody without a name');
  await phone.says(/Who are you\?/);
  await phone.page.paste('Your name', ' Ada\u202e Lovelace ');
  await phone.page.check?.(/^Show a picture of you/);
  await phone.press(/^Knock/);
  await phone.says(/You have knocked/);
  await window.find({ name: 'Ada Lovelace' });
  await window.find({ name: 'Picture of Ada Lovelace' });
  expect(await phone.page.picture()).toBeNull();
  await Promise.all([phone.misses(OURS), ear.misses(THEIRS)]);
  expect(await window.has({ name: 'Other person' })).toBe(false);

  await window.press('Let in');
  await Promise.all([phone.sees(), window.moves('Other person')]);
  await Promise.all([phone.hears(OURS), ear.hears(THEIRS)]);
});

test('a phone is not let in by a program, and the next one is', async (context) => {
  needs(context, chromiumPath, 'Chromium');
  const phone = await chromium(cleanup, THEIRS);
  const knock = async (answer: object): Promise<Call> => {
    const caller = new Call(cleanup, ['create', '--waiting-room', ...testDevices]);
    await phone.join((await caller.event('room')).invite);
    await phone.says(/Who are you\?/);
    await caller.event('knock', (e) => e.name === '');
    caller.program.stdin.write(`${JSON.stringify(answer)}\n`);
    return caller;
  };
  const first = await knock({ let_in: false });
  await phone.says(/did not let you in/, 5_000);
  expect((await first.event('end')).reason).toBe('declined');

  const second = await knock({ let_in: true });
  await phone.sees();
  await second.event('stats', (e) => e.video.in.frames > 15);
});
