// One side of a call is gone without a word: said within seconds, and after half
// a minute the user is asked. Two tests at a time, for they wait most of all.
import { beforeEach, describe, test } from 'vitest';
import { needs } from './lib/needs.js';
import { chromium, chromiumPath, type Phone } from './lib/phone.js';
import { cleanupOf, type Cleanup } from './lib/process.js';
import { callWith } from './lib/scene.js';

beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

const mortal = (cleanup: Cleanup, hz: number): Promise<Phone> =>
  chromium(cleanup, hz, { mortal: true });

describe.concurrent('the window and Chromium', () => {
  test('the phone freezes for a moment, and vanishes', async (context) => {
    const { window, phone } = await callWith(cleanupOf(context), mortal);
    await window.moves('Other person');
    // The last picture stays beneath the words, whose dots move.
    const words = '.*Reconnecting.*';
    phone.freeze();
    await window.find({ name: words }, 6_000);
    phone.thaw();
    const back = (): Promise<void> =>
      context.expect.poll(() => window.has({ name: words }), { timeout: 60_000 }).toBe(false);
    await back();
    await window.moves('Other person');
    await phone.sees();

    phone.freeze();
    await window.says('(Connection|was) lost', 6_000);
    // It may have walked out of the door: the user decides.
    await window.says('The other person is still away', 60_000);
    phone.thaw();
    await back();
    await window.moves('Other person');
    await phone.sees();
    context.expect(await window.has({ name: 'Keep trying', role: 'push button' })).toBe(false);
  });

  test('the phone is killed', async (context) => {
    const { window, phone } = await callWith(cleanupOf(context), mortal);
    await phone.sees();
    phone.kill();
    await window.says('(Connection|was) lost', 6_000);
    await window.says('The connection to the other person was lost', 60_000);
    await window.releases();
  });

  test.for(['SIGSTOP', 'SIGKILL'] as const)('the window gets %s', async (signal, context) => {
    const { window, phone } = await callWith(cleanupOf(context));
    await phone.sees();
    window.program.signal(signal);
    await phone.says(/(Connection|was) lost/, 6_000);
    if (signal === 'SIGSTOP') await phone.says(/The other person is still away/, 60_000);
    await phone.press(/^Hang up/);
    await phone.says(/You hung up/);
    await phone.releases();
  });
});
