// Takes a picture of every screen of the gallery, in three sizes, by day and by
// night, into frontend/shots: `node scripts/shots.js [--lang=ar] [screen…]`.
// CHROMIUM names the browser.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

const sizes = { s: [360, 740], m: [768, 1024], l: [1280, 800], w: [740, 360] };
const root = join(import.meta.dirname, '..');
const asked = process.argv.slice(2);
const lang = asked.find((a) => a.startsWith('--lang='))?.slice('--lang='.length) ?? 'en';
const wanted = asked.filter((a) => !a.startsWith('--'));
const out = join(root, 'shots', lang === 'en' ? '' : lang);
mkdirSync(out, { recursive: true });

const server = await createServer({ root, server: { port: 0, host: '127.0.0.1' } });
await server.listen();
const base = server.resolvedUrls?.local[0] ?? '';
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
try {
  const page = await browser.newPage();
  page.on('pageerror', (e) => console.error(e));
  page.on('console', (m) => m.type() === 'error' && console.error(m.text()));
  const gallery = `${base}src/gallery/index.html`;
  await page.goto(gallery);
  await page.waitForSelector('li');
  const all = await page.$$eval('li', (items) => items.map((i) => i.textContent));
  for (const screen of all.filter((s) => wanted.length === 0 || wanted.includes(s))) {
    for (const [size, [width, height]] of Object.entries(sizes)) {
      // A phone lies on its side only where its page is shown.
      if (size === 'w' && !screen.startsWith('phone') && screen !== 'waiting') continue;
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        await page.setViewportSize({ width: width ?? 0, height: height ?? 0 });
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.goto(`${gallery}?screen=${screen}&lang=${lang}`);
        await page.waitForSelector('body[data-ready] main');
        await page.waitForLoadState('networkidle');
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        if (wide) console.error(`${screen} ${size}: wider than the window`);
        await page.screenshot({ path: join(out, `${screen}-${size}-${colorScheme}.png`) });
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
}
