// Every screen of the gallery, by day and by night, on a phone, on its side and
// on a desk, and some with lines that run from right to left: axe-core finds
// nothing, nothing that is pressed lies under something else, nothing is wider than its
// place, and nothing moves by itself where the user wants less motion.
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Gallery } from './lib/gallery.js';
import { needs } from './lib/needs.js';
import { chromiumPath } from './lib/phone.js';
import { Cleanup } from './lib/process.js';

declare const axe: { run: (on: Document, options: RunOptions) => Promise<AxeResults> };

const axeCore = createRequire(import.meta.url).resolve('axe-core');

const looks = [
  { size: { width: 360, height: 740 }, schemes: ['light', 'dark'] },
  { size: { width: 1280, height: 800 }, schemes: ['light', 'dark'] },
  { size: { width: 740, height: 360 }, schemes: ['light'] },
] as const;

/** Screens with all the parts that have a side. */
const inArabic = [
  ...[
    'home',
    'home-rejoin',
    'settings',
    'home-doctor',
    'waiting',
    'connected-details',
    'connected-devices',
    'connected-keys',
    'chat',
    'words',
  ],
  ...['phone', 'phone-ask', 'phone-waiting', 'phone-call', 'phone-devices', 'phone-tap'],
];

// All tests share what serves the gallery; each has a page of its own.
const cleanup = new Cleanup();
let gallery: Gallery;
let view: Gallery;
beforeAll(async () => {
  if (chromiumPath) gallery = await Gallery.open(cleanup);
});
afterAll(() => cleanup.close());
beforeEach(async (context) => {
  needs(context, chromiumPath, 'Chromium');
  view = await gallery.twin();
  return () => view.close();
});

/** Of axe's rules, those that see colours: by night nothing else is another than by day. */
const ofColours = ['color-contrast', 'link-in-text-block'];

/** What is wrong with the page, by these rules of axe or all, a line each. */
async function faults(rules?: string[]): Promise<string[]> {
  const found = await axe.run(document, {
    resultTypes: ['violations'],
    ...(rules && { runOnly: rules }),
  });
  const lines = found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html}`));
  // A modal dialog lies over the rest on purpose: nothing else can be pressed.
  const top = document.querySelector('dialog:modal') ?? document;
  const boxes = [...top.querySelectorAll('button, select, input, .tile--local, .notice')]
    .map((element) => ({ element, at: element.getBoundingClientRect() }))
    .filter(({ at }) => at.width > 0)
    .map(({ element, at }) => {
      const end = element.closest('.waiting')?.getBoundingClientRect().bottom ?? Infinity;
      return { element, at: { ...at.toJSON(), bottom: Math.min(at.bottom, end) } as DOMRect };
    });
  for (const [i, a] of boxes.entries()) {
    const name = a.element.ariaLabel ?? a.element.textContent;
    if (a.at.left < 0 || a.at.right > innerWidth) lines.push(`outside: ${name}`);
    for (const b of boxes.slice(i + 1)) {
      if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
      const width = Math.min(a.at.right, b.at.right) - Math.max(a.at.left, b.at.left);
      const height = Math.min(a.at.bottom, b.at.bottom) - Math.max(a.at.top, b.at.top);
      if (width > 1 && height > 1)
        lines.push(`overlap: ${name} and ${b.element.ariaLabel ?? b.element.textContent}`);
    }
  }
  for (const text of document.querySelectorAll('p, h1, h2, dt, dd, small, code')) {
    const hidden = getComputedStyle(text).overflow !== 'visible';
    const wide = text.scrollWidth - text.clientWidth;
    // Words for screen readers alone stick out by 2 px.
    if (!hidden && text.clientWidth > 0 && wide > 2)
      lines.push(`${wide} px too wide: ${text.textContent}`);
  }
  for (const words of document.querySelectorAll('.tile__quality')) {
    const at = words.getBoundingClientRect();
    const tile = words.closest('.tile')!.getBoundingClientRect();
    if (at.left < tile.left || at.right > tile.right) lines.push(`cut off: ${words.textContent}`);
    const over = document.querySelector('.sharing__told')?.getBoundingClientRect();
    if (
      over &&
      at.top < over.bottom &&
      over.top < at.bottom &&
      at.left < over.right &&
      over.left < at.right
    )
      lines.push(`covered: ${words.textContent}`);
  }
  for (const element of document.querySelectorAll('*')) {
    const { transitionDuration, animationName } = getComputedStyle(element);
    const slides = transitionDuration.split(', ').some((d) => d !== '0s');
    // What turns tells that something is under way; it turns slowly.
    const moves = animationName !== 'none' && !element.matches('.spinner');
    if (slides || moves) lines.push(`moves: ${element.className}`);
  }
  return lines;
}

test.for(looks)(
  'every screen passes axe, covers nothing, fits, and is still for who wants that, on $size.width x $size.height',
  async ({ size, schemes }) => {
    const { page } = view;
    await view.look(size, 'light');
    const all: string[] = [];
    for (const [lang, screens] of [
      ['en', view.names],
      ['ar', inArabic],
    ] as const) {
      await view.speak(lang);
      expect(await page.evaluate(() => document.dir === 'rtl')).toBe(lang === 'ar');
      await page.addScriptTag({ path: axeCore });
      for (const screen of screens) {
        await view.show(screen);
        for (const scheme of schemes) {
          await view.look(size, scheme);
          const found = await page.evaluate(faults, scheme === 'dark' ? ofColours : undefined);
          all.push(...found.map((f) => `${screen} ${lang} ${scheme}: ${f}`));
        }
      }
    }
    expect(all).toEqual([]);
  },
);

test('the invite and the self-view have room beside each other in a window as it opens', async () => {
  const { page } = view;
  await view.look({ width: 1120, height: 744 }, 'light');
  const near: string[] = [];
  for (const lang of ['en', 'de', 'fr', 'ar']) {
    await view.speak(lang);
    for (const screen of ['waiting', 'waiting-guarded', 'waiting-by-hand']) {
      await view.show(screen);
      const [card, self] = await page.evaluate(() =>
        ['.card', '.tile--local'].map(
          (part) => document.querySelector(part)!.getBoundingClientRect().toJSON() as DOMRect,
        ),
      );
      const beside = self!.left >= card!.right || self!.right <= card!.left;
      if (!beside && self!.top - card!.bottom < 12) near.push(`${screen} ${lang}`);
    }
  }
  expect(near).toEqual([]);
});

test('who wants more contrast has 7:1 on every screen', async () => {
  const { page } = view;
  await page.addScriptTag({ path: axeCore });
  const all: string[] = [];
  const size = { width: 1280, height: 800 };
  await view.look(size, 'light');
  await page.emulateMedia({ contrast: 'more' });
  for (const screen of view.names) {
    await view.show(screen);
    for (const scheme of ['light', 'dark'] as const) {
      await view.look(size, scheme);
      const found = await page.evaluate(async () => {
        const { violations } = await axe.run(document, { runOnly: ['color-contrast-enhanced'] });
        return violations.flatMap((v) => v.nodes.map((n) => n.html));
      });
      all.push(...found.map((html) => `${screen} ${scheme}: ${html}`));
    }
  }
  expect(all).toEqual([]);
});

test('where the system chooses the colours, what is on still differs from what is off', async () => {
  const { page } = view;
  await view.look({ width: 1280, height: 800 }, 'light');
  await page.emulateMedia({ forcedColors: 'active' });
  const picture = async (screen: string) => {
    await view.show(screen);
    const box = await page.$('[role=switch]');
    return (await box!.screenshot()).toString('base64');
  };
  expect(await picture('waiting-guarded')).not.toBe(await picture('waiting'));
});

test('the focus goes back to what opened a dialog or the chat', async () => {
  const { page } = view;
  const address = page.url().replace(/\?.*/, '');
  const focused = () => page.evaluate(() => document.activeElement?.ariaLabel);
  const button = (name: RegExp) => page.getByRole('button', { name });
  for (const [screen, opens, part] of [
    ['connected', /^Show invite/, 'dialog'],
    ['connected', /^Compare security words/, 'dialog'],
    ['chat-unread', /^Chat/, '.chat'],
  ] as const) {
    await page.goto(`${address}?screen=${screen}`);
    const opener = button(opens);
    for (const leave of [() => page.keyboard.press('Escape'), () => button(/^Close/).click()]) {
      await opener.click();
      await page.locator(part).getByRole('button', { name: 'Close' }).focus();
      await leave();
      await page.waitForSelector(part, { state: 'detached' });
      expect((await focused()) ?? '', `${screen}: ${String(opens)}`).toMatch(opens);
    }
  }
});
