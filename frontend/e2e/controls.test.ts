// The controls of a call hide while nobody moves, and come back: for a pointer, for
// fingers, for the keyboard, and for who hears the page.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { patience } from '../src/ui/panels/hiding.ts';
import { Gallery } from './lib/gallery.js';
import { needs } from './lib/needs.js';
import { chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';
import { drawn } from './lib/shifts.js';

const cleanup = new Cleanup();
let gallery: Gallery;
beforeAll(async () => {
  if (chromiumPath) gallery = await Gallery.open(cleanup);
});
afterAll(() => cleanup.close());
beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

/** A call of the gallery, in which the page's own time can be let pass. */
async function call(screen: string, options: BrowserContextOptions = {}): Promise<Page> {
  // Without motion what goes is gone at once.
  const motionless = { reducedMotion: 'reduce', ...options } as const;
  const context = await gallery.page.context().browser()!.newContext(motionless);
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${gallery.page.url().replace(/\?.*/, '')}?screen=${screen}`);
  await page.waitForSelector('body[data-ready] .bar');
  return page;
}

const opacity = (page: Page) => page.$eval('.room > .bar', (bar) => getComputedStyle(bar).opacity);
const seen = (page: Page) => expect.poll(() => opacity(page)).toBe('1');
const gone = (page: Page) => expect.poll(() => opacity(page)).toBe('0');
const mute = (page: Page) => page.getByRole('button', { name: /^Mute/ });
const unmute = (page: Page) => page.getByRole('button', { name: /^Unmute/ });

test('a pointer brings them back, and one that rests on them keeps them', async () => {
  const page = await call('connected');
  await page.clock.runFor(patience);
  await gone(page);
  await page.mouse.move(200, 300);
  await page.mouse.move(220, 310);
  await seen(page);
  await page.clock.runFor(patience);
  await gone(page);
  const { x, y } = (await mute(page).boundingBox())!;
  await page.mouse.move(x + 5, y + 5);
  await seen(page);
  await page.clock.runFor(10 * patience);
  expect(await opacity(page)).toBe('1');
});

test('what has the focus of the keyboard is never hidden', async () => {
  const page = await call('connected');
  await page.clock.runFor(patience);
  await gone(page);
  for (;;) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.localName)).toBe('button');
    if (await mute(page).evaluate((button) => button === document.activeElement)) break;
  }
  await seen(page);
  await page.clock.runFor(10 * patience);
  expect(await opacity(page)).toBe('1');
  await page.keyboard.press('Enter');
  await unmute(page).waitFor();
  // With a click elsewhere the focus leaves them.
  await page.mouse.click(200, 300);
  await page.clock.runFor(patience);
  await gone(page);
});

test('a finger puts them away and brings them back, and presses nothing that was not seen', async () => {
  const page = await call('phone-call', {
    viewport: { width: 412, height: 915 },
    hasTouch: true,
    isMobile: true,
  });
  await page.clock.runFor(patience);
  await gone(page);
  const { x, y } = (await mute(page).boundingBox())!;
  await page.touchscreen.tap(x + 20, y + 20);
  await seen(page);
  expect(await unmute(page).count()).toBe(0);
  await page.touchscreen.tap(x + 20, y + 20);
  await unmute(page).waitFor();
  await page.evaluate(drawn); // that is news, which keeps them for a while
  await page.clock.runFor(patience);
  await gone(page); // what was tapped last keeps nothing
  await page.touchscreen.tap(200, 300);
  await seen(page);
  await page.touchscreen.tap(200, 300);
  await gone(page);
});

test('a screen reader finds and presses them where they are hidden', async () => {
  const page = await call('connected');
  await page.clock.runFor(patience);
  await gone(page);
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send('Accessibility.getFullAXTree');
  const names = nodes
    .filter(({ ignored, role }) => !ignored && role?.value === 'button')
    .map(({ name }) => String(name?.value));
  expect(names).toEqual(expect.arrayContaining(['Mute microphone', 'Turn camera off', 'Hang up']));
  // What it has the browser do: a click without a pointer.
  await mute(page).evaluate((button) => (button as HTMLElement).click());
  await unmute(page).waitFor();
  await seen(page);
});
