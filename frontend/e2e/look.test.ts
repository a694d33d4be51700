// How every screen looks, against the pictures in e2e/shots: `make shots` renews
// them. And that nothing moves where a picture comes or the call changes.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { idle, type Snapshot } from '../src/model/snapshot.ts';
import { Gallery, type Scheme, type Size } from './lib/gallery.js';
import { needs } from './lib/needs.js';
import { chromiumPath } from './lib/phone.js';
import { coarse, compare, decode, encode, type Image } from './lib/png.js';
import { Cleanup } from './lib/process.js';
import { drawn, shifts, watchShifts } from './lib/shifts.js';

const kept = join(import.meta.dirname, 'shots');
const failed = join(import.meta.dirname, '../../build/cache/test/shots');
const renew = process.env['PARLEY_SHOTS'] === 'renew';

const phone: Size = { width: 360, height: 740 };
const sizes: Size[] = [phone, { width: 768, height: 1024 }, { width: 1280, height: 800 }];
const schemes: Scheme[] = ['light', 'dark'];
/** Screens with long words, or with parts that have a side. */
const others = {
  ar: [
    'home',
    'chat',
    'connected-details',
    'words',
    'phone',
    'phone-call',
    'phone-waiting',
    'phone-tap',
  ],
  de: ['home', 'connected-details', 'words', 'phone', 'phone-empty', 'phone-reconnecting'],
};

/** Of 255, in each colour: 8 are from rounding. What anti-aliasing changes by more lies beside its like. */
const likeness = 16;
/** Pixels that may differ all the same. */
const allowed = 20;

const other = { ...idle.other, present: true };

// All tests share what serves the gallery; each has pages of its own.
const cleanup = new Cleanup();
let gallery: Gallery;
beforeAll(async () => {
  rmSync(renew ? kept : failed, { recursive: true, force: true });
  if (chromiumPath) gallery = await Gallery.open(cleanup);
});
afterAll(() => cleanup.close());
beforeEach((context) => needs(context, chromiumPath, 'Chromium'));

test.for(sizes)('every screen looks as it did on $width x $height', async (size) => {
  const views = gallery.names.map((screen) => ({ screen, lang: 'en', schemes }));
  if (size === phone) {
    for (const [lang, screens] of Object.entries(others))
      views.push(...screens.map((screen) => ({ screen, lang, schemes: schemes.slice(0, 1) })));
  }
  const different: string[] = [];
  const take = async (page: Gallery) => {
    let lang = 'en';
    await page.look(size, 'light');
    for (let view = views.shift(); view; view = views.shift()) {
      const { screen } = view;
      if (view.lang !== lang) await page.speak((lang = view.lang));
      await page.show(screen);
      for (const scheme of view.schemes) {
        await page.look(size, scheme);
        const folder = [size.width, scheme, ...(lang === 'en' ? [] : [lang])].join('-');
        const name = `${folder}/${screen}`;
        const difference = await judge(
          name,
          () => page.picture(size),
          () => page.show(screen),
        );
        if (difference) different.push(`${name}: ${difference}`);
      }
    }
    await page.close();
  };
  // One is drawn while the other one is judged.
  await Promise.all([take(await gallery.twin()), take(await gallery.twin())]);
  expect(
    different,
    `these look different: see ${failed}; where they are as they should be, "make shots" keeps them`,
  ).toEqual([]);
});

/**
 * What is different about a screen; undefined where it looks as it did. A browser
 * may still show what was there before, so one that looks different is drawn again.
 */
async function judge(
  name: string,
  take: () => Promise<Buffer>,
  show: () => Promise<void>,
): Promise<string | undefined> {
  const again = async () => {
    await show();
    return take();
  };
  let png = await take();
  const file = join(kept, `${name}.png`);
  if (renew) {
    for (let next = await again(); !next.equals(png); next = await again()) png = next;
    save(file, coarse(decode(png)));
    return undefined;
  }
  let actual = decode(png);
  if (!existsSync(file)) {
    save(join(failed, `${name}.actual.png`), actual);
    return 'it is new';
  }
  const expected = decode(readFileSync(file));
  let { pixels, diff } = compare(actual, expected, likeness);
  for (let tries = 0; pixels > allowed && tries < 3; tries++) {
    actual = decode(await again());
    ({ pixels, diff } = compare(actual, expected, likeness));
  }
  if (pixels <= allowed) return undefined;
  save(join(failed, `${name}.actual.png`), actual);
  save(join(failed, `${name}.expected.png`), expected);
  save(join(failed, `${name}.diff.png`), diff);
  return `${pixels} pixels`;
}

/** What happens in a call, one after the other. */
const happens: [what: string, part: Partial<Snapshot>][] = [
  ['their camera goes off', { other: { ...other, cameraOn: false } }],
  ['their picture is paused', { other: { ...other, paused: true } }],
  ['they mute themselves', { other: { ...other, microphoneOn: false } }],
  ['we mute ourselves', { microphone: { on: false } }],
  ['our camera is busy', { camera: { on: true, problem: 'camera_busy' } }],
  ['our picture is paused', { camera: { on: true, paused: true } }],
  ['the connection breaks', { state: 'reconnecting' }],
  ['it is back', { state: 'connected', camera: { on: true }, microphone: { on: true }, other }],
];

/** Screens in which the pictures are yet to come, besides those in which more happens. */
const arrivals = [
  ...['home-preview', 'waiting', 'ask', 'connected-portrait', 'connected-details', 'chat'],
  ...['screen-theirs', 'phone-call-portrait', 'phone-details', 'phone-chat', 'phone-screen'],
];

test('nothing moves where a picture comes or the call changes', async () => {
  const view = await gallery.twin();
  const { page } = view;
  const moved: string[] = [];
  const watch = async (what: string, act: () => Promise<void>) => {
    await page.evaluate(drawn); // what came before is no move
    await page.evaluate(watchShifts);
    await act();
    moved.push(...(await page.evaluate(shifts)).map((shift) => `${what}: ${shift}`));
  };
  for (const size of sizes) {
    await view.look(size, 'light');
    const arrive = async (screen: string) => {
      await page.evaluate((name) => window.gallery.begin(name), screen);
      await watch(`${screen} ${size.width}, pictures come`, () =>
        page.evaluate(() => window.gallery.arrive()),
      );
    };
    for (const screen of arrivals) await arrive(screen);
    await watch(`what there is to share, ${size.width}`, () =>
      page.evaluate(() => window.gallery.show('screen-picker-changed')),
    );
    for (const screen of ['connecting', 'connected', 'phone-connecting', 'phone-call']) {
      const at = `${screen} ${size.width}`;
      await arrive(screen);
      for (const [what, part] of [['they are there', happens.at(-1)![1]] as const, ...happens])
        await watch(`${at}, ${what}`, () => page.evaluate((p) => window.gallery.change(p), part));
    }
  }
  expect(moved).toEqual([]);
  await view.close();
});

test('a picture goes into a window over all others, and back', async () => {
  const { page } = await gallery.twin();
  // As text: the tests' own import() knows nothing of the page's files.
  await page.evaluate(`(async () => {
    const canvas = document.createElement('canvas');
    const video = document.createElement('video');
    video.srcObject = canvas.captureStream(10);
    canvas.getContext('2d').fillRect(0, 0, 10, 10);
    document.body.replaceChildren(video);
    const { floats } = await import('/src/host/browser/floating.ts');
    addEventListener('click', () => void floats(video)?.());
    await video.play();
  })()`);
  const floating = () => page.evaluate(() => document.pictureInPictureElement?.localName);
  await page.mouse.click(100, 100);
  await expect.poll(floating).toBe('video');
  await page.mouse.click(100, 100);
  await expect.poll(floating).toBeUndefined();
});

function save(file: string, image: Image): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, encode(image));
}
