// The gallery in one Chromium whose page is used for all screens.
import { join } from 'node:path';
import { chromium, type BrowserContext, type CDPSession, type Page } from 'playwright-core';
import { createServer } from 'vite';
import type {} from '../../src/gallery/hook.ts';
import { chromiumPath, flags } from './chromium.js';
import type { Cleanup } from './process.js';

export type Scheme = 'light' | 'dark';

/** Where a PNG has its width and then its height: after the signature and IHDR's length and name. */
const sizeAt = 16;

export interface Size {
  width: number;
  height: number;
}

export class Gallery {
  #view: [Size, Scheme] | undefined;
  #lang = 'en';
  #shown = '';

  private constructor(
    private readonly address: string,
    public page: Page,
    private devtools: CDPSession,
    readonly names: string[],
  ) {}

  static async open(cleanup: Cleanup): Promise<Gallery> {
    const root = join(import.meta.dirname, '../..');
    const server = await createServer({
      root,
      logLevel: 'error',
      server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    });
    cleanup.defer(() => server.close());
    await server.listen();
    const browser = await chromium.launch({
      executablePath: chromiumPath!,
      args: [
        ...flags,
        // The same picture whatever the machine makes of fonts and colours.
        ...['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'],
      ],
    });
    cleanup.defer(() => browser.close());
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    return Gallery.#page(`${server.resolvedUrls!.local[0]}src/gallery/index.html`, context);
  }

  /** Another page with the same screens. */
  twin(): Promise<Gallery> {
    return Gallery.#page(this.address, this.page.context());
  }

  close(): Promise<void> {
    return this.page.close();
  }

  static async #page(address: string, context: BrowserContext): Promise<Gallery> {
    const page = await context.newPage();
    page.setDefaultTimeout(120_000); // other steps may want the machine
    await page.goto(`${address}?still`);
    await page.waitForSelector('li');
    const names = await page.evaluate(() => window.gallery.names);
    return new Gallery(address, page, await context.newCDPSession(page), names);
  }

  async speak(lang: string): Promise<void> {
    this.#lang = lang;
    await this.page.goto(`${this.address}?still&lang=${lang}`);
    await this.page.waitForSelector('li');
  }

  async look(size: Size, colorScheme: Scheme): Promise<void> {
    const [shown] = this.#view ?? [];
    this.#view = [size, colorScheme];
    if (shown !== size) await this.page.setViewportSize(size);
    await this.page.emulateMedia({ colorScheme });
  }

  show(name: string): Promise<void> {
    this.#shown = name;
    return this.page.evaluate((screen) => window.gallery.show(screen), name);
  }

  /** The whole page as it is shown, as a PNG. */
  async picture(size: Size): Promise<Buffer> {
    for (let tries = 0; ; tries++) {
      const { png, asked } = await this.#capture(size);
      // Now and then Chromium goes on in another size, whatever is asked of that page.
      if (asked || tries === 3) return png;
      await this.#anew();
    }
  }

  /** The same in a page of its own. */
  async #anew(): Promise<void> {
    const old = this.page;
    this.page = await old.context().newPage();
    this.devtools = await this.page.context().newCDPSession(this.page);
    await old.close();
    await this.speak(this.#lang);
    const view = this.#view;
    this.#view = undefined;
    if (view) await this.look(...view);
    await this.show(this.#shown);
  }

  async #capture({ width, height }: Size): Promise<{ png: Buffer; asked: boolean }> {
    const page = await this.page.evaluate(async () => {
      for (let i = 0; i < 2; i++) await new Promise((drawn) => requestAnimationFrame(drawn));
      return { whole: document.documentElement.scrollHeight, height: innerHeight };
    });
    const { data } = await this.devtools.send('Page.captureScreenshot', {
      format: 'png',
      optimizeForSpeed: true,
      ...(page.whole > height && {
        captureBeyondViewport: true,
        clip: { x: 0, y: 0, width, height: page.whole, scale: 1 },
      }),
    });
    const png = Buffer.from(data, 'base64');
    const taken = [png.readUInt32BE(sizeAt), png.readUInt32BE(sizeAt + 4)];
    const asked = page.height === height && taken.join() === [width, page.whole].join();
    return { png, asked };
  }
}
