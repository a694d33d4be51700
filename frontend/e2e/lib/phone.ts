// The phone: a browser with a camera and a microphone that opens the invite.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import puppeteer, { type ElementHandle } from 'puppeteer-core';
import { screen, userOf, type Own } from './chromium.js';
import {
  changeNetwork,
  generation,
  listenFor,
  remotePicture,
  remoteScreen,
  running,
  watchPeers,
  type Listening,
  type Picture,
  type Screen,
} from './inpage.js';
import { contrast, Motion } from './motion.js';
import { signalGroup, until, type Cleanup } from './process.js';
import { shifts } from './shifts.js';
import { Sound } from './sound.js';

export { chromiumPath } from './chromium.js';
export const firefoxPath = ['firefox-esr', 'firefox']
  .map((name) => `/usr/bin/${name}`)
  .find((path) => existsSync(path));

/** What the two browsers' drivers have in common. */
type Page = {
  open: (link: string) => Promise<unknown>;
  press: (name: RegExp) => Promise<unknown>;
  /** Puts text into the field of this label. */
  paste: (label: string, text: string) => Promise<unknown>;
  /** Turns a switch on; Chromium's alone. */
  check?: (name: RegExp) => Promise<unknown>;
  /** Chooses of a list what is called so; Chromium's alone. */
  choose?: (label: string, option: string) => Promise<unknown>;
  /** Whether a picture is in a small window over all others; Chromium's alone. */
  floats?: () => Promise<boolean>;
  /** What moved in the page without the user, where lib/shifts.ts looks; Chromium's alone. */
  shifts?: () => Promise<string[]>;
  /** Whose certificate is changed on its way; Chromium's alone. */
  swap?: (whose: 'ours' | 'theirs' | 'none') => Promise<unknown>;
  text: () => Promise<string>;
  picture: () => Promise<Picture | null>;
  screen: () => Promise<Screen | null>;
  running: () => Promise<string[]>;
  generation: () => Promise<string>;
  changeNetwork: () => Promise<unknown>;
  listen: (listening: Listening) => Promise<string>;
  screenshot: (file: `${string}.png`) => Promise<unknown>;
  closeTab: () => Promise<unknown>;
  /** The chat, once it is open; where the driver can. */
  chat?: {
    write: (text: string) => Promise<unknown>;
    attach: (name: string, bytes: Buffer) => Promise<unknown>;
    /** The next file that the page saves. */
    download: () => Promise<{ name: string; bytes: Buffer }>;
    /** How many bytes of files the page has sent, where a script of the test counts them. */
    sent: () => Promise<number>;
  };
  pid?: number; // leader of the browser's process group, where nobody else uses it
};

export class Phone {
  constructor(
    readonly name: string,
    readonly page: Page,
    readonly cleanup: Cleanup,
  ) {
    if (page.pid === undefined) return;
    cleanup.defer(() => this.kill());
    cleanup.defer(() => this.thaw());
  }

  /** Opens the link and presses Join. */
  async join(link: string): Promise<void> {
    await this.page.open(link);
    await this.press(/^join/i);
  }

  press(name: RegExp): Promise<unknown> {
    return this.page.press(name);
  }

  /** Waits for words on the page. */
  async says(words: RegExp, within = 60_000): Promise<void> {
    let text = '';
    await until(
      `${this.name} saying ${words}`,
      async () => words.test((text = await this.page.text())) || undefined,
      within,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it says:\n${text}`, { cause: error });
    });
  }

  /** Waits until the other side's picture is shown, is no plain colour, and moves. */
  async sees(within = 60_000): Promise<Picture> {
    const motion = new Motion();
    return until(
      `${this.name} seeing a moving picture`,
      async () => {
        const picture = await this.page.picture();
        const pixels = picture?.shown ? Uint8Array.from(picture.pixels) : null;
        const moves = motion.seen(pixels);
        return picture && pixels && moves && contrast(pixels) > 5 ? picture : undefined;
      },
      within,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${motion.toString()}`, { cause: error });
    });
  }

  /** Waits until the other side's picture is gone, or stood still for a second. */
  async seesNothing(within = 10_000): Promise<void> {
    const motion = new Motion();
    await until(
      `${this.name} seeing no moving picture`,
      async () => {
        const picture = await this.page.picture();
        motion.seen(picture?.shown ? Uint8Array.from(picture.pixels) : null);
        return motion.still > 1_000 || undefined;
      },
      within,
    );
  }

  async hears(hz: number, within = 60_000): Promise<void> {
    const instead = await this.page.listen({ hz, present: true, within });
    if (instead) throw new Error(`${this.name} did not hear ${hz} Hz in ${within} ms: ${instead}`);
  }

  async misses(hz: number, within = 60_000): Promise<void> {
    const instead = await this.page.listen({ hz, present: false, within });
    if (instead) throw new Error(`${this.name} still hears ${instead} after ${within} ms`);
  }

  /** Waits until camera and microphone are let go. */
  async releases(within = 1_000): Promise<void> {
    await until(
      `${this.name} letting its camera and microphone go`,
      async () => (await this.page.running()).length === 0 || undefined,
      within,
    );
  }

  closeTab(): Promise<unknown> {
    return this.page.closeTab();
  }

  /** Freezes the whole browser: no goodbye, no closed socket. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  /** Ends the whole browser on the spot. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.page.pid === undefined) throw new Error(`others use this ${this.name}, too`);
    signalGroup(this.page.pid, signal);
  }
}

type Special = Own & {
  /** Runs in the page ahead of the page's own scripts. */
  before?: string | (() => void);
  /** Is given the browser before its page is made. */
  prepare?: (context: BrowserContext) => Promise<unknown>;
};

/** Chromium, its microphone hearing the tone and its camera a moving picture. */
export async function chromium(
  cleanup: Cleanup,
  hz: number,
  { before, prepare, ...own }: Special = {},
): Promise<Phone> {
  const { context, pid } = await userOf(cleanup, hz, own);
  if (before) await context.addInitScript(before);
  await context.addInitScript(watchPeers);
  await prepare?.(context);
  const page = await context.newPage();
  return new Phone(
    'Chromium',
    {
      open: (link) => page.goto(link),
      press: async (name) => {
        const button = page.getByRole('button', { name }).last();
        await button.waitFor({ timeout: 60_000 });
        // The first tap on controls that hide only brings them back.
        await page.evaluate(() => document.dispatchEvent(new KeyboardEvent('keydown')));
        await button.tap({ timeout: 60_000 });
      },
      paste: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
      floats: () => page.evaluate(() => document.pictureInPictureElement !== null),
      shifts: () => page.evaluate(shifts),
      swap: (whose) => page.evaluate((w) => Object.assign(window, { swaps: w }), whose),
      check: (name) => page.getByRole('switch', { name }).check(),
      choose: (list, option) =>
        page.getByRole('combobox', { name: list }).selectOption({ label: option }),
      text: () => page.locator('body').innerText(),
      picture: () => page.evaluate(remotePicture),
      screen: () => page.evaluate(remoteScreen),
      running: () => page.evaluate(running),
      generation: () => page.evaluate(generation),
      changeNetwork: () => page.evaluate(changeNetwork),
      listen: (listening) => page.evaluate(listenFor, listening),
      screenshot: (path) => page.screenshot({ path }),
      closeTab: () => page.close(),
      chat: {
        write: async (text) => {
          await page.getByLabel('Message', { exact: true }).fill(text);
          await page.keyboard.press('Enter');
        },
        attach: (name, buffer) =>
          page
            .locator('input[type=file]')
            .setInputFiles({ name, mimeType: 'application/octet-stream', buffer }),
        download: async () => {
          const saved = await page.waitForEvent('download', { timeout: 60_000 });
          const path = join(cleanup.folder(), 'saved');
          await saved.saveAs(path);
          return { name: saved.suggestedFilename(), bytes: readFileSync(path) };
        },
        sent: () => page.evaluate(() => window.sent),
      },
      ...(pid !== undefined && { pid }),
    },
    cleanup,
  );
}

/** Firefox, with its own fake devices: a tone, and one colour that changes. */
export async function firefox(cleanup: Cleanup, hz: number): Promise<Phone> {
  if (!firefoxPath) throw new Error('no Firefox');
  // Firefox' clock for sound stands still without a device to play on.
  const sound = await Sound.start(cleanup);
  const browser = await puppeteer.launch({
    env: { ...process.env, ...sound.env },
    browser: 'firefox',
    executablePath: firefoxPath,
    headless: true,
    acceptInsecureCerts: true,
    defaultViewport: screen.viewport,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.audio.fake_frequency': hz,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
    },
  });
  cleanup.defer(() => browser.close());
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(watchPeers);
  const pid = browser.process()?.pid;
  if (pid === undefined) throw new Error('Firefox did not start');
  // puppeteer finds by accessible name only what equals it.
  const press = (name: RegExp): Promise<unknown> =>
    until(`a button named ${name}`, async () => {
      const found = await page.evaluateHandle(
        (source, flags) =>
          [...document.querySelectorAll('button')].find(
            (button) =>
              !button.disabled &&
              new RegExp(source, flags).test(button.ariaLabel ?? button.innerText) &&
              button.checkVisibility(),
          ),
        name.source,
        name.flags,
      );
      const button = found.asElement() as ElementHandle<HTMLButtonElement> | null;
      await button?.click();
      return button ?? undefined;
    });
  return new Phone(
    'Firefox',
    {
      open: (link) => page.goto(link),
      press,
      paste: (label, text) =>
        page.evaluate(
          (name, value) => {
            const labels = [...document.querySelectorAll('label')];
            const control = labels.find((l) => l.innerText === name)?.control;
            if (!(control instanceof HTMLInputElement)) throw new Error(`no field ${name}`);
            control.value = value;
            control.dispatchEvent(new InputEvent('input', { bubbles: true }));
          },
          label,
          text,
        ),
      text: () => page.evaluate(() => document.body.innerText),
      picture: () => page.evaluate(remotePicture),
      screen: () => page.evaluate(remoteScreen),
      running: () => page.evaluate(running),
      generation: () => page.evaluate(generation),
      changeNetwork: () => page.evaluate(changeNetwork),
      listen: (listening) => page.evaluate(listenFor, listening),
      screenshot: (path) => page.screenshot({ path }),
      closeTab: () => page.close(),
      pid,
    },
    cleanup,
  );
}
