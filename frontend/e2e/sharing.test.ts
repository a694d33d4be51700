// A window and a screen of the desktop on the phone, and a screen of the phone's
// browser in the window, in one call that goes on meanwhile.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Screen } from './lib/inpage.js';
import { needs } from './lib/needs.js';
import { chromiumPath, type Phone } from './lib/phone.js';
import { Cleanup, Program, run, until } from './lib/process.js';
import { callWith, OURS } from './lib/scene.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.close());
beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

/** Waits for a screen on the phone that is as it should be. */
async function sees(phone: Phone, what: string, right: (s: Screen | null) => boolean) {
  let last: Screen | null = null;
  await until(`the phone seeing ${what}`, async () => {
    last = await phone.page.screen();
    return right(last) || undefined;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(last)}`, { cause: error });
  });
}

test('a window, a screen, and the phone’s screen', async () => {
  const { window, phone } = await callWith(cleanup);
  const { env } = window.desktop;
  const agreed = await phone.page.generation();
  await window.press('Share screen');
  await window.find({ name: 'Screen 1.*' });
  const red = new Program(
    'xmessage',
    [
      '-title',
      'Red',
      '-bg',
      '#e01010',
      '-fg',
      '#e01010',
      '-bd',
      '#e01010',
      '-buttons',
      '',
      ''.padEnd(60, 'x'),
    ],
    cleanup,
    { env },
  );
  await run('xdotool', ['search', '--sync', '--onlyvisible', '--name', '^Red$'], { env });

  await window.press('Red.*'); // it came while there was to choose
  await sees(phone, 'the red window', (s) => {
    const [red = 0, green = 0, blue = 0] = s?.colour ?? [];
    return red > 180 && green < 60 && blue < 60;
  });
  await window.says('Sharing your screen');
  await window.press('Stop');
  await sees(phone, 'no screen', (s) => s === null);

  await window.press('Share screen');
  await window.find({ name: 'Red.*' });
  await red.stop();
  await until('the red window going', async () =>
    (await window.has({ name: 'Red.*' })) ? undefined : true,
  );
  await window.press('Screen 1.*');
  await sees(phone, 'the whole screen', (s) => s?.width === 1280 && s.height === 800);
  await window.press('Stop sharing');
  await sees(phone, 'no screen', (s) => s === null);

  await phone.press(/^Share screen/);
  await window.moves('The other person’s screen');
  await phone.says(/Sharing your screen/);
  await phone.press(/^Stop sharing/);
  await until('the window showing no screen', async () =>
    (await window.has({ name: 'The other person’s screen' })) ? undefined : true,
  );

  await Promise.all([phone.hears(OURS), phone.sees(), window.moves('Other person')]);
  expect(await phone.page.generation()).toBe(agreed); // nothing was negotiated anew
});
